//! What `verify` must say of a run.

use std::path::Path;

use runner::Layout;

use crate::small_run::{RUN_ID, SmallRun};
use crate::{Bench, confined};

/// What `verify` finds in the run.
pub(super) fn problems(run: &SmallRun) -> Vec<String> {
    let layout = Layout { root: run.root.clone(), run_id: RUN_ID.to_owned() };
    runner::verify_run(&layout, products::ALL).problems
}

/// `verify` must find nothing.
pub(super) fn nothing_found(run: &SmallRun) -> Result<String, String> {
    match problems(run).as_slice() {
        [] => Ok("verified".to_owned()),
        found => Err(found.join("; ")),
    }
}

/// `verify` must name `file`.
pub(super) fn found_and_named(problems: &[String], file: &str) -> Result<String, String> {
    match problems.iter().find(|problem| problem.contains(file)) {
        Some(problem) => Ok(problem.clone()),
        None if problems.is_empty() => Err("nothing was found".to_owned()),
        None => Err(format!("{file} is not named: {}", problems.join("; "))),
    }
}

/// The same through the program: it must name `file`, say what to do, and end with exit code 20 or 3.
pub(super) fn program_finds(bench: &Bench, words: &[&str], place: &Path, file: &str) -> Result<String, String> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let ended = confined::run(&bench.skyledger(), &words, place)?;
    match (&ended.wrong, ended.code) {
        (Some(wrong), _) => Err(wrong.clone()),
        (None, Some(0)) => Err("the program verifies it".to_owned()),
        (None, _) if ended.said.contains(file) && ended.said.contains("do not use it") => {
            Ok(ended.said.lines().next().unwrap_or_default().to_owned())
        }
        (None, _) => Err(format!("{file} is not named, or no cure: {}", ended.said)),
    }
}
