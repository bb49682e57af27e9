//! Executing a chain: one step after the other, each in a process of its own; `run.json` after each.

use std::path::Path;
use std::time::{Duration, Instant};

use step_contract::RawManifest;
use step_harness::Stop;

use crate::chain::{Chain, Options};
use crate::events::Recorder;
use crate::execute_error::ExecuteError;
use crate::exit;
use crate::leftovers;
use crate::plan::State;
use crate::process::run_step;
use crate::record::Clock;
use crate::report::{Report, StepReport};
use crate::shard::ShardRecord;
use crate::step_events::StepEvents;
use crate::workflow::WorkflowStep;

/// How often a shard looks whether the steps that all share are done.
const POLL: Duration = Duration::from_millis(50);

/// A chain at work.
struct Running<'a> {
    options: &'a Options,
    stopping: &'a Stop,
    events: &'a Recorder,
    scratch: &'a Path,
    report: Report,
    clock: Clock,
}

impl Chain {
    /// Runs the steps of the range in order. A shard first finds, or runs, the steps that all shards share.
    pub(crate) fn execute(
        &self,
        options: &Options,
        stopping: &Stop,
        events: &Recorder,
    ) -> Result<Report, ExecuteError> {
        let scratch = self.layout.scratch()?;
        let report = Report { exit: exit::DONE, steps: Vec::new(), stopped: None };
        let mut running = Running { options, stopping, events, scratch: scratch.path(), report, clock: Clock::start() };
        let range = self.range(options)?;
        let shared = range.iter().take_while(|step| self.shard.is_some() && self.is_whole(step)).count();
        if self.shard.is_some() {
            self.check_shard()?;
            self.run_shared(&range[..shared], &mut running)?;
            // From here on a killed shard is seen as one that has not ended.
            self.record(options, &running.report, &running.clock, false)?;
        }
        if self.shard.is_none() && !self.layout.run_json().is_file() {
            // From here on `status` knows what the run is going to do.
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
        if options.replace && report.stopped.is_none() && matches!(report.exit, exit::DONE | exit::SOME_FAILED) {
            // Now the successors are whole.
            for step in self.range(options)?.into_iter().filter(|step| self.layout.manifest(step).is_file()) {
                leftovers::remove(&self.layout, self.products, step)?;
            }
        }
        if self.shard.is_none() && report.stopped.is_none() {
            ShardRecord::forget(&self.layout)?;
        }
        Ok(report)
    }

    /// The leading steps that are always whole belong to all shards: the first shard runs them, whole, the others wait for it and find them done.
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
                    let mut found = StepReport::of(step, code, &ended.manifest, 0.0);
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
        let begin = Instant::now();
        let path = self.written_manifest(step);
        let before = changed(&path);
        let call = self.call(step, running.options, running.scratch)?;
        let mut events = StepEvents::call(running.events, &step.label, &step.step);
        let command = self.steps.command(&step.step)?;
        let code = run_step(command, &call, running.stopping, |event| events.of_step(event))?.code;
        let seconds = begin.elapsed().as_secs_f64();
        // With 20 and 75 a step may also end without a manifest; an old one is none of it.
        let ended = match code {
            exit::DONE | exit::SOME_FAILED => path.is_file(),
            exit::FAILED | exit::TEMPORARY => path.is_file() && changed(&path) != before,
            _ => false,
        };
        if ended {
            let manifest = self.read_and_complete(step)?;
            report.steps.push(StepReport::of(step, code, &manifest, seconds));
        } else {
            report.steps.push(StepReport::without_manifest(step, code, seconds));
        }
        if let Some(ended) = report.steps.last() {
            events.end(ended);
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

    /// A step that needs a manifest which is not there cannot start; one that says of itself that it always runs takes what there is.
    fn cannot_start(&self, step: &WorkflowStep) -> Option<String> {
        if self.descriptions[&step.step].always_runs {
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
