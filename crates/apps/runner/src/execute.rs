//! Executing a chain: one step after the other, each in a process of its own; `run.json` after each.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use step_contract::{RawManifest, Shard};
use step_harness::Stop;

use crate::chain::{Chain, Options};
use crate::exit;
use crate::plan::State;
use crate::process::run_step;
use crate::record::Clock;
use crate::shard::ShardRecord;
use crate::workflow::WorkflowStep;

/// How often a shard looks whether the steps that all share are done.
const POLL: Duration = Duration::from_millis(50);
/// Steps that run even when everything before them failed, so that a run without a candidate has its page.
const ALWAYS_RUN: [&str; 2] = ["summarize", "package"];

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
    /// Nothing for a shard between the two.
    #[error("--shard {shard}: none of the steps {labels} works unit by unit first; merge the shards before them")]
    NoUnits {
        /// The shard.
        shard: Shard,
        /// The steps that were asked for.
        labels: String,
    },
    /// A step that all shards share does not fit.
    #[error(
        "step {label}, which all shards share, would run again ({why}); run it without --shard first, up to --to-step {label}, or take another --run-id"
    )]
    Shared {
        /// Its label.
        label: String,
        /// Why.
        why: String,
    },
    /// A merge was stopped before its end.
    #[error("a merge of {run_id} was stopped; end it with skyledger merge {run_id} (and the same --root)")]
    MergeStopped {
        /// The run.
        run_id: String,
    },
    /// The run has shards of another number.
    #[error(
        "--shard {shard}: run {run_id} has shards of {count}; go on with those, or remove {folder} to begin with another number"
    )]
    OtherCount {
        /// The shard.
        shard: Shard,
        /// The run.
        run_id: String,
        /// The number of shards that it has.
        count: u32,
        /// Where they are noted.
        folder: String,
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

impl ExecuteError {
    /// Exit code.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoLabel { .. } | Self::Backwards { .. } | Self::NoUnits { .. } => exit::USAGE,
            Self::Shared { .. }
            | Self::MergeStopped { .. }
            | Self::OtherCount { .. }
            | Self::Steps(_)
            | Self::Contract(_) => exit::CONFIGURATION,
            Self::Disk(_) | Self::Record(_) => exit::DISK,
        }
    }
}

/// A chain at work.
struct Running<'a> {
    options: &'a Options,
    stopping: &'a Stop,
    scratch: &'a Path,
    report: Report,
    clock: Clock,
}

