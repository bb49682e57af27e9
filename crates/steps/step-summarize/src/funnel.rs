//! The funnel: each stage's input is the output of the stage before.

use std::collections::{BTreeMap, BTreeSet};

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
    funnel.lose("have every veto", kept.saturating_sub(candidates));
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

/// The order in which the rules were asked, from the ordered reasons of the rows.
#[derive(Debug, Default)]
pub(crate) struct RuleOrder {
    /// For each rule those that stand before it in any row.
    before: BTreeMap<String, BTreeSet<String>>,
}

impl RuleOrder {
    /// Notes the reasons of one row: `rule(value;threshold)` joined by `|`.
    pub(crate) fn note(&mut self, reasons: &str) {
        let rules: Vec<&str> =
            reasons.split('|').filter_map(|reason| reason.split('(').next()).filter(|rule| !rule.is_empty()).collect();
        for (place, rule) in rules.iter().enumerate() {
            if !self.before.contains_key(*rule) {
                self.before.insert((*rule).to_owned(), BTreeSet::new());
            }
            if let Some(before) = self.before.get_mut(*rule) {
                for earlier in rules[..place].iter().filter(|earlier| *earlier != rule) {
                    if !before.contains(*earlier) {
                        before.insert((*earlier).to_owned());
                    }
                }
            }
        }
    }

    /// The rules, those with fewer rules before them, directly or by way of others, first; ties by name.
    pub(crate) fn rules(&self) -> Vec<String> {
        let mut before = self.before.clone();
        for _ in 0..before.len() {
            let step = before.clone();
            for all in before.values_mut() {
                all.extend(all.clone().iter().filter_map(|rule| step.get(rule)).flatten().cloned());
            }
        }
        let mut rules: Vec<(usize, String)> = before.into_iter().map(|(rule, before)| (before.len(), rule)).collect();
        rules.sort();
        rules.into_iter().map(|(_, rule)| rule).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::RuleOrder;

    #[test]
    fn the_order_of_the_rules_follows_from_the_rows() {
        let mut order = RuleOrder::default();
        for reasons in [
            "veto_gaia(0.3;5)|snr(4;10)",
            "veto_gaia(1;5)|veto_ps1(1;5)",
            "veto_ps1(1;5)|mask(1;27)",
            "mask(1;27)|snr(3;10)",
            "snr(2;10)",
        ] {
            order.note(reasons);
        }
        assert_eq!(order.rules(), ["veto_gaia", "veto_ps1", "mask", "snr"]);
    }
}
