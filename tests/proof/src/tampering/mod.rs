//! Tampering: what is changed in a finished run, in shards that are not merged, or in an archive moved elsewhere, is found and named by `verify`.

mod archive;
mod fields;
mod files;
mod shards;

use std::path::Path;

use runner::Layout;

use crate::small_run::{RUN_ID, SmallRun};
use crate::{Bench, Case, Class, confined};

/// Runs the class.
///
/// # Errors
/// Where the small run cannot be made.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let made = SmallRun::make(bench, "tampering")?;
    let moved = bench.folder("tampering-moved").map_err(|error| error.to_string())?;
    let run = made.copied_to(&moved.join("elsewhere"))?;
    let mut cases = vec![Case::of("the untouched run, moved", nothing_found(&run))];
    cases.extend(files::cases(bench, &run)?);
    cases.extend(fields::cases(bench, &run)?);
    cases.push(Case::of("the run, restored after every change", nothing_found(&run)));
    cases.extend(archive::cases(bench, &run)?);
    cases.extend(shards::cases(bench)?);
    Ok(Class { name: "tampering", cases, list_all: false })
}

fn problems(run: &SmallRun) -> Vec<String> {
    let layout = Layout { root: run.root.clone(), run_id: RUN_ID.to_owned() };
    runner::verify_run(&layout, products::ALL).problems
}

fn nothing_found(run: &SmallRun) -> Result<String, String> {
    match problems(run).as_slice() {
        [] => Ok("verified".to_owned()),
        found => Err(found.join("; ")),
    }
}

/// `verify` must name `file`.
fn found_and_named(problems: &[String], file: &str) -> Result<String, String> {
    match problems.iter().find(|problem| problem.contains(file)) {
        Some(problem) => Ok(problem.clone()),
        None if problems.is_empty() => Err("nothing was found".to_owned()),
        None => Err(format!("{file} is not named: {}", problems.join("; "))),
    }
}

/// The same through the program: it must name `file`, say what to do, and end with exit code 20 or 3.
fn program_finds(bench: &Bench, words: &[&str], place: &Path, file: &str) -> Result<String, String> {
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
