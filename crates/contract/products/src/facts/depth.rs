//! Noise and depth of an image.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Noise and depth of one image, measured where there is no source. Magnitudes are instrumental (the catalogue's zero point).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepthFacts {
    /// Apertures put on empty sky.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub empty_apertures: u64,
    /// Their diameter.
    pub aperture_diameter_px: f64,
    /// Standard deviation of their fluxes.
    pub aperture_scatter_adu: f64,
    /// Median of their fluxes: what the background leaves.
    pub aperture_median_adu: f64,
    /// Scatter over the error that the catalogue quotes for a faint source (before any scaling): 1 for independent pixels.
    pub aperture_error_ratio: f64,
    /// Five times the scatter, as a magnitude within the aperture.
    pub limit_5_sigma_aperture_mag: f64,
    /// The same ratio for least-squares fluxes of the PSF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psf_error_ratio: Option<f64>,
    /// Five times the scatter of the fluxes of the PSF, as a magnitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_5_sigma_psf_mag: Option<f64>,
    /// Stars of the local PSF put on empty sky.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub injected_stars: Option<u64>,
    /// Magnitude at which half of them are detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness_50_mag: Option<f64>,
    /// Magnitude at which nine of ten are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness_90_mag: Option<f64>,
}
