//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_metrics::{FinderParams, TrailParams};

/// How frames are measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeasureConfig {
    /// Stars. `saturation_adu` of 0 takes the camera's own.
    pub finder: FinderParams,
    /// Trails.
    pub trails: TrailParams,
    /// Share of 3 x 3 pixels that the middle one may have on the green plane of a mosaic: filled from its neighbours a hot pixel has 0.5,
    /// and a star of FWHM 1.5 px 0.4.
    #[schemars(range(min = 0.1, max = 1.0))]
    pub green_max_sharpness: f64,
    /// Share of the highest value from which a pixel counts as saturated: cameras clip a little below it.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub saturation_share: f64,
}

impl Default for MeasureConfig {
    fn default() -> Self {
        Self {
            finder: FinderParams::default(),
            trails: TrailParams::default(),
            green_max_sharpness: 0.42,
            saturation_share: 0.98,
        }
    }
}
