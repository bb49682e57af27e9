//! What is on the disk when the power fails, and what is lost when the disk refuses a call.
//!
//! The order of system calls shows that every file is synced before it gets its name, its folder after, and the manifest last. A shim below
//! the program makes the n-th create, write, fsync or rename fail: the step ends with exit code 74 and one error that names the file, nothing
//! that stands in a manifest is lost, and the resumed run is the undisturbed one.

mod order;
mod refusal;
mod witness;

use std::process::Command;

use refusal::Refusal;

use crate::stage::{RUN_ID, Shim, Survey};
use crate::{Bench, Case, Class};

/// Refused calls of each kind.
const REFUSALS_EACH: usize = 7;
/// The same of a quick class.
const QUICK_REFUSALS_EACH: usize = 2;

/// Runs the class.
///
/// # Errors
/// When the undisturbed run fails, or the shim cannot be built.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let survey = Survey::prepare(bench)?;
    let shim = Shim::build(&bench.checkout(), bench.scratch())?;
    let traced = witness::of_shim(&survey, &shim)?;
    let mut cases = vec![Case::of("order of calls, seen by the shim", order::prove(&traced))];
    if test_sky::tool("strace").is_some() {
        let seen = witness::of_strace(&survey).and_then(|calls| order::prove(&calls));
        cases.push(Case::of("order of calls, seen by strace", seen));
    }
    let each = if bench.quick { QUICK_REFUSALS_EACH } else { REFUSALS_EACH };
    for refusal in refusal::plan(bench.seed, each, &traced) {
        cases.push(Case::of(refusal.name(), refusal.trial(&survey, &shim)));
    }
    cases.push(Case::of("every write to the logs, ENOSPC", log_refused(&survey, &shim)));
    Ok(Class { name: "syncs", cases, list_all: true })
}

/// A log that cannot be written ends nothing; that it is incomplete is said.
fn log_refused(survey: &Survey, shim: &Shim) -> Result<String, String> {
    let root = survey.root("log")?;
    let mut command: Command = survey.command(&root);
    let settings =
        [("SHIM_LOGS", "1"), ("SHIM_FAIL", "write"), ("SHIM_NTH", "1"), ("SHIM_STICKY", "1"), ("SHIM_ERRNO", "28")];
    shim.below(&mut command, &root, &settings.map(|(name, value)| (name, value.to_owned())));
    let ended = survey.run_command(&root, 0, &mut command)?.done()?;
    survey.is_undisturbed(&root)?;
    let said = ended.stderr.lines().filter(|line| line.contains("the log is incomplete")).count();
    let steps = survey.labels.len();
    if said == steps {
        Ok(format!("the chain ends, each of {steps} steps says once that its log is incomplete"))
    } else {
        Err(format!("{said} of {steps} steps said that their log is incomplete"))
    }
}

/// The refusals of one class need the words of a run.
fn again(survey: &Survey, root: &std::path::Path) -> Command {
    let mut command = Command::new(survey.program());
    command.args(survey.words(root, RUN_ID));
    command
}

impl Refusal {
    /// One refused call: the error, what still stands, and the run resumed.
    fn trial(&self, survey: &Survey, shim: &Shim) -> Result<String, String> {
        let root = survey.root(&self.folder())?;
        let seen = root.with_extension("seen");
        let mut command = survey.command(&root);
        shim.below(&mut command, &root, &self.settings(&root, &seen));
        let ended = survey.run_command(&root, 0, &mut command)?;
        let refused = fs_err::read_to_string(&seen).map_err(|_| "the call was never made".to_owned())?;
        let error = ended.one_error(runner::exit::DISK.into())?.to_owned();
        let file = std::path::Path::new(&refused);
        let folder = file.parent().unwrap_or(file).display().to_string();
        if !error.contains(&folder) {
            return Err(format!("the error does not name {refused}: {error}"));
        }
        crate::stage::manifests_hold(&root)?;
        survey
            .run_command(&root, 1, &mut again(survey, &root))?
            .done()
            .map_err(|why| format!("the resumed run: {why}"))?;
        survey.is_undisturbed(&root)?;
        survey.forget(&root);
        let shown = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        Ok(format!("{shown}: exit 74, one error that names it; resumed to the undisturbed tree"))
    }
}
