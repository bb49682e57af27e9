//! How a frame was cleaned and masked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a frame was cleaned and masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaskFacts {
    /// The image that was cleaned.
    pub input_fits: String,
    /// The clean image.
    pub clean_fits: String,
    /// The mask.
    pub mask_file: String,
    /// Faintest star that gets a mask.
    pub mask_threshold_mag: f64,
    /// Largest radius of a disc.
    pub max_radius_arcsec: f64,
    /// Catalogue of the bright stars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// Stars that mask at least one pixel.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bright_stars: u64,
    /// Pixels with any bit.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub masked_pixels: u64,
    /// The same as a share of the image.
    pub masked_fraction: f64,
    /// Median background.
    pub background_adu: f64,
    /// Median noise.
    pub background_rms_adu: f64,
    /// Density of the emulsion's plateau, where enough saturated stars show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation_plateau_adu: Option<f64>,
    /// Share of negative or clipped pixels, of a photographic plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_fraction: Option<f64>,
    /// Dead, repeated or shifted rows and columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bad_lines: Option<u64>,
    /// HDUs of the input that the clean image does not carry.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub hdus_dropped: u64,
}
