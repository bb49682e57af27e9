//! What to shoot tonight: masters that frames have need of and that are not there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::Unit;

use super::unit::FrameSet;
use crate::facts::MissingMaster;

/// Detail of the reason of a frame that is not calibrated: the masters that are missing, as JSON.
pub const MISSING_DETAIL: &str = "missing";

/// A master that frames have need of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingCalibration {
    /// The setting to shoot it with.
    pub master: MissingMaster,
    /// Frames that have need of it.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub frame_count: u64,
}

/// The masters that are missing, each once, in the order of the first frame that has need of it.
pub(super) fn of(units: &[Unit<FrameSet>]) -> Vec<MissingCalibration> {
    let mut found: Vec<MissingCalibration> = Vec::new();
    for master in units.iter().flat_map(of_unit) {
        match found.iter_mut().find(|known| known.master == master) {
            Some(known) => known.frame_count += 1,
            None => found.push(MissingCalibration { master, frame_count: 1 }),
        }
    }
    found
}

fn of_unit(unit: &Unit<FrameSet>) -> Vec<MissingMaster> {
    let facts = unit.facts.as_ref().and_then(|facts| facts.calibration.as_ref());
    match (facts, &unit.reason) {
        (Some(calibration), _) => calibration.missing.clone(),
        (None, Some(reason)) => {
            let text = reason.details.get(MISSING_DETAIL).map_or("[]", String::as_str);
            serde_json::from_str(text).unwrap_or_default()
        }
        (None, None) => Vec::new(),
    }
}
