//! The network: every fault of the loopback archive against every service that it can befall, through the step programs that ask the service, and a
//! small tile cut inside every one of its blocks, and tables cut between their rows.
//!
//! What passes is overcome with the files of an undisturbed run. What stays ends typed, without a file at a final path and without a temporary one, and
//! a later run without the fault gives the identity of an undisturbed run. Nothing that failed is ever empty.

mod bed;
mod blocks;
mod cell;
mod cuts;
mod ended;
mod expected;
mod field;
mod judge;
mod outcome;
mod rows;

use std::collections::BTreeSet;

use loopback_services::{Fault, Occasion};

use crate::{Bench, Case, Class};
use bed::{Bed, Service};
use cell::Cell;
use expected::{Expected, TABLE};

/// Outcomes that must be told apart in the table, at least.
const OUTCOMES_MIN: usize = 12;

/// All trials; a quick bench takes each fault at one service only.
///
/// # Errors
/// When the undisturbed chain itself cannot be run.
pub(crate) fn run(bench: &Bench) -> Result<Class, String> {
    let faults = Fault::every();
    let missing: Vec<&str> =
        faults.iter().map(|(name, _)| *name).filter(|name| !TABLE.iter().any(|row| row.fault == *name)).collect();
    if !missing.is_empty() {
        return Err(format!("the table of expected outcomes lacks {}", missing.join(", ")));
    }
    // One bed a service: most of the time is waited, not worked.
    let cells: Vec<Result<Vec<Cell>, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = Service::ALL
            .into_iter()
            .enumerate()
            .map(|(column, service)| {
                let faults = &faults;
                scope.spawn(move || trials_of(bench, service, column, faults))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a trial panicked".to_owned())?).collect()
    });
    let mut cases = Vec::new();
    let mut outcomes = BTreeSet::new();
    for cell in cells {
        for (case, seen) in cell? {
            cases.push(case);
            outcomes.extend(seen);
        }
    }
    let told: Vec<&str> = outcomes.iter().map(String::as_str).collect();
    let answer = match outcomes.len() {
        count if count >= OUTCOMES_MIN => Ok(format!("{count}: {}", told.join(", "))),
        count => Err(format!("{count}, expected at least {OUTCOMES_MIN}: {}", told.join(", "))),
    };
    cases.push(Case::of("outcomes that are told apart", answer));
    Ok(Class { name: "network", cases, list_all: true })
}

/// One column of the table, then the blocks where the service sends images, the rows where it sends tables.
fn trials_of(
    bench: &Bench,
    service: Service,
    column: usize,
    faults: &[(&'static str, Fault)],
) -> Result<Vec<Cell>, String> {
    let mut bed = Bed::new(bench, service)?;
    let mut cells = Vec::new();
    for (index, row) in TABLE.iter().enumerate() {
        let applicable: Vec<usize> = (0..row.expected.len()).filter(|&at| !row.expected[at].is_empty()).collect();
        let is_taken = !bench.quick || applicable.get(index % applicable.len().max(1)) == Some(&column);
        let Some(expected) = Expected::parse(row.expected[column])? else { continue };
        let Some((name, fault)) = faults.iter().find(|(name, _)| *name == row.fault) else {
            return Err(format!("no fault is called {:?}", row.fault));
        };
        if is_taken {
            let fault = inside(fault, bed.answer.len());
            cells.push(trial(&mut bed, &format!("{}: {name}", service.name()), &fault, &expected));
        }
    }
    if service == Service::Stsci {
        cells.extend(blocks::trials(&mut bed, bench.quick));
    } else if service.answers_tables() {
        cells.extend(rows::trials(&mut bed, bench.quick));
    }
    Ok(cells)
}

/// The same fault; a cut behind the end of a short answer, which would be none, is made in its middle.
fn inside(fault: &Fault, whole: usize) -> Fault {
    let mut fault = fault.clone();
    if let Fault::Truncate { bytes }
    | Fault::SilentTruncate { bytes }
    | Fault::ChunkedCut { bytes }
    | Fault::ErrorInBody { bytes }
    | Fault::PartialContent { bytes }
    | Fault::HangInBody { bytes }
    | Fault::ResetInBody { bytes } = &mut fault
        && *bytes >= whole
    {
        *bytes = whole / 2;
    }
    fault
}

/// One fault: always, then gone (a resume), then once (a retry).
fn trial(bed: &mut Bed, name: &str, fault: &Fault, expected: &Expected) -> Cell {
    let mut outcomes = Vec::new();
    let answer = (|| -> Result<String, String> {
        let occasion = if *expected == Expected::Redirected { Occasion::First(1) } else { Occasion::Always };
        bed.disturb(occasion, fault);
        let first = bed.run()?;
        outcomes.push(first.kind());
        let mut seen = vec![first.describe()];
        first.check(expected, fault, bed)?;
        if matches!(expected, Expected::Retry(_) | Expected::Failed(_)) {
            bed.calm();
            let resumed = bed.run()?;
            resumed.check_resumed(bed).map_err(|wrong| format!("{}; resumed: {wrong}", first.describe()))?;
            seen.push("resumed without the fault: done as undisturbed".to_owned());
        }
        if matches!(expected, Expected::Retry(_)) {
            bed.clear()?;
            bed.disturb(Occasion::First(1), fault);
            let passing = bed.run()?;
            passing.check_retried(bed).map_err(|wrong| format!("{}; once: {wrong}", first.describe()))?;
            outcomes.push("done after a retry".to_owned());
            seen.push(format!("once: done after {} attempts", passing.attempts.unwrap_or(0)));
        }
        Ok(seen.join("; "))
    })();
    let cleared = bed.clear();
    let answer = answer.and_then(|seen| cleared.map(|()| seen));
    (Case::of(name, answer), outcomes)
}
