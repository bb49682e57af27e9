//! Scopes of steps and edges of inputs: which units a step makes, and which input units reach them.

use serde::{Deserialize, Serialize};

/// Which units a step makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One output unit for each unit of the first input, with its id.
    Unit,
    /// One output unit for each group of the first input, with the group's id.
    Group,
    /// Looks across everything.
    Run,
}

/// By which units an input is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// The unit of the same id. What a foreign step has that says nothing.
    #[default]
    Each,
    /// Units of any id that the job names.
    Shared,
    /// All members of the group whose id the output unit has.
    Members,
}
