//! What would run, what is reused, what is missing, and why: from the manifests that are there, without running anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use step_contract::{ContractError, RawManifest, Status};

use crate::bindings::Bound;
use crate::chain::{Chain, Options};
use crate::execute_error::ExecuteError;
use crate::verify::verify_file;
use crate::workflow::WorkflowStep;

/// What a step will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Every unit is reused.
    Reuse,
    /// It has no manifest of this run.
    Run,
    /// Its own configuration, build, engine or files differ: every unit of it runs.
    Stale,
    /// Units of failed or missing evidence run again; the others are reused.
    Retry,
    /// Only what it reads differs: exactly the units run whose inputs then differ.
    DependsOn,
}

/// The plan of one step.
#[derive(Clone, Debug, Serialize)]
pub struct StepPlan {
    /// Label.
    pub label: String,
    /// What it will do.
    pub state: State,
    /// Why, one sentence each.
    pub why: Vec<String>,
    /// Units of its manifest.
    pub units: usize,
    /// Units of it that will run for certain.
    pub units_to_run: usize,
}

/// The plan of a chain.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    /// Steps in order.
    pub steps: Vec<StepPlan>,
    /// Labels that nobody asks for.
    pub not_asked_for: Vec<String>,
    /// Manifests read and held against their schemas.
    pub manifests_validated: usize,
    /// Units in them.
    pub units_validated: usize,
}

/// Why a chain cannot start at `--from-step`.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The range.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// An earlier step must run first.
    #[error("the earliest step that must run again is {label}: {why}; use --from-step {label}")]
    MustRun {
        /// Its label.
        label: String,
        /// Why.
        why: String,
    },
}

/// Why a step is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// It will run.
    Planned,
    /// It stands before `--from-step`, and is not run again.
    Before,
    /// The same, and its files are read.
    Proved,
}

/// What planning keeps of a manifest, so that a chain of 12,000 units stays small.
struct Seen {
    identity: String,
    changed: bool,
}

impl Chain {
    /// The plan of the steps in the range.
    pub fn plan(&self, options: &Options) -> Result<Plan, ExecuteError> {
        let mut plan = Plan { not_asked_for: self.bindings.not_asked_for.iter().cloned().collect(), ..Plan::default() };
        let mut seen = BTreeMap::new();
        for step in self.before(options)? {
            self.plan_step(step, &mut seen, &mut Plan::default(), Look::Before);
        }
        for step in self.range(options)? {
            self.plan_step(step, &mut seen, &mut plan, Look::Planned);
        }
        Ok(plan)
    }

    /// The plan of these steps alone; they stand in the order of the workflow.
    pub(crate) fn plan_of(&self, steps: &[&WorkflowStep]) -> Plan {
        let (mut plan, mut seen) = (Plan::default(), BTreeMap::new());
        steps.iter().for_each(|step| self.plan_step(step, &mut seen, &mut plan, Look::Planned));
        plan
    }

    /// Proves that every step before `--from-step` has a manifest that was made with the present configuration and describes what is on disk.
    /// Gives how many manifests and units were validated, and remarks (another build).
    pub fn prove_before(&self, options: &Options) -> Result<(Plan, Vec<String>), ProofError> {
        let mut seen = BTreeMap::new();
        let mut plan = Plan::default();
        let mut remarks = Vec::new();
        for step in self.before(options)? {
            let path = self.manifest(step);
            if let Ok(manifest) = RawManifest::read(&path, self.products)
                && let Some(build) = self.steps.build(&step.step)
                && manifest.build != build
            {
                remarks.push(format!("{} was made by build {}, this is {build}", step.label, manifest.build));
            }
            self.plan_step(step, &mut seen, &mut plan, Look::Proved);
            let step_plan = plan.steps.last();
            if let Some(step_plan) = step_plan.filter(|step| !matches!(step.state, State::Reuse | State::Retry)) {
                let why = step_plan.why.join("; ");
                return Err(ProofError::MustRun { label: step.label.clone(), why });
            }
        }
        Ok((plan, remarks))
    }

