//! A source catalogue from an LDAC file that came from elsewhere.

use step_contract::{AdoptedFile, AdoptedUnit};

use super::{SourceCatalog, SourceFacts, SourceFiles};
use crate::frame_set::{describe, describe_plate};

/// One LDAC catalogue: its rows and what its image header says.
pub(super) fn adopt_ldac(file: &AdoptedFile) -> Result<AdoptedUnit<SourceCatalog>, String> {
    let (header, table) = sky_fits::ldac::read(&file.path).map_err(|error| error.to_string())?;
    let size = |keyword: &str| header.integer(keyword).and_then(|size| u64::try_from(size).ok());
    let (width_px, height_px) = (size("NAXIS1"), size("NAXIS2"));
    let astrometry =
        width_px.zip(height_px).and_then(|(width, height)| describe(&header, width as usize, height as usize).ok());
    let scale = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
    Ok(AdoptedUnit {
        unit: file.unit.clone(),
        files: SourceFiles::of(file.entry.clone()),
        facts: SourceFacts {
            objects_detected: table.rows as u64,
            p1_cat: None,
            p2_cat: None,
            psf_model_used: None,
            width_px,
            height_px,
            background_adu: None,
            background_rms_adu: None,
            threshold_adu: None,
            threshold_sigma: None,
            fwhm_median_px: None,
            masked_count: None,
            depth: None,
            plate: Some(describe_plate(&header, scale)),
            astrometry,
        },
    })
}
