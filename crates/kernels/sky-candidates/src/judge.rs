//! The verdict on a tile.

use std::collections::BTreeMap;

use crate::clip::Statistics;
use crate::params::JudgeParams;
use crate::reason::Reason;
use crate::row::DetectionRow;
use crate::rules::reasons_of;

/// What became of each row, and the numbers that it was compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Reasons of each row, in the order of the rows; an empty list keeps it.
    pub reasons: Vec<Vec<Reason>>,
    /// Frozen statistics.
    pub statistics: Statistics,
}

/// Judges all detections of a tile. Every row gets all reasons that apply, not only the first.
pub fn judge(rows: &[DetectionRow], params: &JudgeParams) -> Verdict {
    let statistics = Statistics::freeze(rows, params);
    let reasons = rows.iter().map(|row| reasons_of(row, &statistics, params)).collect();
    Verdict { reasons, statistics }
}

impl Verdict {
    /// Rows kept.
    pub fn kept(&self) -> usize {
        self.reasons.iter().filter(|reasons| reasons.is_empty()).count()
    }

    /// Rows dropped, by their first reason: the counts sum to the rows dropped.
    pub fn first_reasons(&self) -> BTreeMap<String, u64> {
        count(self.reasons.iter().filter_map(|reasons| reasons.first()))
    }

    /// Rows by every reason that they have.
    pub fn all_reasons(&self) -> BTreeMap<String, u64> {
        count(self.reasons.iter().flatten())
    }
}

fn count<'a>(reasons: impl Iterator<Item = &'a Reason>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason.rule.name()).or_insert(0) += 1;
    }
    counts
}
