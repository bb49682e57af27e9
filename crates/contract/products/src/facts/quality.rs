//! How good a frame is, measured on its stars and its sky.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How good a frame is, measured on its stars and its sky. Absent: too few stars to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualityFacts {
    /// Stars measured.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub star_count: u64,
    /// Median full width at half maximum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_px: Option<f64>,
    /// Median radius of the circle that holds half of a star's light; of a Gaussian 1.1774 sigma.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_flux_radius_px: Option<f64>,
    /// Median of the mean distance of a star's light from its centre, which NINA and ASTAP call HFR; of a Gaussian 1.2533 sigma. A
    /// limit of one kind of radius means nothing for the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hfr_nina_px: Option<f64>,
    /// Median eccentricity: sqrt(1 - (b / a)^2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eccentricity: Option<f64>,
    /// Median background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_adu: Option<f64>,
    /// Median noise of the background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_adu: Option<f64>,
    /// Median flux of the stars over that of the same stars in the reference of the group: 1 is as clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transparency: Option<f64>,
    /// Share of pixels at or above saturation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturated_fraction: Option<f64>,
}

impl QualityFacts {
    /// A frame with so many stars; the rest is to be measured.
    pub fn new(star_count: u64) -> Self {
        Self { star_count, ..Self::default() }
    }
}
