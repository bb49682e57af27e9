//! The bright stars where they stood when the plate was exposed.

use products::ReferenceCatalog;
use products::reference_catalog::read_rows;
use sky_mask::BrightStar;
use step_contract::DoneUnit;
use step_harness::UnitFiles;

use crate::{MaskConfig, MaskError};

/// Reads the catalogue and carries its stars by proper motion to the epoch of the plate.
///
/// A missing catalogue or epoch is a warning: the mask then holds defects only, or stars at the catalogue's epoch.
pub(crate) fn at_plate_epoch(
    config: &MaskConfig,
    bright: Option<&DoneUnit<'_, ReferenceCatalog>>,
    epoch_yr: Option<f64>,
    files: &mut UnitFiles,
) -> Result<Vec<BrightStar>, MaskError> {
    let Some(bright) = bright else {
        files.warn("no_bright_stars", "no catalogue of bright stars is bound: the mask holds defects only");
        return Ok(Vec::new());
    };
    let found = &bright.facts().catalog_name;
    if !config.catalog.is_empty() && config.catalog != *found {
        return Err(MaskError::WrongCatalogue { found: found.clone(), expected: config.catalog.clone() });
    }
    if epoch_yr.is_none() {
        files.warn("no_epoch", "the image has no date of observation: stars stand at the epoch of their catalogue");
    }
    let rows = read_rows(&bright.file("table"))?;
    Ok(rows
        .iter()
        .map(|row| BrightStar { position: row.position_at(epoch_yr.unwrap_or(f64::NAN)), mag: row.mag })
        .collect())
}
