//! Executing a chain: one step after the other, each in a process of its own; `run.json` after each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use step_contract::{ProductEntry, RawManifest};
use step_harness::Stop;

use crate::bindings::{Bindings, Bound};
use crate::configuration::Configuration;
use crate::description::Description;
use crate::exit::{self, EndedStep};
use crate::layout::Layout;
use crate::process::{StepCall, run_step};
use crate::run_json::{RunExecution, RunInput, RunJson, RunStep};
use crate::steps::Steps;
use crate::workflow::{Workflow, WorkflowStep};

/// Steps that run even when everything before them failed, so that a run without a candidate has its page.
const ALWAYS_RUN: [&str; 2] = ["summarize", "package"];

/// A chain that is bound and configured.
#[derive(Clone)]
pub struct Chain<'a> {
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
    pub steps: &'a Steps,
    /// Products.
    pub products: &'a [ProductEntry],
    /// Where.
    pub layout: Layout,
    /// Manifests of files that came from outside, by name.
    pub inputs: Vec<(String, PathBuf)>,
    /// Build of the command.
    pub build: String,
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
    /// Options handed to every step as they are (`--threads`, `--memory`, `--fail-fast`, `--only`).
    pub step_options: Vec<String>,
    /// Stop at the first step with a failed unit.
    pub fail_fast: bool,
    /// Command line, for the record.
    pub command: Vec<String>,
}

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

