//! What the server shows: images and catalogues of some sky.

use std::sync::Arc;

use sky_catalog::Table;
use sky_coords::SkyPos;

/// A sky that can be asked for images and catalogues.
pub trait Sky: Send + Sync + 'static {
    /// A cutout as a FITS file, or `None` where no plate covers the position.
    fn image(&self, centre: SkyPos, width_arcmin: f64, height_arcmin: f64) -> Option<Vec<u8>>;

    /// A whole plate (`XE486`) as a FITS file; by default there is none.
    fn plate(&self, plate: &str) -> Option<Vec<u8>> {
        let _ = plate;
        None
    }

    /// A whole catalogue by its VizieR table name (`I/355/gaiadr3`), or `None` where it does not exist.
    fn catalogue(&self, table: &str) -> Option<Arc<CatalogueTable>>;
}

/// A catalogue and what the server must know of it to answer a query by position.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueTable {
    /// Title as VizieR prints it.
    pub title: String,
    /// Name of the column of right ascension, degrees.
    pub ra_column: String,
    /// Name of the column of declination, degrees.
    pub dec_column: String,
    /// All rows.
    pub rows: Table,
}
