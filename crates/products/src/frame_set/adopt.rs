//! A frame set from images that came from elsewhere.

use step_contract::{AdoptedFile, AdoptedUnit};

use super::{FrameFacts, FrameFiles, FrameSet, describe, describe_plate};

/// One image: its size, world coordinates where it has them, and the plate.
pub(super) fn adopt_image(file: &AdoptedFile) -> Result<AdoptedUnit<FrameSet>, String> {
    let hdus = sky_fits::read_header(&file.path).map_err(|error| error.to_string())?;
    let (hdu, (width_px, height_px)) = hdus
        .iter()
        .find_map(|hdu| Some((hdu, hdu.kind.image_size()?)))
        .ok_or_else(|| format!("{} holds no two-dimensional image", file.path.display()))?;
    let astrometry = describe(&hdu.header, width_px as usize, height_px as usize).ok();
    let scale = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
    Ok(AdoptedUnit {
        unit: file.unit.clone(),
        files: FrameFiles { image: file.entry.clone(), mask: None, weight: None, coverage: None, background: None },
        facts: FrameFacts {
            width_px,
            height_px,
            plate: Some(describe_plate(&hdu.header, scale)),
            astrometry,
            download: None,
            mask: None,
        },
    })
}
