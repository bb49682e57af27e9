//! How a frame is calibrated where it is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the masters of a frame's unit (its files `bias`, `dark`, `flat`, `defects`) are applied to its file `raw`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFacts {
    /// Rule by which the masters were chosen, by its name in the configuration.
    pub policy: String,
    /// What the pixels are after calibration.
    pub layout: PixelLayout,
    /// Factor of the dark; absent where there is no dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_scale: Option<f64>,
    /// Where the factor came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_scaling: Option<DarkScaling>,
    /// Whether the dark holds the bias, which is then not taken away a second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_has_bias: Option<bool>,
    /// Level that the flat is divided by, one for each colour of a mosaic (order of the letters of its pattern), else one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flat_levels_adu: Vec<f64>,
    /// Added after calibration, so that almost no pixel is below zero.
    pub pedestal_adu: f64,
    /// Pixels that are replaced; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosmetic: Option<CosmeticFacts>,
}

impl CalibrationFacts {
    /// A calibration that takes nothing away: each master adds its members.
    pub fn new(policy: impl Into<String>, layout: PixelLayout) -> Self {
        Self {
            policy: policy.into(),
            layout,
            dark_scale: None,
            dark_scaling: None,
            dark_has_bias: None,
            flat_levels_adu: Vec::new(),
            pedestal_adu: 0.0,
            cosmetic: None,
        }
    }
}

/// What the pixels of a calibrated frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PixelLayout {
    /// One plane of a monochrome sensor.
    Plane,
    /// The mosaic of a colour sensor, each pixel behind its filter.
    Cfa,
}

/// Where the factor of a dark came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DarkScaling {
    /// One: the dark was exposed as long as the light.
    Matched,
    /// The ratio of the exposures.
    Exposure,
    /// The factor that leaves the least noise.
    Optimised,
}

/// Which pixels are replaced by their neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CosmeticFacts {
    /// Pixels of the file `defects` are replaced.
    pub from_defects: bool,
    /// Pixels brighter than their neighbours by so many standard deviations; absent: not looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hot_sigma: Option<f64>,
    /// Pixels fainter than their neighbours by so many standard deviations; absent: not looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_sigma: Option<f64>,
}
