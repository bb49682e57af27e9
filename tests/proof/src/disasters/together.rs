//! Two commands on one root at once.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::answer::Answer;
use crate::Case;
use crate::stage::{RUN_ID, Started, Survey, leftovers};

/// How long each answer of the archive takes, so that the second command comes in time.
const SLOW: Duration = Duration::from_secs(2);
/// Another run id.
const OTHER_RUN: &str = "run-20261121_000001";

/// The cases.
pub(super) fn cases(survey: &Survey) -> Vec<Case> {
    vec![
        Case::of("two commands on one run", one_run(survey)),
        Case::of("two runs on one root", two_runs(survey)),
        Case::of("a step by hand in the folder of a running chain", step_by_hand(survey)),
    ]
}

/// The second command is refused at once; the first does not notice.
fn one_run(survey: &Survey) -> Answer {
    let root = survey.root("one-run")?;
    let first = begun(survey, &root)?;
    let second = survey.run_command(&root, 1, &mut survey.command(&root))?;
    survey.slow_down(Duration::ZERO);
    let error = second.one_error(runner::exit::TEMPORARY.into())?.to_owned();
    first.wait()?.done()?;
    survey.is_undisturbed(&root)?;
    Ok(format!("the second: exit 75 ({error}); the first: the undisturbed tree"))
}

/// Both share the cache and the dashboard, and nothing else.
fn two_runs(survey: &Survey) -> Answer {
    let root = survey.root("two-runs")?;
    let mut commands = [RUN_ID, OTHER_RUN].map(|run_id| {
        let mut command = Command::new(survey.program());
        command.args(survey.words(&root, run_id));
        command
    });
    let [first, second] = &mut commands;
    let first = Started::new(first, &survey.said(&root, 0))?;
    let second = Started::new(second, &survey.said(&root, 1))?;
    first.wait()?.done()?;
    second.wait()?.done()?;
    leftovers(&root)?;
    for (number, run_id) in [(2, RUN_ID), (3, OTHER_RUN)] {
        let mut command = Command::new(survey.program());
        command.args(["verify", run_id, "--root"]).arg(&root);
        survey.run_command(&root, number, &mut command)?.done().map_err(|why| format!("verify {run_id}: {why}"))?;
    }
    let table =
        fs_err::read_to_string(root.join("dashboard/anomalies_minimal.csv")).map_err(|error| error.to_string())?;
    let rows = [RUN_ID, OTHER_RUN].map(|run_id| table.lines().filter(|line| line.contains(run_id)).count());
    if rows[0] != rows[1] {
        return Err(format!("the dashboard has {} rows of one run and {} of the other", rows[0], rows[1]));
    }
    crate::stage::Tree::read(&root)?.of_run(RUN_ID).same_as(&survey.undisturbed.of_run(RUN_ID))?;
    Ok(format!("both verified, {} rows each on the dashboard, the first is the undisturbed run", rows[0]))
}

/// A step by hand finds the folder locked.
fn step_by_hand(survey: &Survey) -> Answer {
    let root = survey.root("by-hand")?;
    let first = begun(survey, &root)?;
    let folder = |name: &str| root.join("data").join(name).join(RUN_ID);
    let mut command = Command::new(survey.program());
    command.args(["step", "download", "run", "--run-id", RUN_ID, "--out"]).arg(folder("downloads"));
    command.arg("--root").arg(&root).arg("--read");
    command.arg(format!("tiles={}", folder("tiles").join("manifest.json").display()));
    let second = survey.run_command(&root, 1, &mut command)?;
    survey.slow_down(Duration::ZERO);
    let refused = second.one_error(runner::exit::TEMPORARY.into()).map(str::to_owned);
    first.wait()?.done()?;
    survey.is_undisturbed(&root)?;
    refused.map(|error| format!("exit 75 ({error}); the chain: the undisturbed tree"))
}

/// The chain, once it waits for the archive in `download`.
fn begun(survey: &Survey, root: &Path) -> Result<Started, String> {
    survey.slow_down(SLOW);
    let started = survey.begun(root, &mut survey.command(root), survey.label("download")?);
    if started.is_err() {
        survey.slow_down(Duration::ZERO);
    }
    started
}
