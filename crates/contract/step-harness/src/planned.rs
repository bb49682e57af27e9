//! What would happen to each unit, as a dry run says it.

use serde::Serialize;

/// What would happen to one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedUnit {
    /// Id.
    pub unit: String,
    /// What would happen.
    pub action: Action,
    /// Why.
    pub why: String,
}

/// What would happen to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It would be made.
    Run,
    /// Its key holds and its files have their sums.
    Reuse,
    /// What it needs is not done.
    Blocked,
    /// It, or what it needs, is not asked for.
    Skipped,
    /// What it needs has no work.
    NoWork,
}
