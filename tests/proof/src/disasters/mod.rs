//! What an operator does to a chain, or a machine: signals, a full disk, streams that are closed, two commands at once, a clock that leaps,
//! an archive that is away. Nothing is lost, and one clear error says what happened.

mod answer;
mod disk;
mod signals;
mod streams;
mod together;

use std::collections::BTreeMap;

use crate::stage::{RUN_ID, Shim, Survey, text};
use crate::{Bench, Case, Class};
use answer::Answer;

/// Runs the class.
///
/// # Errors
/// When the undisturbed run fails, or the shim cannot be built.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let survey = Survey::prepare(bench)?;
    let shim = Shim::build(&bench.checkout(), bench.scratch())?;
    let mut cases = signals::cases(&survey, bench.quick);
    cases.extend(disk::cases(&survey, &shim, bench.quick));
    cases.extend(streams::cases(&survey));
    cases.extend(together::cases(&survey));
    cases.push(Case::of("a clock that leaps by 400 days", leaping_clock(&survey, &shim)));
    cases.push(Case::of("an archive that is away, and back again", archive_away(&survey)));
    Ok(Class { name: "disasters", cases, list_all: true })
}

/// Every few calls the clock goes forth or back by 400 days.
fn leaping_clock(survey: &Survey, shim: &Shim) -> Answer {
    let root = survey.root("clock")?;
    let count = root.with_extension("count");
    let mut command = survey.command(&root);
    let settings = [("SHIM_CLOCK", "1".to_owned()), ("SHIM_COUNT", count.display().to_string())];
    shim.below(&mut command, &root, &settings);
    survey.run_command(&root, 0, &mut command)?.done()?;
    survey.is_undisturbed(&root)?;
    match Shim::counted(&count)? {
        0 => Err("nobody asked the clock".to_owned()),
        asked => Ok(format!("asked {asked} times; the undisturbed tree")),
    }
}

/// The catalogues cannot be reached: the units fail and are never taken for done; the same command with the right address makes them again.
fn archive_away(survey: &Survey) -> Answer {
    let root = survey.root("away")?;
    // The port of the discard protocol: nobody listens there.
    let nowhere = |name: &str| (name.to_owned(), "http://127.0.0.1:9".to_owned());
    let elsewhere = BTreeMap::from(["vizier", "vizier-tap", "cds-xmatch"].map(nowhere));
    let mut command = std::process::Command::new(survey.program());
    command.args(survey.words_with(&root, RUN_ID, &elsewhere));
    let ended = survey.run_command(&root, 0, &mut command)?;
    let temporary = i32::from(runner::exit::TEMPORARY);
    if ended.code != temporary {
        return Err(format!("exit code {}, expected {temporary}: the same again may succeed", ended.code));
    }
    let manifest = root.join("data/ext/bright").join(RUN_ID).join("manifest.json");
    if !fs_err::read_to_string(&manifest).map_err(text)?.contains("\"status\":\"failed\"") {
        return Err("catalog-bright says nothing of a failure".to_owned());
    }
    survey.run_command(&root, 1, &mut survey.command(&root))?.done()?;
    survey.is_undisturbed(&root)?;
    Ok(format!("exit {temporary}, failed units made again; the undisturbed tree"))
}
