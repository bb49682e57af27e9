//! What is asked of a run.

use std::path::PathBuf;

use step_contract::Shard;

use crate::cancel::Cancel;

/// What is asked of a run: the same whoever asks, a command line, a test or a server.
#[derive(Clone, Debug, Default)]
pub struct RunRequest {
    /// Name of a built-in workflow, or path of a file.
    pub workflow: String,
    /// A list of targets (CSV: `ra_deg`, `dec_deg`, optional `name`, `radius_deg`).
    pub targets: Option<PathBuf>,
    /// One target: right ascension and declination, degrees, ICRS.
    pub place: Option<(f64, f64)>,
    /// Folders of files, by the name of the input that they are offered to.
    pub inputs: Vec<(String, PathBuf)>,
    /// Run id; none takes a new one. An existing run is resumed.
    pub run_id: Option<String>,
    /// Where data, logs and artifacts lie.
    pub root: PathBuf,
    /// Configuration instead of the workflow's own.
    pub config: Option<PathBuf>,
    /// First label to run.
    pub from_step: Option<String>,
    /// Last label to run.
    pub to_step: Option<String>,
    /// Values to override: `detect-p1.detect.threshold_sigma=4`.
    pub set: Vec<String>,
    /// Manifests or files bound to inputs, by `LABEL.INPUT`.
    pub reads: Vec<(String, PathBuf)>,
    /// Addresses by service.
    pub services: Vec<(String, String)>,
    /// Threads of each step; none takes all cores.
    pub threads: Option<usize>,
    /// Memory of each step (`2GiB`); none takes half of what the machine has.
    pub memory: Option<String>,
    /// The one unit to run.
    pub only: Option<String>,
    /// The part of the units to run.
    pub shard: Option<Shard>,
    /// Whether the first failed unit stops the run.
    pub fail_fast: bool,
    /// Whether another question may take the place of the run's results.
    pub replace: bool,
    /// The words of the command that asks, for the record and for resuming; empty where there is none.
    pub command: Vec<String>,
    /// Stops the run; kept by whoever wants to.
    pub cancel: Cancel,
}

impl RunRequest {
    /// The command line that resumes the run; none where no command asked.
    pub(super) fn resume(&self, run_id: &str) -> Option<String> {
        let mut words = self.command.clone();
        if words.is_empty() {
            return None;
        }
        if self.run_id.is_none() {
            words.extend(["--run-id".to_owned(), run_id.to_owned()]);
        }
        Some(crate::command_line::line(&words))
    }
}
