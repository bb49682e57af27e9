//! Exit codes of a chain (docs/contract.md, "Exit codes").

use step_contract::{RawManifest, Status};

/// Everything done.
pub const DONE: u8 = 0;
/// Usage.
pub const USAGE: u8 = 2;
/// Some units failed.
pub const SOME_FAILED: u8 = 3;
/// Failed on this data: retrying is useless.
pub const FAILED: u8 = 20;
/// Configuration, contract or missing tool.
pub const CONFIGURATION: u8 = 21;
/// Disk.
pub const DISK: u8 = 74;
/// Temporary: retrying helps.
pub const TEMPORARY: u8 = 75;
/// Stopped by a signal.
pub const STOPPED: u8 = 130;

/// One step of a chain that has run.
#[derive(Clone, Debug)]
pub struct EndedStep {
    /// Its manifest.
    pub manifest: RawManifest,
    /// Whether it works unit by unit.
    pub is_unit_scope: bool,
    /// Ids of failed units of which the step says that the same again may succeed.
    pub temporary: Vec<String>,
}

/// The exit code of a chain from the manifests of its steps.
pub fn of_chain(steps: &[EndedStep]) -> u8 {
    let counting: Vec<(&EndedStep, &step_contract::RawUnit)> = steps
        .iter()
        .flat_map(|step| step.manifest.units.iter().map(move |unit| (step, unit)))
        .filter(|(_, unit)| unit.status.counts_as_failure())
        .collect();
    if counting.is_empty() {
        return DONE;
    }
    let last = steps.iter().rev().find(|step| step.is_unit_scope).or(steps.last());
    let some_arrived = last.is_some_and(|step| {
        step.manifest.units.iter().any(|unit| matches!(unit.status, Status::Done | Status::NoWork))
    });
    if some_arrived {
        return SOME_FAILED;
    }
    let mut failures = counting.iter().filter(|(_, unit)| unit.status != Status::Blocked).peekable();
    let all_temporary = failures.peek().is_some() && failures.all(|(step, unit)| step.temporary.contains(&unit.unit));
    if all_temporary { TEMPORARY } else { FAILED }
}

/// Ids of the failed units of which the step noted (`execution.notes.<unit>.temporary`) that the same again may succeed.
pub fn temporary_units(manifest: &RawManifest) -> Vec<String> {
    let notes = manifest.execution["notes"].as_object();
    notes
        .into_iter()
        .flatten()
        .filter(|(_, notes)| notes["temporary"] == "true")
        .map(|(unit, _)| unit.clone())
        .collect()
}
