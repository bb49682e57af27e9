//! Why a unit ended as it did, and what was odd about one that is done.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a unit is not done. Holds no absolute path, time, address, error number or count of attempts: those are execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// One word in snake_case; those of built-in steps are listed in [`crate::REASONS`].
    pub kind: String,
    /// One sentence for people.
    pub message: String,
    /// The step whose unit is missing (blocked only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The unit that is missing (blocked only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Facts that help to see the cause (`body_sha256`, `survey` ...).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

impl Reason {
    /// A reason from its kind and its sentence.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), step: None, unit: None, details: BTreeMap::new() }
    }

    /// The same with one more detail.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.details.insert(name.into(), value.to_string());
        self
    }

    /// The reason of a unit that waits for another step's unit.
    pub fn blocked(step: impl Into<String>, unit: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind: "blocked".to_owned(),
            message: message.into(),
            step: Some(step.into()),
            unit: Some(unit.into()),
            details: BTreeMap::new(),
        }
    }
}

/// Something odd about a unit that is nevertheless done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    /// One word in snake_case; those of built-in steps are listed in [`crate::WARNINGS`].
    pub kind: String,
    /// One sentence for people.
    pub message: String,
}
