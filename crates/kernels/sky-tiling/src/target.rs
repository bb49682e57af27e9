//! What a plan is made for.

use serde::{Deserialize, Serialize};

/// A place that the survey shall look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Right ascension (ICRS), degrees.
    #[schemars(range(min = 0.0, max = 360.0))]
    pub ra_deg: f64,
    /// Declination (ICRS), degrees.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub dec_deg: f64,
    /// Name, for the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Radius of the disc that shall be covered, degrees; without one the target gets one tile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 180.0))]
    pub radius_deg: Option<f64>,
}
