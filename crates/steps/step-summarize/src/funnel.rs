//! The funnel: each stage's input is the output of the stage before.

use std::collections::BTreeMap;

use crate::error::SummarizeError;
use crate::rows::Verdicts;

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunnelStage {
    pub(crate) name: String,
    pub(crate) input: u64,
    pub(crate) lost: u64,
    pub(crate) output: u64,
}

/// From all detections to distinct candidates.
///
/// Fails where detections, kept and dropped rows do not add up.
pub(crate) fn stages(
    detections: u64,
    verdicts: &Verdicts,
    duplicate_candidates: u64,
) -> Result<Vec<FunnelStage>, SummarizeError> {
    let sum =
        |count: fn(&products::CandidateFacts) -> u64| verdicts.tiles.iter().map(|tile| count(&tile.facts)).sum::<u64>();
    let (judged, kept, candidates) = (sum(|f| f.detections), sum(|f| f.kept_count), sum(|f| f.candidates_count));
    let open = |what: &'static str, found: u64, expected: u64| {
        Err(SummarizeError::Open { what, unit: "the run".to_owned(), found, expected })
    };
    let Some(unjudged) = detections.checked_sub(judged) else { return open("rows with a verdict", judged, detections) };
    let mut first_reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (rule, count) in verdicts.tiles.iter().flat_map(|tile| &tile.facts.first_reasons) {
        *first_reasons.entry(rule).or_default() += count;
    }
    let mut funnel = Funnel { stages: Vec::new(), left: detections };
    funnel.lose("in tiles with a verdict", unjudged);
    let unordered = first_reasons
        .keys()
        .filter(|rule| !verdicts.rules.iter().any(|known| known == *rule))
        .map(|rule| (*rule).to_owned());
    for rule in verdicts.rules.iter().cloned().chain(unordered) {
        if let Some(count) = first_reasons.get(rule.as_str()) {
            funnel.lose(&format!("pass {rule}"), *count);
        }
    }
    if funnel.left != kept {
        return open("kept rows after all reasons", funnel.left, kept);
    }
    let is_complete = |tile: &&crate::rows::Tile| tile.facts.veto_status == products::VetoStatus::Complete;
    let moved = verdicts.tiles.iter().filter(is_complete).map(|tile| tile.facts.moved_count).sum::<u64>();
    funnel.lose("have every veto", kept.saturating_sub(candidates + moved));
    if moved > 0 {
        funnel.lose("have not moved", moved);
    }
    funnel.lose("are no duplicates", duplicate_candidates);
    Ok(funnel.stages)
}

struct Funnel {
    stages: Vec<FunnelStage>,
    left: u64,
}

impl Funnel {
    fn lose(&mut self, name: &str, lost: u64) {
        let output = self.left.saturating_sub(lost);
        self.stages.push(FunnelStage { name: name.to_owned(), input: self.left, lost, output });
        self.left = output;
    }
}