    fn plan_step(&self, step: &WorkflowStep, seen: &mut BTreeMap<String, Seen>, plan: &mut Plan, look: Look) {
        let path = self.manifest(step);
        let mut step_plan =
            StepPlan { label: step.label.clone(), state: State::Run, why: Vec::new(), units: 0, units_to_run: 0 };
        if !path.is_file() {
            step_plan.why.push(format!("{} is not there", path.display()));
            seen.insert(step.label.clone(), Seen { identity: String::new(), changed: true });
            plan.steps.push(step_plan);
            return;
        }
        let manifest = match RawManifest::read(&path, self.products) {
            Ok(manifest) => manifest,
            Err(error) => {
                step_plan.why.push(error.to_string());
                seen.insert(step.label.clone(), Seen { identity: String::new(), changed: true });
                plan.steps.push(step_plan);
                return;
            }
        };
        plan.manifests_validated += 1;
        plan.units_validated += manifest.units.len();
        step_plan.units = manifest.units.len();
        let own = self.own_changes(step, &manifest, look == Look::Proved);
        let upstream = self.upstream_changes(step, &manifest, seen);
        let retried =
            manifest.units.iter().filter(|unit| !unit.status.may_be_reused() && unit.status != Status::Skipped).count();
        (step_plan.state, step_plan.units_to_run) = match (own.is_empty(), upstream.is_empty(), retried) {
            (false, _, _) => (State::Stale, manifest.units.len()),
            (true, false, _) => (State::DependsOn, retried),
            (true, true, 0) => (State::Reuse, 0),
            (true, true, _) => (State::Retry, retried),
        };
        step_plan.why = own.into_iter().chain(upstream).collect();
        if retried > 0 && step_plan.state != State::Stale {
            step_plan.why.push(format!("{retried} units failed or were blocked; they are never taken for done"));
        }
        let changed = match step_plan.state {
            State::Reuse => false,
            // Of a step that is not run again the failed units stay as they are, and so does what was made of its manifest.
            // mark: failed-before-is-no-change
            State::Retry => look == Look::Planned,
            State::Run | State::Stale | State::DependsOn => true,
        };
        seen.insert(step.label.clone(), Seen { identity: manifest.identity, changed });
        plan.steps.push(step_plan);
    }

    /// Configuration, engine, build and files of the step itself.
    fn own_changes(&self, step: &WorkflowStep, manifest: &RawManifest, prove: bool) -> Vec<String> {
        let mut changes = Vec::new();
        match self.steps.resolve(&step.step, &self.configuration.of(&step.label)) {
            Ok(Some(config)) => differences("", &manifest.config, &config, &mut changes),
            Ok(None) => {}
            Err(error) => changes.push(error),
        }
        if manifest.run_id != self.layout.run_id {
            changes.push(format!("it is of run {}", manifest.run_id));
        }
        if let Some(build) = self.steps.build(&step.step).filter(|build| !prove && manifest.build != *build) {
            changes.push(format!("build {}, now {build}", manifest.build));
        }
        let folder = self.layout.step_folder(step);
        for (_, _, entry) in manifest.all_files().filter(|(_, _, entry)| entry.discarded.is_none()) {
            let file = manifest.path_of(&folder, entry);
            let checked = if prove {
                verify_file(&file, entry)
            } else {
                match std::fs::metadata(&file) {
                    Ok(data) if data.len() == entry.bytes => Ok(()),
                    Ok(data) => Err(format!("{}: has {} bytes, not {}", file.display(), data.len(), entry.bytes)),
                    Err(error) => Err(format!("{}: {error}", file.display())),
                }
            };
            changes.extend(checked.err());
        }
        changes
    }

    /// What it read against what is bound to it now.
    fn upstream_changes(
        &self,
        step: &WorkflowStep,
        manifest: &RawManifest,
        seen: &mut BTreeMap<String, Seen>,
    ) -> Vec<String> {
        let mut changes: BTreeSet<String> = BTreeSet::new();
        let read: BTreeSet<(&str, &str)> =
            manifest.reads.iter().map(|read| (read.input.as_str(), read.identity.as_str())).collect();
        let mut bound_count = 0;
        for (member, bounds) in self.bindings.by_label.get(&step.label).into_iter().flatten() {
            for bound in bounds {
                let (name, identity, changed) = match bound {
                    Bound::Label(label) => match seen.get(label) {
                        Some(seen) => (label.clone(), seen.identity.clone(), seen.changed),
                        None => continue,
                    },
                    Bound::Manifest(path) => match self.identity_outside(path) {
                        Ok(identity) => (path.display().to_string(), identity, false),
                        Err(error) => {
                            changes.insert(error.to_string());
                            continue;
                        }
                    },
                };
                bound_count += 1;
                if changed {
                    changes.insert(format!("depends on {name}"));
                } else if !read.contains(&(member.as_str(), identity.as_str())) {
                    changes.insert(format!("{member}: {name} is another one than it read"));
                }
            }
        }
        if changes.is_empty() && bound_count != manifest.reads.len() {
            changes.insert(format!("it read {} manifests, {bound_count} are bound now", manifest.reads.len()));
        }
        changes.into_iter().collect()
    }

    fn identity_outside(&self, path: &Path) -> Result<String, ContractError> {
        Ok(RawManifest::read(path, self.products)?.identity)
    }
}

/// The values that differ, as `pointer: before -> after`.
pub(crate) fn differences(pointer: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let absent = Value::Null;
                let (a, b) = (a.get(name).unwrap_or(&absent), b.get(name).unwrap_or(&absent));
                differences(&format!("{pointer}/{name}"), a, b, found);
            }
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("configuration {pointer}: {} -> {}", shown(a), shown(b))),
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_the_value_before_and_after() {
        let mut found = Vec::new();
        let before = serde_json::json!({"detect": {"threshold_sigma": 5.0, "minarea_px": 5}, "engine": "native"});
        let after =
            serde_json::json!({"detect": {"threshold_sigma": 4, "minarea_px": 5.0, "new": true}, "engine": "native"});
        differences("", &before, &after, &mut found);
        assert_eq!(
            found,
            ["configuration /detect/new: nothing -> true", "configuration /detect/threshold_sigma: 5.0 -> 4"]
        );
    }
}
