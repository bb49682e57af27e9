//! What a chain leaves of itself: `run.json`, or in a shard its own record.

use std::time::Instant;

use step_contract::RawManifest;

use crate::chain::{Chain, Options};
use crate::execute_error::ExecuteError;
use crate::exit::{self, EndedStep};
use crate::report::Report;
use crate::run_json::{RunExecution, RunInput, RunJson, RunStep};
use crate::shard::{ShardRecord, merged_folder};
use crate::workflow::WorkflowStep;

/// When a chain was started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: jiff::Timestamp,
    instant: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: jiff::Timestamp::now(), instant: Instant::now() }
    }
}

impl Chain {
    /// Every step of the chain up to the last one asked for that has a manifest.
    pub(crate) fn ended_steps(&self, options: &Options) -> Result<Vec<EndedStep>, ExecuteError> {
        let (_, to) = self.limits(options)?;
        let end = match (self.shard, self.range(options)?.last()) {
            (Some(_), Some(last)) => self.workflow.step(&last.label).map_or(to, |(place, _)| place),
            _ => to,
        };
        let mut ended = Vec::new();
        for step in &self.workflow.steps[..=end] {
            let path = self.manifest(step);
            if self.bindings.not_asked_for.contains(&step.label) || !path.is_file() {
                continue;
            }
            ended.push(self.ended_step(step, RawManifest::read(&path, self.products)?));
        }
        Ok(ended)
    }

    pub(crate) fn ended_step(&self, step: &WorkflowStep, manifest: RawManifest) -> EndedStep {
        let temporary = exit::temporary_units(&manifest);
        EndedStep { is_unit_scope: !self.is_run_scope(step), manifest, temporary }
    }

    /// Whether this shard fits to what the run has already.
    pub(crate) fn check_shard(&self) -> Result<(), ExecuteError> {
        let Some(shard) = self.shard else { return Ok(()) };
        let folder = self.layout.shards_folder();
        if merged_folder(&self.layout).exists() {
            return Err(ExecuteError::MergeStopped { run_id: self.layout.run_id.clone() });
        }
        if let Some(other) = ShardRecord::read_all(&self.layout)?.iter().find(|other| other.shard.count != shard.count)
        {
            return Err(ExecuteError::OtherCount {
                shard,
                run_id: self.layout.run_id.clone(),
                count: other.shard.count,
                folder: folder.display().to_string(),
            });
        }
        Ok(())
    }

    /// Writes `run.json`, or the shard's record; `ended` where nothing more will run.
    pub(crate) fn record(
        &self,
        options: &Options,
        report: &Report,
        clock: &Clock,
        ended: bool,
    ) -> Result<(), ExecuteError> {
        let run = self.run_record(options, report, clock)?;
        let Some(shard) = self.shard else { return Ok(run.write(&self.layout.run_json())?) };
        let record = ShardRecord {
            shard,
            labels: self
                .range(options)?
                .into_iter()
                .filter(|step| !self.is_whole(step))
                .map(|step| step.label.clone())
                .collect(),
            not_asked_for: self.bindings.not_asked_for.iter().cloned().collect(),
            next: self.after_shards(options)?.map(|step| step.label.clone()),
            exit: ended.then_some(report.exit),
            stopped: report.stopped.clone(),
            run,
        };
        Ok(record.write(&self.layout)?)
    }

    /// The record of the run as it stands.
    pub(crate) fn run_record(
        &self,
        options: &Options,
        report: &Report,
        clock: &Clock,
    ) -> Result<RunJson, ExecuteError> {
        let mut steps = Vec::new();
        for step in &self.workflow.steps {
            let path = self.manifest(step);
            if self.bindings.not_asked_for.contains(&step.label) || !path.is_file() {
                continue;
            }
            let manifest = RawManifest::read(&path, self.products)?;
            steps.push(RunStep {
                label: step.label.clone(),
                step: step.step.clone(),
                build: manifest.build,
                product: manifest.product,
                manifest: self.layout.relative(&path),
                identity: manifest.identity,
                also: step.also.clone().filter(|_| self.shard_of(step).is_none()),
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
        let resolved = self.resolved();
        Ok(RunJson {
            run_id: self.layout.run_id.clone(),
            workflow_name: self.workflow_name.clone(),
            workflow: resolved.workflow,
            configuration: resolved.configuration,
            build: self.build.clone(),
            steps,
            inputs,
            execution: RunExecution {
                started: clock.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                seconds: clock.instant.elapsed().as_secs_f64(),
                command: options.command.clone(),
                step_seconds: report.steps.iter().map(|step| (step.label.clone(), step.seconds)).collect(),
                exit: report.exit,
            },
        })
    }
}
