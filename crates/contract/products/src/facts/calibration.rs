//! How a frame is calibrated where it is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use sky_image::FrameKind;

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
    /// Level that the flat is divided by: of a mosaic those of its red, green and blue pixels, else one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flat_levels_adu: Vec<f64>,
    /// Added after calibration, so that almost no pixel is below zero.
    pub pedestal_adu: f64,
    /// Pixels that are replaced; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosmetic: Option<CosmeticFacts>,
    /// Masters that no frame of the library can give: what to shoot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingMaster>,
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
            missing: Vec::new(),
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

/// A master that a frame has need of and that is not there: the setting to shoot it with. What the frame does not say is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingMaster {
    /// Kind.
    pub kind: FrameKind,
    /// Camera.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<String>,
    /// Gain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain_setting: Option<f64>,
    /// Offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_setting: Option<f64>,
    /// ISO speed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso: Option<f64>,
    /// Temperature of the sensor (bias and dark).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    /// Exposure (dark).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure_s: Option<f64>,
    /// Binning along x and y, `2x2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binning: Option<String>,
    /// Mode of readout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_mode: Option<String>,
    /// Filter (flat).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Telescope (flat).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telescope: Option<String>,
    /// Night (flat).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub night: Option<String>,
}
