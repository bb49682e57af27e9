//! The state of runs: every step and unit, with reasons.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use step_contract::{ProductEntry, RawManifest, Reason, Status};

use crate::layout::{Layout, run_ids};
use crate::run_json::RunJson;

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct RunStatus {
    /// Run id.
    pub run_id: String,
    /// Workflow, where run.json can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Exit code of the last command on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// Steps in order.
    pub steps: Vec<StepStatus>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// One step of a run.
#[derive(Clone, Debug, Serialize)]
pub struct StepStatus {
    /// Label.
    pub label: String,
    /// `ended` (it has a manifest), `stopped` (a journal without one) or `not run`.
    pub state: String,
    /// Units by status.
    pub units: BTreeMap<Status, u64>,
    /// Units that were reused by the last command.
    pub reused: u64,
    /// Units with a warning.
    pub warned: u64,
    /// Units that are not done, with their reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_done: Vec<NotDone>,
}

/// A unit that is not done.
#[derive(Clone, Debug, Serialize)]
pub struct NotDone {
    /// Unit.
    pub unit: String,
    /// How it ended.
    pub status: Status,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Every run below a root, oldest first.
pub fn all_runs(root: &Path, products: &[ProductEntry]) -> std::io::Result<Vec<RunStatus>> {
    Ok(run_ids(root)?.into_iter().map(|run_id| one_run(&Layout { root: root.to_owned(), run_id }, products)).collect())
}

/// One run.
pub fn one_run(layout: &Layout, products: &[ProductEntry]) -> RunStatus {
    let mut status = RunStatus {
        run_id: layout.run_id.clone(),
        workflow: None,
        exit: None,
        steps: Vec::new(),
        problems: Vec::new(),
    };
    let run = match RunJson::read(&layout.run_json()) {
        Ok(run) => run,
        Err(error) => {
            let problem = if error.missing {
                format!("{}: not written yet; the run was stopped in its first step", error.path.display())
            } else {
                error.to_string()
            };
            status.problems.push(problem);
            return status;
        }
    };
    status.exit = Some(run.execution.exit);
    for step in &run.workflow.steps {
        let path = layout.manifest(step);
        let journal = layout.step_folder(step).join("units.jsonl");
        let mut entry = StepStatus {
            label: step.label.clone(),
            state: if journal.is_file() { "stopped" } else { "not run" }.to_owned(),
            units: BTreeMap::new(),
            reused: 0,
            warned: 0,
            not_done: Vec::new(),
        };
        if path.is_file() {
            match RawManifest::read(&path, products) {
                Ok(manifest) => describe(&manifest, &mut entry),
                Err(error) => status.problems.push(error.to_string()),
            }
        }
        status.steps.push(entry);
    }
    status.workflow = Some(run.workflow_name);
    status
}

fn describe(manifest: &RawManifest, entry: &mut StepStatus) {
    "ended".clone_into(&mut entry.state);
    entry.reused = manifest.execution["reused"].as_array().map_or(0, Vec::len) as u64;
    for unit in &manifest.units {
        *entry.units.entry(unit.status).or_insert(0) += 1;
        entry.warned += u64::from(!unit.warnings.is_empty());
        if unit.status != Status::Done {
            entry.not_done.push(NotDone { unit: unit.unit.clone(), status: unit.status, reason: unit.reason.clone() });
        }
    }
}
