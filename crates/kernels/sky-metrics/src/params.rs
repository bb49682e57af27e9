//! Parameters of the star finder.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is taken for a star.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FinderParams {
    /// Side of the cells in which the sky is measured, pixels.
    #[schemars(range(min = 16, max = 1024))]
    pub cell_px: u32,
    /// Threshold of the sum of 3 x 3 pixels over the sky, in its own scatter.
    #[schemars(range(min = 3.0, max = 100.0))]
    pub threshold_sigma: f64,
    /// Stars measured at the most, the brightest.
    #[schemars(range(min = 10, max = 20000))]
    pub max_stars: u32,
    /// Share of the peak that one pixel may have beyond its neighbours: more is a hot pixel or a cosmic ray.
    #[schemars(range(min = 0.1, max = 1.0))]
    pub max_sharpness: f64,
    /// Value from which a pixel is saturated, in ADU; 0 where it is not known.
    #[schemars(range(min = 0.0, max = 1.0e9))]
    pub saturation_adu: f64,
    /// Pixels at the border in which no star is looked for.
    #[schemars(range(min = 2, max = 1000))]
    pub border_px: u32,
}

impl Default for FinderParams {
    fn default() -> Self {
        Self {
            cell_px: 64,
            threshold_sigma: 7.0,
            max_stars: 1000,
            max_sharpness: 0.75,
            saturation_adu: 0.0,
            border_px: 8,
        }
    }
}
