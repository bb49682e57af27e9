//! SIGKILL: at seeded random times inside each step, and on lines of the JSON log; on the runner alone, and on the whole process group.
//!
//! After the printed command was pasted into a shell, the tree is the undisturbed one: identity by identity, byte by byte, nothing left over. A tool of the
//! field that works for a step dies with it.

mod blow;
mod engine;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use blow::{Blow, Moment, Struck};

use crate::stage::{Shim, Survey, text};
use crate::{Bench, Case, Class};

/// Kills of a whole class; half of them at random times, half of them on the runner alone.
const KILLS: usize = 60;
/// Kills of a quick one.
const QUICK_KILLS: usize = 16;
/// Kills inside each step (`tiling`, `detect` in both passes ...) that a whole class must have.
const INSIDE_EACH_STEP: usize = 4;
/// Kills between the renaming of a file and the manifest that lists it that a whole class must have.
const BEFORE_A_MANIFEST: usize = 10;
/// A kill at a random time that comes too late is tried again, sooner.
const TRIES: usize = 4;
/// Trials side by side.
const LANES: usize = 2;

/// The case of a kill, and where it struck.
type Shown = (Case, Option<Struck>);

/// Runs the class.
///
/// # Errors
/// When the undisturbed run fails, or the shim cannot be built.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let survey = Survey::prepare(bench)?;
    let shim = Shim::build(&bench.checkout(), bench.scratch())?;
    let blows = blow::plan(bench.seed, if bench.quick { QUICK_KILLS } else { KILLS }, &survey);
    let struck: Vec<Mutex<Option<Shown>>> = blows.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(blow) = blows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = trial(&survey, &shim, blow);
                    if let Some(place) = struck.get(blow.number)
                        && let Ok(mut place) = place.lock()
                    {
                        *place = Some(seen);
                    }
                }
            });
        }
    });
    let mut cases = Vec::new();
    let mut inside: BTreeMap<&str, usize> = blows.iter().map(|blow| (step_of(&blow.label.name), 0)).collect();
    let (mut before_a_manifest, mut at_random, mut on_the_runner) = (0, 0, 0);
    for (blow, seen) in blows.iter().zip(struck) {
        let Some((case, struck)) = seen.into_inner().map_err(text)? else { continue };
        cases.push(case);
        if let Some(struck) = struck {
            *inside.entry(step_of(&blow.label.name)).or_default() += usize::from(struck.inside);
            before_a_manifest += usize::from(struck.before_its_manifest);
            at_random += usize::from(matches!(blow.moment, Moment::Random { .. }));
            on_the_runner += usize::from(!blow.whole_group);
        }
    }
    let (each, before) = if bench.quick { (1, 3) } else { (INSIDE_EACH_STEP, BEFORE_A_MANIFEST) };
    let counted: Vec<String> = inside.iter().map(|(step, count)| format!("{step} {count}")).collect();
    cases.push(enough(
        format!("at least {each} kills inside each step"),
        inside.values().all(|count| *count >= each),
        counted.join(", "),
    ));
    cases.push(enough(
        format!("at least {before} kills between a rename and the manifest"),
        before_a_manifest >= before,
        format!("{before_a_manifest} of {}", blows.len()),
    ));
    let half = blows.len() / 2;
    cases.push(enough(
        "half at random times, half on the runner alone".to_owned(),
        at_random == half && on_the_runner == half,
        format!("{at_random} at random times, {on_the_runner} on the runner alone, of {}", blows.len()),
    ));
    cases.extend(engine::cases(bench, &survey));
    cases.push(Case::passed(
        "the undisturbed run",
        format!("{:.1} s, {} files and identities", survey.seconds, survey.undisturbed.len()),
    ));
    Ok(Class { name: "kills", cases, list_all: true })
}

/// One kill, and the run resumed.
fn trial(survey: &Survey, shim: &Shim, blow: &Blow) -> Shown {
    let name = blow.name();
    let mut blow = blow.clone();
    let mut done = attempt(survey, shim, &blow, 0);
    for again in 1..TRIES {
        // On a busy machine the wait can be longer than the step: that kill proves nothing of its step.
        let missed = matches!(blow.moment, Moment::Random { .. }) && !matches!(&done, Ok((struck, _)) if struck.inside);
        if !missed || matches!(&done, Ok((_, Err(_)))) {
            break;
        }
        blow = blow.sooner();
        done = attempt(survey, shim, &blow, again);
    }
    match done {
        Ok((struck, resumed)) => {
            let where_it_struck = struck.to_string();
            let case = Case::of(
                name,
                match resumed {
                    Ok(()) => Ok(format!("{where_it_struck}; resumed to the undisturbed tree")),
                    Err(why) => Err(format!("{where_it_struck}; {why}")),
                },
            );
            (case, Some(struck))
        }
        Err(why) => (Case::failed(name, why), None),
    }
}

/// Where it struck, and whether the resumed tree is the undisturbed one.
type Seen = (Struck, Result<(), String>);

fn attempt(survey: &Survey, shim: &Shim, blow: &Blow, again: usize) -> Result<Seen, String> {
    let root = survey.root(&format!("kill-{}-{again}", blow.number))?;
    let (struck, printed) = blow.strike(survey, shim, &root)?;
    let resumed = survey.resume(&root, &printed);
    survey.forget(&root);
    Ok((struck, resumed))
}

fn enough(name: String, is_so: bool, seen: String) -> Case {
    if is_so { Case::passed(name, seen) } else { Case::failed(name, seen) }
}

/// `detect` of `detect-p2`.
fn step_of(label: &str) -> &str {
    label.split('-').next().unwrap_or(label)
}
