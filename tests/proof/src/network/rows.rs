//! A table, cut between its rows and at its very end, where nothing of what was sent is damaged.

use loopback_services::Fault;

use super::bed::Bed;
use super::cell::Cell;
use super::cuts;

/// Cuts of a table, spread over its line ends.
const CUTS: usize = 24;
/// The same for a quick bench.
const QUICK_CUTS: usize = 4;

/// What makes the beginning of an answer that of its service.
const NAMES: [&str; 2] = ["VizieR", "<VOTABLE"];

/// One case a cut: with and without an announced length, and with a length that hides the cut.
pub(super) fn trials(bed: &mut Bed, is_quick: bool) -> Vec<Cell> {
    let text = String::from_utf8_lossy(&bed.answer).into_owned();
    // Before that it is no answer of that service, rather than a cut one; behind the last line end it is whole.
    let first = NAMES.iter().filter_map(|name| text.find(name)).min().unwrap_or(0);
    let ends: Vec<usize> =
        text.match_indices('\n').map(|(at, _)| at + 1).filter(|end| (first + 1..text.len()).contains(end)).collect();
    let cuts = if is_quick { QUICK_CUTS } else { CUTS }.min(ends.len());
    let mut cuts: Vec<usize> = (0..cuts).map(|cut| ends[(ends.len() - 1) * cut / (cuts - 1).max(1)]).collect();
    // An empty line parts comments, table and end.
    cuts.extend(text.match_indices("\n\n").map(|(at, _)| at + 2).filter(|end| *end < text.len()));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.into_iter().map(|bytes| trial(bed, bytes)).collect()
}

fn trial(bed: &mut Bed, bytes: usize) -> Cell {
    let whole = bed.answer.len();
    let line = bed.answer[..bytes].iter().filter(|byte| **byte == b'\n').count();
    let mut ways =
        vec![("announced", Fault::Truncate { bytes }), ("without a length", Fault::SilentTruncate { bytes })];
    // Comments up to an empty line, of the length that HTTP says, are what VizieR answers where it has no row at all: that a length lies just here
    // cannot be told.
    let is_an_empty_answer = bed.answer[..bytes].ends_with(b"\n\n") && !bed.answer[..bytes].windows(9).any(is_resource);
    if !is_an_empty_answer {
        ways.push(("with a false length", Fault::LengthTooShort { by: whole - bytes }));
    }
    let name = format!("{}: cut behind line {line} after {bytes} of {whole} bytes", bed.name());
    cuts::trial(bed, name, &ways)
}

fn is_resource(nine: &[u8]) -> bool {
    nine == b"#RESOURCE"
}
