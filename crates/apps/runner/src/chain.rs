//! A chain that is bound and configured: which steps it runs, what each reads, where each writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use step_contract::{Edge, ProductEntry, Shard};
use step_harness::manifest_name;

use crate::bindings::{Bindings, Bound};
use crate::configuration::Configuration;
use crate::description::Description;
use crate::execute_error::ExecuteError;
use crate::layout::Layout;
use crate::process::StepCall;
use crate::steps::Steps;
use crate::workflow::{Workflow, WorkflowStep};

/// A chain that is bound and configured.
#[derive(Clone)]
pub struct Chain {
    /// Name of the workflow.
    pub workflow_name: String,
    /// Workflow.
    pub workflow: Workflow,
    /// What was asked for.
    pub configuration: Configuration,
    /// What the steps say of themselves, by step id.
    pub descriptions: BTreeMap<String, Description>,
    /// Who reads whom.
    pub bindings: Bindings,
    /// Steps.
    pub steps: Steps,
    /// Products.
    pub products: &'static [ProductEntry],
    /// Where.
    pub layout: Layout,
    /// Manifests of files that came from outside, by name.
    pub inputs: Vec<(String, PathBuf)>,
    /// Build of the command.
    pub build: String,
    /// The part of the units that it takes.
    pub shard: Option<Shard>,
}

/// How a chain is executed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// First label to run.
    pub from_step: Option<String>,
    /// Last label to run.
    pub to_step: Option<String>,
    /// Addresses by service.
    pub services: Vec<(String, String)>,
    /// The one unit (or group, or root) to run. Steps that look across everything, or whose units others share, run whole.
    pub only: Option<String>,
    /// Options handed to every step as they are (`--threads`, `--memory`, `--fail-fast`).
    pub step_options: Vec<String>,
    /// Stop at the first step with a failed unit.
    pub fail_fast: bool,
    /// The run's results may go: each stays until this run has ended well.
    pub replace: bool,
    /// Command line, for the record.
    pub command: Vec<String>,
}

impl Chain {
    /// The steps to run: between the two labels, without those that nobody asks for. A shard ends before the first step that is always whole
    /// and follows one that is not.
    pub fn range(&self, options: &Options) -> Result<Vec<&WorkflowStep>, ExecuteError> {
        let (from, to) = self.limits(options)?;
        let steps = self.asked_for(from, to + 1);
        let Some(shard) = self.shard else { return Ok(steps) };
        let leading = steps.iter().take_while(|step| self.is_whole(step)).count();
        let by_unit = steps[leading..].iter().take_while(|step| !self.is_whole(step)).count();
        if by_unit == 0 {
            let labels = steps.iter().map(|step| step.label.as_str()).collect::<Vec<_>>().join(", ");
            return Err(ExecuteError::NoUnits { shard, labels });
        }
        Ok(steps[..leading + by_unit].to_vec())
    }

    /// The first step that a shard leaves to the merged run.
    pub fn after_shards(&self, options: &Options) -> Result<Option<&WorkflowStep>, ExecuteError> {
        let (from, to) = self.limits(options)?;
        let done = self.range(options)?.len();
        Ok(self.asked_for(from, to + 1).get(done).copied())
    }

    /// The steps before `--from-step` whose manifests must be there.
    pub fn before(&self, options: &Options) -> Result<Vec<&WorkflowStep>, ExecuteError> {
        let (from, _) = self.limits(options)?;
        Ok(self.asked_for(0, from))
    }

    fn asked_for(&self, from: usize, end: usize) -> Vec<&WorkflowStep> {
        self.workflow.steps[from..end]
            .iter()
            .filter(|step| !self.bindings.not_asked_for.contains(&step.label))
            .collect()
    }