/// The chain cannot be executed.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// A label that the workflow does not have.
    #[error("{option} {label}: not a label of this workflow ({labels})")]
    NoLabel {
        /// `--from-step` or `--to-step`.
        option: &'static str,
        /// What was typed.
        label: String,
        /// Those that there are.
        labels: String,
    },
    /// Nothing lies between the two.
    #[error("--to-step {to} stands before --from-step {from}")]
    Backwards {
        /// First.
        from: String,
        /// Last.
        to: String,
    },
    /// The disk.
    #[error("{0}")]
    Disk(#[from] std::io::Error),
    /// The record of the run.
    #[error("{0}")]
    Record(#[from] crate::run_json::RunJsonError),
    /// A step cannot be started.
    #[error("{0}")]
    Steps(#[from] crate::steps::StepsError),
    /// A manifest is not as it must be.
    #[error("{0}")]
    Contract(#[from] step_contract::ContractError),
}

impl Chain<'_> {
    /// The steps to run: between the two labels, without those that nobody asks for.
    pub fn range(&self, options: &Options) -> Result<Vec<&WorkflowStep>, ExecuteError> {
        let (from, to) = self.limits(options)?;
        Ok(self.workflow.steps[from..=to]
            .iter()
            .filter(|step| !self.bindings.not_asked_for.contains(&step.label))
            .collect())
    }

    /// The steps before `--from-step` whose manifests must be there.
    pub fn before(&self, options: &Options) -> Result<Vec<&WorkflowStep>, ExecuteError> {
        let (from, _) = self.limits(options)?;
        Ok(self.workflow.steps[..from]
            .iter()
            .filter(|step| !self.bindings.not_asked_for.contains(&step.label))
            .collect())
    }

    fn limits(&self, options: &Options) -> Result<(usize, usize), ExecuteError> {
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

    /// Runs the steps of the range in order.
    pub fn execute(&self, options: &Options, stopping: &Stop) -> Result<Report, ExecuteError> {
        let started = jiff::Timestamp::now();
        let clock = Instant::now();
        let scratch = self.layout.scratch()?;
        let mut report = Report { exit: exit::DONE, steps: Vec::new(), stopped: None };
        let range = self.range(options)?;
        for (place, &step) in range.iter().enumerate() {
            if let Some(why) = self.cannot_start(step) {
                report.stopped = Some(why);
                break;
            }
            tracing::info!(label = step.label, "step");
            let begin = Instant::now();
            let code = self.run_one(step, options, scratch.path(), stopping)?;
            let seconds = begin.elapsed().as_secs_f64();
            let manifest_path = self.layout.manifest(step);
            let is_last = place + 1 == range.len();
            let stop = !is_last && stops_the_chain(code, options, stopping);
            let ended = matches!(code, exit::DONE | exit::SOME_FAILED | exit::FAILED | exit::TEMPORARY);
            if ended && manifest_path.is_file() {
                let manifest = self.read_and_complete(step)?;
                report.steps.push(step_report(step, code, &manifest, seconds));
            } else {
                let units = BTreeMap::new();
                report.steps.push(StepReport { label: step.label.clone(), exit: code, units, reused: 0, seconds });
            }
            let recorded = self.record(options, &report, started, clock.elapsed().as_secs_f64());
            if stop || !ended {
                report.exit = if code == exit::DONE { stopping.code().unwrap_or(exit::STOPPED) } else { code };
                report.stopped = Some(format!("step {} ended with exit code {code}", step.label));
                if code == exit::DISK {
                    // The step has said what the disk refused; that run.json cannot be written either is the same news.
                    return Ok(report);
                }
            }
            recorded?;
            if report.stopped.is_some() {
                break;
            }
        }
        if report.stopped.is_none() || matches!(report.exit, exit::DONE | exit::SOME_FAILED) {
            report.exit = exit::of_chain(&self.ended_steps(options)?);
        }
        self.record(options, &report, started, clock.elapsed().as_secs_f64())?;
        Ok(report)
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

    fn path_of(&self, bound: &Bound) -> PathBuf {
        match bound {
            Bound::Manifest(path) => path.clone(),
            Bound::Label(label) => match self.workflow.step(label) {
                Some((_, step)) => self.layout.manifest(step),
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
        Ok(StepCall {
            label: step.label.clone(),
            run_id: self.layout.run_id.clone(),
            out: self.layout.step_folder(step),
            root: self.layout.root.clone(),
            log: self.layout.log(step),
            config,
            reads: self.reads_of(step),
            services: options.services.clone(),
            also: step.also.clone(),
            options: step_options,
        })
    }

    fn run_one(
        &self,
        step: &WorkflowStep,
        options: &Options,
        scratch: &Path,
        stopping: &Stop,
    ) -> Result<u8, ExecuteError> {
        let call = self.call(step, options, scratch)?;
        Ok(run_step(self.steps.command(&step.step)?, &call, stopping)?.code)
    }

    /// A step that needs a manifest which is not there cannot start (summarize and package take what there is).
    fn cannot_start(&self, step: &WorkflowStep) -> Option<String> {
        if ALWAYS_RUN.contains(&step.step.as_str()) {
            return None;
        }
        let members = self.bindings.by_label.get(&step.label)?;
        members.iter().flat_map(|(member, bound)| bound.iter().map(move |one| (member, one))).find_map(
            |(member, one)| {
                let path = self.path_of(one);
                (!path.is_file()).then(|| {
                    format!("step {}: {} for {member} is missing; run the steps before it", step.label, path.display())
                })
            },
        )
    }

    /// Reads the manifest of a step; adds the payload where a foreign step left it out.
    fn read_and_complete(&self, step: &WorkflowStep) -> Result<RawManifest, ExecuteError> {
        let path = self.layout.manifest(step);
        crate::foreign::complete_payload(&path, self.products)?;
        if let Some(also) = &step.also {
            let twin = self.layout.step_folder(step).join(also);
            let bytes = fs_err::read(&path)?;
            if fs_err::read(&twin).ok().as_deref() != Some(&bytes) {
                step_harness::write_bytes(&twin, &bytes)?;
            }
        }
        Ok(RawManifest::read(&path, self.products)?)
    }

    /// Every step of the chain up to the last one asked for that has a manifest.
    fn ended_steps(&self, options: &Options) -> Result<Vec<EndedStep>, ExecuteError> {
        let (_, to) = self.limits(options)?;
        let mut ended = Vec::new();
        for step in &self.workflow.steps[..=to] {
            let path = self.layout.manifest(step);
            if self.bindings.not_asked_for.contains(&step.label) || !path.is_file() {
                continue;
            }
            let manifest = RawManifest::read(&path, self.products)?;
            let temporary = exit::temporary_units(&manifest);
            ended.push(EndedStep { is_unit_scope: !self.descriptions[&step.step].is_run_scope(), manifest, temporary });
        }
        Ok(ended)
    }

    fn record(
        &self,
        options: &Options,
        report: &Report,
        started: jiff::Timestamp,
        seconds: f64,
    ) -> Result<(), ExecuteError> {
        let mut steps = Vec::new();
        for step in &self.workflow.steps {
            let path = self.layout.manifest(step);
            if self.bindings.not_asked_for.contains(&step.label) || !path.is_file() {
                continue;
            }
            let manifest = RawManifest::read(&path, self.products)?;
            steps.push(RunStep {
                label: step.label.clone(),
                step: step.step.clone(),
                product: manifest.product,
                manifest: self.layout.relative(&path),
                identity: manifest.identity,
                also: step.also.clone(),
            });
        }
        let mut inputs = Vec::new();
        for (name, path) in &self.inputs {
            let manifest = RawManifest::read(path, self.products)?;
            inputs.push(RunInput {
                name: name.clone(),
                manifest: self.layout.relative(path),
                identity: manifest.identity,
            });
        }
        let run = RunJson {
            run_id: self.layout.run_id.clone(),
            workflow_name: self.workflow_name.clone(),
            workflow: self.workflow.clone(),
            configuration: self.configuration.to_value(),
            build: self.build.clone(),
            steps,
            inputs,
            execution: RunExecution {
                started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                seconds,
                command: options.command.clone(),
                step_seconds: report.steps.iter().map(|step| (step.label.clone(), step.seconds)).collect(),
                exit: report.exit,
            },
        };
        Ok(run.write(&self.layout.run_json())?)
    }
}

fn stops_the_chain(code: u8, options: &Options, stopping: &Stop) -> bool {
    stopping.code().is_some() || (options.fail_fast && code != exit::DONE)
}

fn step_report(step: &WorkflowStep, code: u8, manifest: &RawManifest, seconds: f64) -> StepReport {
    let mut units = BTreeMap::new();
    for unit in &manifest.units {
        let status = serde_json::to_value(unit.status).ok().and_then(|status| status.as_str().map(str::to_owned));
        *units.entry(status.unwrap_or_default()).or_insert(0) += 1;
    }
    let reused = manifest.execution["reused"].as_array().map_or(0, Vec::len) as u64;
    StepReport { label: step.label.clone(), exit: code, units, reused, seconds }
}
