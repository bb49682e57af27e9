//! What a run of a step says of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value, json};
use step_contract::Status;

use crate::exit;
use crate::planned::PlannedUnit;
use crate::session::Session;

/// At most so many units that are not done are named in a report.
const MAX_NAMED_UNITS: usize = 20;

/// What a run says of itself (`run --json`).
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) step: String,
    pub(crate) label: String,
    pub(crate) run_id: String,
    pub(crate) exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) manifest: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// How many units ended how, `validated` (units whose entry was checked against the schema) and `reused`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) units: BTreeMap<String, usize>,
    /// Units that count as failures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) failed: Vec<Value>,
    /// What would happen (`--dry-run`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Vec<PlannedUnit>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resume: Option<String>,
}

impl Report {
    /// Counts the units of the manifest, and takes the exit code from them.
    pub(crate) fn count(&mut self, session: &Session, manifest: &Value) {
        let state = session.state();
        let units = manifest["units"].as_array().map_or(&[][..], Vec::as_slice);
        let mut statuses = Vec::with_capacity(units.len());
        for unit in units {
            let name = unit["status"].as_str().unwrap_or_default();
            let status: Status = serde_json::from_value(unit["status"].clone()).unwrap_or(Status::Failed);
            let id = unit["unit"].as_str().unwrap_or_default();
            statuses.push((status, state.temporary.contains(id)));
            *self.units.entry(name.to_owned()).or_default() += 1;
            if status.counts_as_failure() && self.failed.len() < MAX_NAMED_UNITS {
                self.failed.push(json!({"unit": id, "status": name, "reason": unit["reason"]}));
            }
        }
        self.units.insert("validated".to_owned(), units.len());
        self.units.insert("reused".to_owned(), state.reused.len());
        self.exit = exit::of_units(statuses);
    }
}
