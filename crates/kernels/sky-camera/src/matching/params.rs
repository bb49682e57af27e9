//! How near the setting of a master must be to that of a frame.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a flat must be of the frame's night.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NightRule {
    /// Of the same night: dust moves and cameras are turned.
    #[default]
    Same,
    /// Of any night; of several the one of the frame's night.
    Any,
}

/// Tolerances of the matching.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatchParams {
    /// Largest difference of temperature of darks and biases, degrees Celsius (sirilScripts: 2; psf-guard: 3).
    #[schemars(range(min = 0.0, max = 20.0))]
    pub temperature_tolerance_c: f64,
    /// Largest difference of exposure of darks, seconds (psf-guard: 0.05).
    #[schemars(range(min = 0.0, max = 10.0))]
    pub exposure_tolerance_s: f64,
    /// Largest difference of focal length of flats, millimetres (psf-guard: 1).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub focal_length_tolerance_mm: f64,
    /// Which nights a flat may be of.
    pub flat_night: NightRule,
}

impl Default for MatchParams {
    fn default() -> Self {
        Self {
            temperature_tolerance_c: 2.0,
            exposure_tolerance_s: 0.05,
            focal_length_tolerance_mm: 1.0,
            flat_night: NightRule::Same,
        }
    }
}
