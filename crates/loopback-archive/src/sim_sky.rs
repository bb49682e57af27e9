//! A simulated sky behind the protocols: plates and catalogues of one [`Scene`].

use std::sync::Arc;

use sky_coords::SkyPos;
use sky_fits::PixelData;
use sky_sim::{CATALOGUES, RenderParams, Scene};

use crate::cards::ascii_table_of;
use crate::sky::{CatalogueTable, Sky};

/// A scene and how its plate is digitized.
#[derive(Debug)]
pub struct SimSky {
    scene: Scene,
    render: RenderParams,
    catalogues: Vec<(&'static str, Arc<CatalogueTable>)>,
}

impl SimSky {
    /// The sky of a scene. Its catalogues are made once.
    ///
    /// Fails where a catalogue cannot be made.
    pub fn new(scene: Scene, render: RenderParams) -> Result<Self, sky_sim::CatalogueError> {
        let catalogues = CATALOGUES
            .iter()
            .map(|name| {
                let (ra_column, dec_column) = match *name {
                    "I/355/gaiadr3" => ("RA_ICRS", "DE_ICRS"),
                    "I/259/tyc2" => ("RAmdeg", "DEmdeg"),
                    _ => ("RAJ2000", "DEJ2000"),
                };
                let table = CatalogueTable {
                    title: format!("simulated {name}"),
                    ra_column: ra_column.to_owned(),
                    dec_column: dec_column.to_owned(),
                    rows: scene.catalogue(name)?,
                };
                Ok((*name, Arc::new(table)))
            })
            .collect::<Result<Vec<_>, sky_sim::CatalogueError>>()?;
        Ok(Self { scene, render, catalogues })
    }

    /// The scene.
    pub const fn scene(&self) -> &Scene {
        &self.scene
    }
}

impl Sky for SimSky {
    fn image(&self, centre: SkyPos, width_arcmin: f64, height_arcmin: f64) -> Option<Vec<u8>> {
        let cutout = self.scene.cutout(centre, width_arcmin, height_arcmin, &self.render).ok()?;
        let counts = cutout.image.pixels.mapv(|count| count as i16);
        let mut file = Vec::with_capacity(2 * counts.len() + (1 << 20));
        sky_fits::write_image(&mut file, &cutout.header, PixelData::I16(&counts)).ok()?;
        if let Some(table) = &cutout.distortion {
            let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
            let values: Vec<Vec<f64>> = names.iter().filter_map(|name| table.numbers(name).ok()).collect();
            let columns: Vec<(&str, &[f64])> = names.into_iter().zip(values.iter().map(Vec::as_slice)).collect();
            file.extend(ascii_table_of("xe.mask", &columns));
        }
        Some(file)
    }

    fn catalogue(&self, table: &str) -> Option<Arc<CatalogueTable>> {
        self.catalogues.iter().find(|(name, _)| *name == table).map(|(_, table)| Arc::clone(table))
    }
}
