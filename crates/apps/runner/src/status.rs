//! The state of runs: every step and unit, with reasons.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use step_contract::{ProductEntry, RawManifest, Reason, Shard, Status};
use step_harness::manifest_name;

use crate::layout::{Layout, run_ids};
use crate::run_json::RunJson;
use crate::run_lock::is_held;
use crate::shard::ShardRecord;
use crate::workflow::WorkflowStep;

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct RunStatus {
    /// Run id.
    pub run_id: String,
    /// Workflow, where run.json can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Whether a command works on it now.
    pub at_work: bool,
    /// Exit code of the last command on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// Steps in order.
    pub steps: Vec<StepStatus>,
    /// Shards that are not merged yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardStatus>,
    /// What could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// One shard of a run.
#[derive(Clone, Debug, Serialize)]
pub struct ShardStatus {
    /// Which.
    pub shard: Shard,
    /// Exit code; none while it is at work, or when it was killed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// Why it stopped before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// One step of a run.
#[derive(Clone, Debug, Serialize)]
pub struct StepStatus {
    /// Label.
    pub label: String,
    /// `ended` (it has a manifest), `2 of 4 shards`, `at work`, `stopped` (a journal without a manifest) or `not run`.
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
        at_work: is_held(&layout.run_folder()),
        exit: None,
        steps: Vec::new(),
        shards: Vec::new(),
        problems: Vec::new(),
    };
    match ShardRecord::read_all(layout) {
        Ok(records) => {
            let shown =
                |record: ShardRecord| ShardStatus { shard: record.shard, exit: record.exit, stopped: record.stopped };
            status.shards = records.into_iter().map(shown).collect();
        }
        Err(error) => status.problems.push(error.to_string()),
    }
    let run = match RunJson::read(&layout.run_json()) {
        Ok(run) => run,
        Err(error) => {
            let problem = if error.missing && status.at_work {
                format!("{}: not written yet; the run has just begun", error.path.display())
            } else if error.missing {
                format!("{}: not written yet; the run was stopped in its first step", error.path.display())
            } else {
                error.to_string()
            };
            status.problems.push(problem);
            return status;
        }
    };
    // While a command is at work the record has no last word.
    status.exit = (!status.at_work).then_some(run.execution.exit);
    for step in &run.workflow.steps {
        let path = layout.manifest(step);
        let journal = layout.step_folder(step).join("units.jsonl");
        let mut entry = StepStatus {
            label: step.label.clone(),
            state: match (journal.is_file(), status.at_work) {
                (true, true) => "at work",
                (true, false) => "stopped",
                (false, _) => "not run",
            }
            .to_owned(),
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
        } else {
            describe_shards(layout, step, &status.shards, products, &mut entry);
        }
        status.steps.push(entry);
    }
    status.workflow = Some(run.workflow_name);
    status
}

/// The manifests that shards have written so far.
fn describe_shards(
    layout: &Layout,
    step: &WorkflowStep,
    shards: &[ShardStatus],
    products: &[ProductEntry],
    entry: &mut StepStatus,
) {
    let folder = layout.step_folder(step);
    let paths = shards.iter().map(|shard| folder.join(manifest_name(Some(shard.shard))));
    let found: Vec<RawManifest> =
        paths.filter(|path| path.is_file()).filter_map(|path| RawManifest::read(&path, products).ok()).collect();
    if !found.is_empty() {
        found.iter().for_each(|manifest| describe(manifest, entry));
        entry.state = format!("{} of {} shards", found.len(), shards.first().map_or(0, |shard| shard.shard.count));
    }
}

fn describe(manifest: &RawManifest, entry: &mut StepStatus) {
    "ended".clone_into(&mut entry.state);
    entry.reused += manifest.execution["reused"].as_array().map_or(0, Vec::len) as u64;
    for unit in &manifest.units {
        *entry.units.entry(unit.status).or_insert(0) += 1;
        entry.warned += u64::from(!unit.warnings.is_empty());
        if unit.status != Status::Done {
            entry.not_done.push(NotDone { unit: unit.unit.clone(), status: unit.status, reason: unit.reason.clone() });
        }
    }
}
