//! The order of the rules.

use std::collections::{BTreeMap, BTreeSet};

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
