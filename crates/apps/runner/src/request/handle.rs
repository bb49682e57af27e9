//! A run at work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

use step_contract::{Event, EventLine};

use super::installation::Installation;
use super::prepare::{Prepared, Purpose, prepare};
use super::refusal::Refusal;
use super::run_request::RunRequest;
use crate::cancel::Cancel;
use crate::chain::{Chain, Options};
use crate::dashboard::rebuild_dashboard;
use crate::events::Recorder;
use crate::exit;
use crate::plan::ProofError;
use crate::report::Report;
use crate::run_lock::{RunLock, RunLockError};

/// A run at work.
pub struct RunHandle {
    /// Run id.
    pub run_id: String,
    /// The stream of the run; it ends with the run. Who does not read it finds the same lines in `data/runs/<run_id>/events.jsonl`.
    pub events: Receiver<EventLine>,
    /// Stops it.
    pub cancel: Cancel,
    /// Command line that resumes it.
    pub resume: Option<String>,
    /// What runs.
    pub chain: Arc<Chain>,
    /// How.
    pub options: Options,
    work: JoinHandle<RunEnd>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// Exit code.
    pub exit: u8,
    /// What each step did; none where the run could not go on at all.
    pub report: Option<Report>,
    /// Why the run could not go on.
    pub error: Option<String>,
    /// Whether it was asked to stop, and did before its end.
    pub was_stopped: bool,
}

impl RunEnd {
    /// Whether its first step would not begin: nothing was asked of anybody.
    fn was_refused(&self) -> bool {
        let is_refusal = matches!(self.exit, exit::USAGE | exit::CONFIGURATION);
        is_refusal && self.report.iter().flat_map(|report| &report.steps).all(|step| step.units.is_empty())
    }

    /// Whether the same command again goes on with it.
    pub const fn may_be_resumed(&self) -> bool {
        self.was_stopped || matches!(self.exit, exit::DISK | exit::TEMPORARY)
    }
}

impl RunRequest {
    /// Begins the run, or goes on with it. It works in threads of this process and in the programs of its steps.
    ///
    /// # Errors
    /// When nothing was begun: the request does not fit the workflow, the run is in use, or what stands before `from_step` does not.
    pub fn start(self, installation: &Installation) -> Result<RunHandle, Refusal> {
        let Prepared { chain, options, mut started } = prepare(&self, installation, Purpose::Run)?;
        started.with_steps(&chain.workflow);
        let lock = RunLock::take(&chain.layout, chain.shard).map_err(|error| Refusal {
            message: error.to_string(),
            exit: match error {
                RunLockError::Disk { .. } => exit::DISK,
                RunLockError::Held { .. } | RunLockError::ShardHeld { .. } => exit::TEMPORARY,
            },
        })?;
        if chain.shard.is_none() {
            let removed = chain.layout.remove_temporaries();
            removed.map_err(|error| Refusal { message: error.to_string(), exit: exit::DISK })?;
        }
        let remarks = prove(&chain, &options)?;
        let (sender, events) = channel();
        let recorder = Recorder::open(&chain.layout.events(chain.shard), Some(sender));
        let run_id = chain.layout.run_id.clone();
        let (chain, resume) = (Arc::new(chain), self.resume(&run_id));
        let cancel = self.cancel.clone();
        let work = std::thread::spawn({
            let (chain, options, cancel, resume) =
                (Arc::clone(&chain), options.clone(), cancel.clone(), resume.clone());
            move || {
                let end = work(&chain, &options, &cancel, &recorder, remarks, resume);
                if !end.was_refused() {
                    started.stays();
                }
                // Whoever sees the end of the stream finds the run free.
                drop(lock);
                end
            }
        });
        Ok(RunHandle { run_id, events, cancel, resume, chain, options, work })
    }
}

impl RunHandle {
    /// Waits for the end.
    pub fn wait(self) -> RunEnd {
        self.work.join().unwrap_or_else(|_| RunEnd {
            exit: exit::FAILED,
            report: None,
            error: Some("a mistake in the program ended the run (its message is above)".to_owned()),
            was_stopped: false,
        })
    }
}

/// Before `from_step` every earlier manifest must be there, made with this configuration, and describe what is on disk.
fn prove(chain: &Chain, options: &Options) -> Result<Vec<String>, Refusal> {
    if options.from_step.is_none() {
        return Ok(Vec::new());
    }
    let (plan, remarks) = chain.prove_before(options).map_err(|error| Refusal {
        message: error.to_string(),
        exit: match error {
            ProofError::MustRun { .. } => exit::CONFIGURATION,
            ProofError::Execute(_) => exit::USAGE,
        },
    })?;
    let proved = format!("proved {} earlier manifests with {} units", plan.manifests_validated, plan.units_validated);
    Ok(remarks.into_iter().map(|remark| format!("note: {remark}")).chain([proved]).collect())
}

fn work(
    chain: &Chain,
    options: &Options,
    cancel: &Cancel,
    recorder: &Recorder,
    remarks: Vec<String>,
    resume: Option<String>,
) -> RunEnd {
    let steps = chain.range(options).unwrap_or_default().iter().map(|step| step.label.clone()).collect();
    recorder.record(
        None,
        Event::RunStarted {
            run_id: chain.layout.run_id.clone(),
            workflow: chain.workflow_name.clone(),
            steps,
            resume: resume.clone(),
        },
    );
    for message in remarks {
        recorder.record(None, Event::Message { is_error: false, unit: None, message });
    }
    let end = match chain.execute(options, cancel.stop(), recorder) {
        Ok(report) => ended(chain, report, cancel),
        Err(error) => RunEnd { exit: error.exit(), report: None, error: Some(error.to_string()), was_stopped: false },
    };
    let stopped = end.error.clone().or_else(|| end.report.as_ref().and_then(|report| report.stopped.clone()));
    recorder.record(
        None,
        Event::RunEnded {
            exit: end.exit,
            found: found(chain, options),
            stopped,
            resume: resume.filter(|_| end.may_be_resumed()),
        },
    );
    end
}

/// The end of a chain that was executed, with the views that several runs share rebuilt.
fn ended(chain: &Chain, report: Report, cancel: &Cancel) -> RunEnd {
    let has_rows = |label: &str| chain.description_of(label).is_some_and(|said| said.dashboard_role.is_some());
    // A disk that has refused a step would refuse the dashboard too: the same news.
    if report.exit != exit::DISK
        && report.steps.iter().any(|step| has_rows(&step.label))
        && let Err(error) = rebuild_dashboard(&chain.layout.root, &chain.steps, chain.products)
    {
        let error = Some(format!("rebuild the dashboard: {error}"));
        return RunEnd { exit: exit::DISK, report: Some(report), error, was_stopped: false };
    }
    let stopped = cancel.stop().code().filter(|_| report.stopped.is_some());
    RunEnd { exit: stopped.unwrap_or(report.exit), report: Some(report), error: None, was_stopped: stopped.is_some() }
}

/// The counts in the payload of each manifest, by label.
fn found(chain: &Chain, options: &Options) -> BTreeMap<String, BTreeMap<String, f64>> {
    let ended = chain.ended_steps(options).unwrap_or_default();
    let counts = ended.iter().map(|step| {
        let payload = step.manifest.payload.as_object().into_iter().flatten();
        let counts = payload.filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect();
        (step.manifest.label.clone(), counts)
    });
    counts.collect()
}
