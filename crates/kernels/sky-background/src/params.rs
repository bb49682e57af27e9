//! Parameters of the background.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::mask_bits;

/// Mask bits whose pixels say nothing about the sky: light of bright stars, saturated, bad or absent.
pub const EXCLUDED_FROM_BACKGROUND: u16 =
    mask_bits::BRIGHT_STAR | mask_bits::SPIKE | mask_bits::SATURATED | mask_bits::BAD | mask_bits::NO_DATA;

/// How the background is estimated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BackgroundParams {
    /// Width and height of a cell of the mesh, pixels (SExtractor: BACK_SIZE).
    #[schemars(range(min = 4, max = 4096))]
    pub mesh_px: u32,
    /// Width and height of the median filter, cells, odd (SExtractor: BACK_FILTERSIZE); 1 switches it off.
    #[schemars(range(min = 1, max = 63))]
    pub filter_cells: u32,
    /// The filter changes a cell only where it differs from the median by at least this, ADU (SExtractor: BACK_FILTTHRESH).
    #[schemars(range(min = 0.0))]
    pub filter_threshold_adu: f64,
    /// Factor of the median in the mode, factor median - (factor - 1) mean (SExtractor: BACK_PEARSON; Bertin & Arnouts
    /// 1996: 2.5; DES found 3.5 less biased, Everett et al. 2022, ApJS 258, 15).
    #[schemars(range(min = 1.0, max = 10.0))]
    pub pearson_factor: f64,
}

impl Default for BackgroundParams {
    fn default() -> Self {
        Self { mesh_px: 64, filter_cells: 3, filter_threshold_adu: 0.0, pearson_factor: 2.5 }
    }
}
