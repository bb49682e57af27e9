//! Masters: bias, dark, dark-flat and flat.

mod unit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{Product, Unit};
pub use unit::{MasterCalibrationFacts, MasterCalibrationFiles, MasterCalibrationSet};

use crate::ended::{ended, facts};

/// The masters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterCalibrationPayload {
    /// Masters.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Frames in all of them.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub members_count: u64,
    /// Groups of which no master was made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for MasterCalibrationSet {
    const NAME: &'static str = "master-calibration-set";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/master-calibration-set-1.json");
    const PIXEL_ROLES: &'static [&'static str] = &["master", "defects"];
    type Files = MasterCalibrationFiles;
    type Facts = MasterCalibrationFacts;
    type Payload = MasterCalibrationPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        let members_count = facts(units).map(|master| master.master.members.len() as u64).sum();
        MasterCalibrationPayload { units_done, members_count, units_not_done }
    }

    fn kind(facts: &Self::Facts) -> Option<&str> {
        Some(facts.kind.name())
    }
}
