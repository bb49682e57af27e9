//! Selections: which frames of a stack are used, by which limits, and on which frame they are laid.

pub mod columns;
mod reasons;
mod rows;
mod unit;

pub use reasons::{reasons_from, reasons_text};
pub use rows::{FrameVerdict, read_verdicts, verdict_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{Product, Unit};
pub use unit::{LimitFacts, LimitOrigin, SelectionSet, SelectionSetFacts, SelectionSetFiles};

use crate::ended::{ended, facts};
use crate::facts::FrameKind;

/// The selections of all groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionSetPayload {
    /// Frames looked at.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub offered_count: u64,
    /// Of these the ones that are used.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub kept_count: u64,
    /// Those that are not.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rejected_count: u64,
    /// Groups that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Groups that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for SelectionSet {
    const NAME: &'static str = "selection-set";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/selection-set-1.json");
    type Files = SelectionSetFiles;
    type Facts = SelectionSetFacts;
    type Payload = SelectionSetPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        SelectionSetPayload {
            offered_count: facts(units).map(|group| group.offered_count).sum(),
            kept_count: facts(units).map(|group| group.kept_count).sum(),
            rejected_count: facts(units).map(|group| group.rejected_count).sum(),
            units_done,
            units_not_done,
        }
    }

    fn group(facts: &Self::Facts) -> Option<&str> {
        facts.group.as_deref()
    }

    fn kind(facts: &Self::Facts) -> Option<&str> {
        facts.kind.map(FrameKind::name)
    }

    fn root(facts: &Self::Facts) -> Option<&str> {
        facts.root.as_deref()
    }
}
