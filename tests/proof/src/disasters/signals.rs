//! SIGTERM to the runner and Ctrl-C at the terminal: both stop cleanly, and the printed command goes on.

use super::answer::Answer;
use crate::Case;
use crate::stage::Survey;

/// Where in the chain a signal comes.
const PLACES: [&str; 5] = ["download", "mask", "detect-p1", "psf", "catalog-gaia"];

/// The cases: signal, whom, and the exit code of the contract.
pub(super) fn cases(survey: &Survey, quick: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for (signal, to_group, code) in [("TERM", false, 143), ("INT", true, 130)] {
        for place in PLACES.iter().skip(1).step_by(if quick { 3 } else { 1 }) {
            let whom = if to_group { "Ctrl-C" } else { "SIGTERM to the runner" };
            cases.push(Case::of(format!("{whom} in {place}"), trial(survey, signal, to_group, code, place)));
        }
    }
    cases
}

fn trial(survey: &Survey, signal: &str, to_group: bool, code: i32, place: &str) -> Answer {
    let root = survey.root(&format!("{signal}-{place}"))?;
    let started = survey.begun(&root, &mut survey.command(&root), survey.label(place)?)?;
    started.send(signal, to_group)?;
    let ended = started.wait()?;
    if ended.code != code || ended.by_signal {
        return Err(format!("exit code {} expected {code}", ended.code));
    }
    if ended.stderr.contains("panicked") {
        return Err("a panic".to_owned());
    }
    if !ended.stderr.contains("stopped; resume with: ") {
        return Err("it did not say how to go on".to_owned());
    }
    survey.resume(&root, ended.printed_command()?)?;
    survey.forget(&root);
    Ok(format!("exit {code}; the printed command ends with the undisturbed tree"))
}
