//! A simulated plate and its catalogues as a sky that can be served.

use std::collections::BTreeMap;
use std::sync::Arc;

use sky_catalog::{Column, ColumnData, Table, TableError};
use sky_coords::{RAD_PER_DEG, SkyPos};
use sky_fits::PixelData;
use sky_image::CardValue;
use sky_sim::{CATALOGUES, CatalogueError, Cutout, RenderParams, Scene};

use crate::cards::ascii_table;
use crate::sky::{CatalogueTable, Sky};

/// Tycho-2's observed positions are of 1991.25, its mean positions of 2000: years between them.
const TYCHO_YEARS: f64 = -8.75;

/// A scene of `sky-sim` behind the protocols: its cutouts are made when they are asked for, its catalogues once.
#[derive(Debug)]
pub struct SimSky {
    scene: Scene,
    render: RenderParams,
    catalogues: BTreeMap<&'static str, Arc<CatalogueTable>>,
}

/// A scene that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SimSkyError {
    /// A catalogue cannot be made.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A catalogue lacks a column.
    #[error("a catalogue of the simulation: {0}")]
    Table(#[from] TableError),
}

impl SimSky {
    /// Makes the catalogues of the scene.
    pub fn new(scene: Scene, render: RenderParams) -> Result<Self, SimSkyError> {
        let mut catalogues = BTreeMap::new();
        for name in CATALOGUES {
            catalogues.insert(name, Arc::new(catalogue(name, scene.catalogue(name)?)?));
        }
        Ok(Self { scene, render, catalogues })
    }

    /// The scene that is served.
    pub const fn scene(&self) -> &Scene {
        &self.scene
    }
}

impl Sky for SimSky {
    fn image(&self, centre: SkyPos, width_arcmin: f64, height_arcmin: f64) -> Option<Vec<u8>> {
        let cutout = self.scene.cutout(centre, width_arcmin, height_arcmin, &self.render).ok()?;
        fits(&cutout)
    }

    fn catalogue(&self, table: &str) -> Option<Arc<CatalogueTable>> {
        self.catalogues.get(table).cloned()
    }
}

/// The file that STScI would send: 16-bit counts, and the map of residuals behind them.
fn fits(cutout: &Cutout) -> Option<Vec<u8>> {
    let counts = cutout.image.pixels.mapv(|count| count.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16);
    let mut header = cutout.header.clone();
    if cutout.distortion.is_some() {
        header.set("EXTEND", CardValue::Logical(true), "");
    }
    let mut file = Vec::new();
    sky_fits::write_image(&mut file, &header, PixelData::I16(&counts)).ok()?;
    if let Some(table) = &cutout.distortion {
        let numbers: Vec<Vec<f64>> =
            table.columns().iter().map(|column| table.numbers(&column.name)).collect::<Result<_, _>>().ok()?;
        let columns: Vec<(&str, &str, &[f64])> = table
            .columns()
            .iter()
            .zip(&numbers)
            .map(|(column, values)| (column.name.as_str(), column.unit.as_str(), values.as_slice()))
            .collect();
        file.extend_from_slice(&ascii_table("xe.mask", &columns));
    }
    Some(file)
}

/// The catalogue with what the server must know of it; Tycho-2 gets its observed positions too.
fn catalogue(name: &str, mut rows: Table) -> Result<CatalogueTable, SimSkyError> {
    let (ra_column, dec_column) = match name {
        "I/355/gaiadr3" => ("RA_ICRS", "DE_ICRS"),
        "I/259/tyc2" => ("RAmdeg", "DEmdeg"),
        _ => ("RAJ2000", "DEJ2000"),
    };
    if name == "I/259/tyc2" {
        let (ra, dec) = (rows.numbers("RAmdeg")?, rows.numbers("DEmdeg")?);
        let (pm_ra, pm_dec) = (rows.numbers("pmRA")?, rows.numbers("pmDE")?);
        let step_deg = TYCHO_YEARS / 3_600_000.0;
        let observed_dec: Vec<f64> = dec.iter().zip(&pm_dec).map(|(dec, pm)| dec + pm * step_deg).collect();
        let observed_ra: Vec<f64> = (0..ra.len())
            .map(|row| sky_coords::wrap_ra_deg(ra[row] + pm_ra[row] * step_deg / libm::cos(dec[row] * RAD_PER_DEG)))
            .collect();
        for (name, values) in [("RA(ICRS)", observed_ra), ("DE(ICRS)", observed_dec)] {
            let data = ColumnData::F64(values);
            rows.push(Column { name: name.to_owned(), unit: "deg".to_owned(), ucd: String::new(), data })?;
        }
    }
    let title = format!("{name} of a simulated sky");
    Ok(CatalogueTable { title, ra_column: ra_column.to_owned(), dec_column: dec_column.to_owned(), rows })
}