impl Chain<'_> {
    /// Runs the steps of the range in order. A shard first finds, or runs, the steps that all shards share.
    pub fn execute(&self, options: &Options, stopping: &Stop) -> Result<Report, ExecuteError> {
        let scratch = self.layout.scratch()?;
        let report = Report { exit: exit::DONE, steps: Vec::new(), stopped: None };
        let mut running = Running { options, stopping, scratch: scratch.path(), report, clock: Clock::start() };
        let range = self.range(options)?;
        let shared = range.iter().take_while(|step| self.shard.is_some() && self.is_run_scope(step)).count();
        if self.shard.is_some() {
            self.check_shard()?;
            self.run_shared(&range[..shared], &mut running)?;
            // From here on a killed shard is seen as one that has not ended.
            self.record(options, &running.report, &running.clock, false)?;
        }
        for (place, step) in range.iter().enumerate().skip(shared) {
            let is_last = place + 1 == range.len();
            if running.report.stopped.is_some() || !self.advance(step, is_last, &mut running)? {
                break;
            }
        }
        let Running { mut report, clock, .. } = running;
        if report.stopped.is_none() || matches!(report.exit, exit::DONE | exit::SOME_FAILED) {
            report.exit = exit::of_chain(&self.ended_steps(options)?);
        }
        let recorded = self.record(options, &report, &clock, true);
        if report.exit == exit::DISK {
            return Ok(report);
        }
        recorded?;
        if self.shard.is_none() && report.stopped.is_none() {
            ShardRecord::forget(&self.layout)?;
        }
        Ok(report)
    }

    /// The leading steps of scope run belong to all shards: the first shard runs them, whole, the others wait for it and find them done.
    fn run_shared(&self, steps: &[&WorkflowStep], running: &mut Running<'_>) -> Result<(), ExecuteError> {
        let lock = fs_err::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.layout.shards_folder().join("shared.lock"))?
            .into_parts()
            .0;
        while let Err(error) = lock.try_lock() {
            if let std::fs::TryLockError::Error(error) = error {
                return Err(error.into());
            }
            if let Some(code) = running.stopping.code() {
                running.report.exit = code;
                running.report.stopped = Some("stopped while another shard ran the steps that all share".to_owned());
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        let before = self.before(running.options)?;
        for (place, step) in steps.iter().enumerate() {
            let so_far: Vec<&WorkflowStep> = before.iter().chain(&steps[..=place]).copied().collect();
            let plan = self.plan_of(&so_far);
            let Some(planned) = plan.steps.last() else { continue };
            match planned.state {
                State::Reuse | State::Retry => {
                    let manifest = RawManifest::read(&self.manifest(step), self.products)?;
                    let ended = self.ended_step(step, manifest);
                    let code = exit::of_chain(std::slice::from_ref(&ended));
                    let mut found = step_report(step, code, &ended.manifest, 0.0);
                    found.reused = ended.manifest.units.len() as u64;
                    running.report.steps.push(found);
                }
                State::Run if !self.advance(step, false, running)? => return Ok(()),
                State::Run => {}
                State::Stale | State::DependsOn => {
                    let why = planned.why.join("; ");
                    return Err(ExecuteError::Shared { label: step.label.clone(), why });
                }
            }
        }
        if !self.layout.run_json().is_file() {
            self.run_record(running.options, &running.report, &running.clock)?.write(&self.layout.run_json())?;
        }
        Ok(())
    }

    /// Runs one step; whether the chain goes on.
    fn advance(&self, step: &WorkflowStep, is_last: bool, running: &mut Running<'_>) -> Result<bool, ExecuteError> {
        let report = &mut running.report;
        if let Some(why) = self.cannot_start(step) {
            report.exit = exit::CONFIGURATION;
            report.stopped = Some(why);
            return Ok(false);
        }
        tracing::info!(label = step.label, "step");
        let begin = Instant::now();
        let path = self.written_manifest(step);
        let before = changed(&path);
        let call = self.call(step, running.options, running.scratch)?;
        let code = run_step(self.steps.command(&step.step)?, &call, running.stopping)?.code;
        let seconds = begin.elapsed().as_secs_f64();
        // With 20 and 75 a step may also end without a manifest; an old one is none of it.
        let ended = match code {
            exit::DONE | exit::SOME_FAILED => path.is_file(),
            exit::FAILED | exit::TEMPORARY => path.is_file() && changed(&path) != before,
            _ => false,
        };
        if ended {
            let manifest = self.read_and_complete(step)?;
            report.steps.push(step_report(step, code, &manifest, seconds));
        } else {
            let units = BTreeMap::new();
            report.steps.push(StepReport { label: step.label.clone(), exit: code, units, reused: 0, seconds });
        }
        let stop = !ended || (!is_last && stops_the_chain(code, running.options, running.stopping));
        if stop {
            report.exit = if code == exit::DONE { running.stopping.code().unwrap_or(exit::STOPPED) } else { code };
            report.stopped = Some(format!("step {} ended with exit code {code}", step.label));
        }
        let recorded = self.record(running.options, report, &running.clock, false);
        if code != exit::DISK {
            recorded?;
        }
        // Else the step has said what the disk refused; that run.json cannot be written either is the same news.
        Ok(!stop)
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
        let path = self.written_manifest(step);
        crate::foreign::complete_payload(&path, self.products)?;
        if let Some(also) = step.also.as_ref().filter(|_| self.shard_of(step).is_none()) {
            let twin = self.layout.step_folder(step).join(also);
            let bytes = fs_err::read(&path)?;
            if fs_err::read(&twin).ok().as_deref() != Some(&bytes) {
                step_harness::write_bytes(&twin, &bytes)?;
            }
        }
        Ok(RawManifest::read(&path, self.products)?)
    }
}

/// When a file was last written.
fn changed(path: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

fn stops_the_chain(code: u8, options: &Options, stopping: &Stop) -> bool {
    stopping.code().is_some() || (options.fail_fast && code != exit::DONE)
}

pub(crate) fn step_report(step: &WorkflowStep, code: u8, manifest: &RawManifest, seconds: f64) -> StepReport {
    let mut units = BTreeMap::new();
    for unit in &manifest.units {
        let status = serde_json::to_value(unit.status).ok().and_then(|status| status.as_str().map(str::to_owned));
        *units.entry(status.unwrap_or_default()).or_insert(0) += 1;
    }
    let reused = manifest.execution["reused"].as_array().map_or(0, Vec::len) as u64;
    StepReport { label: step.label.clone(), exit: code, units, reused, seconds }
}