    /// The places of `--from-step` and `--to-step` in the workflow.
    pub(crate) fn limits(&self, options: &Options) -> Result<(usize, usize), ExecuteError> {
        let place = |option: &'static str, label: &Option<String>, otherwise: usize| match label {
            None => Ok(otherwise),
            Some(label) => self.workflow.step(label).map(|(place, _)| place).ok_or_else(|| ExecuteError::NoLabel {
                option,
                label: label.clone(),
                labels: self.workflow.labels().join(", "),
            }),
        };
        let last = self.workflow.steps.len().saturating_sub(1);
        let from = place("--from-step", &options.from_step, 0)?;
        let to = place("--to-step", &options.to_step, last)?;
        if to < from {
            return Err(ExecuteError::Backwards {
                from: self.workflow.steps[from].label.clone(),
                to: self.workflow.steps[to].label.clone(),
            });
        }
        Ok((from, to))
    }

    /// What the step of a label says of itself.
    pub fn description_of(&self, label: &str) -> Option<&Description> {
        self.workflow.step(label).and_then(|(_, step)| self.descriptions.get(&step.step))
    }

    pub(crate) fn is_run_scope(&self, step: &WorkflowStep) -> bool {
        self.descriptions[&step.step].is_run_scope()
    }

    /// Whether a step always runs whole: it looks across everything, or others reach its units by shared edges, from any shard.
    pub(crate) fn is_whole(&self, step: &WorkflowStep) -> bool {
        self.is_run_scope(step) || self.is_shared(&step.label)
    }

    fn is_shared(&self, label: &str) -> bool {
        self.workflow.steps.iter().any(|reader| {
            let shared = self.descriptions[&reader.step].inputs.iter().filter(|input| input.edge == Edge::Shared);
            shared
                .flat_map(|input| self.bindings.of(&reader.label, &input.name))
                .any(|bound| matches!(bound, Bound::Label(bound) if bound == label))
        })
    }

    /// The part of a step's units that this chain takes.
    pub(crate) fn shard_of(&self, step: &WorkflowStep) -> Option<Shard> {
        self.shard.filter(|_| !self.is_whole(step))
    }

    /// The manifest that a step of this chain writes.
    pub(crate) fn written_manifest(&self, step: &WorkflowStep) -> PathBuf {
        self.layout.step_folder(step).join(manifest_name(self.shard_of(step)))
    }

    /// The manifest of a step to be read: what this chain writes, or in a shard the whole manifest of a step that was run before it.
    pub(crate) fn manifest(&self, step: &WorkflowStep) -> PathBuf {
        let (written, whole) = (self.written_manifest(step), self.layout.manifest(step));
        if !written.is_file() && whole.is_file() { whole } else { written }
    }

    /// Manifests bound to each member of a step, in order.
    pub fn reads_of(&self, step: &WorkflowStep) -> Vec<(String, PathBuf)> {
        let members = self.bindings.by_label.get(&step.label);
        self.descriptions[&step.step]
            .inputs
            .iter()
            .flat_map(|input| {
                let bound = members.and_then(|members| members.get(&input.name)).map_or(&[][..], Vec::as_slice);
                bound.iter().map(|one| (input.name.clone(), self.path_of(one)))
            })
            .filter(|(_, path)| path.is_file())
            .collect()
    }

    pub(crate) fn path_of(&self, bound: &Bound) -> PathBuf {
        match bound {
            Bound::Manifest(path) => path.clone(),
            Bound::Label(label) => match self.workflow.step(label) {
                Some((_, step)) => self.manifest(step),
                None => PathBuf::new(),
            },
        }
    }

    /// The call of a step; its configuration is written into `scratch`.
    pub fn call(&self, step: &WorkflowStep, options: &Options, scratch: &Path) -> Result<StepCall, ExecuteError> {
        let config = scratch.join(format!("{}.json", step.label));
        fs_err::write(&config, serde_json::to_vec_pretty(&self.configuration.of(&step.label)).unwrap_or_default())?;
        let mut step_options = options.step_options.clone();
        if let Some(limit) = self.configuration.run().max_failed_units {
            step_options.extend(["--max-failed".to_owned(), limit.to_string()]);
        }
        if let Some(only) = options.only.as_ref().filter(|_| !self.is_whole(step)) {
            step_options.extend(["--only".to_owned(), only.clone()]);
        }
        if options.replace && self.steps.is_built_in(&step.step) {
            step_options.push("--keep-unlisted".to_owned());
        }
        let shard = self.shard_of(step);
        if let Some(shard) = shard {
            step_options.extend(["--shard".to_owned(), shard.to_string()]);
        }
        Ok(StepCall {
            label: step.label.clone(),
            run_id: self.layout.run_id.clone(),
            out: self.layout.step_folder(step),
            root: self.layout.root.clone(),
            log: self.layout.shard_log(step, shard),
            config,
            reads: self.reads_of(step),
            services: options.services.clone(),
            also: step.also.clone(),
            events: self.descriptions[&step.step].events,
            options: step_options,
        })
    }
}
