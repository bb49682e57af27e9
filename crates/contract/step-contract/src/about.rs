//! What a step says of itself beside what it reads and writes, so that nobody else has to know its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the command must know of a step: members of its `describe`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Whether it runs even when what stands before it is missing, and takes what there is.
    pub always_runs: bool,
    /// Role of the run's file that holds its rows for the dashboard.
    pub dashboard_role: Option<&'static str>,
    /// Role of the run's file that is a page for people.
    pub page_role: Option<&'static str>,
    /// Tables whose rows can be explained, by role.
    pub explained_roles: &'static [(&'static str, RowMeaning)],
}

impl About {
    /// A step of which nothing special is to be known.
    pub const PLAIN: Self = Self { always_runs: false, dashboard_role: None, page_role: None, explained_roles: &[] };
}

/// What the rows of a table say of a detection (`number` of its unit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowMeaning {
    /// It was kept.
    Kept,
    /// It was dropped, for these reasons.
    Dropped,
    /// It is a pair with a reference.
    Pair,
    /// It has no pair in a reference.
    Unpaired,
}
