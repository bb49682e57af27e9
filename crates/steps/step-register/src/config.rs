//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_register::RegisterParams;

/// How frames are laid on their reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RegisterConfig {
    /// How stars are matched and what is fitted.
    pub register: RegisterParams,
    /// Median distance of the matched stars from which a frame counts as not registered: its stars are drawn out, or its field is
    /// bent otherwise than the reference's. Sharp frames have 0.05 to 0.2.
    #[schemars(range(min = 0.1, max = 10.0))]
    pub max_residual_px: f64,
    /// Whether the gradient of the sky is measured on each frame and taken off where it is stacked (Siril's seqsubsky of degree 1).
    pub background: bool,
}

impl Default for RegisterConfig {
    fn default() -> Self {
        Self { register: RegisterParams::default(), max_residual_px: 1.0, background: true }
    }
}
