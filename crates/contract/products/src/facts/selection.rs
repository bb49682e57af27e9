//! Whether a frame is used, and why not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a frame is used. A frame that is not is `done` all the same: it was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionFacts {
    /// Whether later steps use it.
    pub kept: bool,
    /// Limits that it broke, in the order of the rules; none where it is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<SelectionReason>,
}

impl SelectionFacts {
    /// A frame that breaks those limits: kept where there is none.
    pub fn of_reasons(reasons: Vec<SelectionReason>) -> Self {
        Self { kept: reasons.is_empty(), reasons }
    }
}

/// A limit that a frame broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionReason {
    /// The rule: `fwhm_px`, `eccentricity`, `star_count`, `transparency` ...
    pub rule: String,
    /// What was measured; absent where it could not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The limit of the group; absent where the rule has none (a person's word).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}
