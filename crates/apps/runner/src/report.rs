//! What happened to a chain and to each of its steps.

use std::collections::BTreeMap;

use step_contract::RawManifest;

use crate::workflow::WorkflowStep;

/// What happened.
#[derive(Clone, Debug)]
pub struct Report {
    /// Exit code of the chain.
    pub exit: u8,
    /// Steps in order: label, exit code (none if it did not run), units by status, reused, seconds.
    pub steps: Vec<StepReport>,
    /// Why the chain stopped before its end.
    pub stopped: Option<String>,
}

/// What happened to one step.
#[derive(Clone, Debug, serde::Serialize)]
pub struct StepReport {
    /// Label.
    pub label: String,
    /// Exit code.
    pub exit: u8,
    /// Units by status.
    pub units: BTreeMap<String, u64>,
    /// Units that were reused.
    pub reused: u64,
    /// Wall time.
    pub seconds: f64,
}

impl StepReport {
    /// From the manifest that the step wrote.
    pub(crate) fn of(step: &WorkflowStep, code: u8, manifest: &RawManifest, seconds: f64) -> Self {
        let mut report = Self::without_manifest(step, code, seconds);
        for unit in &manifest.units {
            *report.units.entry(unit.status.name().to_owned()).or_insert(0) += 1;
        }
        report.reused = manifest.execution["reused"].as_array().map_or(0, Vec::len) as u64;
        report
    }

    /// Of a step that ended without a manifest.
    pub(crate) fn without_manifest(step: &WorkflowStep, exit: u8, seconds: f64) -> Self {
        Self { label: step.label.clone(), exit, units: BTreeMap::new(), reused: 0, seconds }
    }
}
