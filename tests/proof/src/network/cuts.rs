//! One cut of an answer, in several ways.

use loopback_services::{Fault, Occasion};

use super::bed::Bed;
use super::cell::Cell;
use super::expected::Expected;
use crate::Case;

/// Each way to cut must end as `truncated` after every attempt; a run behind them is done as undisturbed.
pub(super) fn trial(bed: &mut Bed, name: String, ways: &[(&str, Fault)]) -> Cell {
    let mut outcomes = Vec::new();
    let answer = (|| -> Result<String, String> {
        let mut seen = Vec::new();
        for (way, fault) in ways {
            bed.disturb(Occasion::Always, fault);
            let first = bed.run()?;
            outcomes.push(first.kind());
            first
                .check(&Expected::Retry("truncated".to_owned()), fault, bed)
                .map_err(|wrong| format!("{way}: {wrong}"))?;
            seen.push(format!("{way}: {}", first.describe()));
        }
        bed.calm();
        bed.run()?.check_resumed(bed)?;
        seen.push("resumed: done as undisturbed".to_owned());
        Ok(seen.join("; "))
    })();
    let cleared = bed.clear();
    let answer = answer.and_then(|seen| cleared.map(|()| seen));
    (Case::of(name, answer), outcomes)
}
