//! Where a frame lies on the sky.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::Header;
use sky_wcs::{Wcs, WcsError};

/// Arc seconds in an arc minute.
const ARCMIN_ARCSEC: f64 = 60.0;

/// World coordinates of a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AstrometryFacts {
    /// Which solution counts: `tan` (CTYPE, CRVAL, CD) or `plate` (AMDX, AMDY polynomial).
    pub solution: String,
    /// Centre of the frame, ICRS.
    pub ra_deg: f64,
    /// Centre of the frame, ICRS.
    pub dec_deg: f64,
    /// Scale at the centre.
    pub pixel_scale_arcsec: f64,
    /// From the centre to the farthest corner.
    pub half_diagonal_arcmin: f64,
    /// Largest distance between the two solutions where both are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tan_vs_plate_max_arcsec: Option<f64>,
}

impl AstrometryFacts {
    /// World coordinates of a frame of that size.
    ///
    /// # Errors
    /// Where the header has no celestial solution that can be used.
    pub fn of_header(header: &Header, width_px: usize, height_px: usize) -> Result<Self, WcsError> {
        let wcs = Wcs::from_header(header)?;
        let footprint = wcs.footprint(width_px, height_px);
        Ok(Self {
            solution: wcs.solution().name().to_owned(),
            ra_deg: footprint.centre.ra_deg,
            dec_deg: footprint.centre.dec_deg,
            pixel_scale_arcsec: footprint.pixel_scale_arcsec,
            half_diagonal_arcmin: footprint.half_diagonal_arcsec / ARCMIN_ARCSEC,
            tan_vs_plate_max_arcsec: wcs.tan_vs_plate_max_arcsec(width_px, height_px),
        })
    }
}
