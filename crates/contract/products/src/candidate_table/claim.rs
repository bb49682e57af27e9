//! What a row claims: it names the catalogues that answered and those that were not asked, and no more.

use super::EvidenceFacts;

/// Modern surveys that a claim always speaks of: silence about one would read as its answer.
const MODERN_SURVEYS: [&str; 2] = ["gaia", "ps1"];

/// `on the plate and not in Gaia DR3 or PS1: star or defect`; `on the plate and not in Gaia DR3 (PS1 not asked): star or defect`.
///
/// A catalogue answered if it vetoes and its unit is done.
pub fn claim(evidence: &[EvidenceFacts]) -> String {
    let answered: Vec<&str> = evidence
        .iter()
        .filter(|found| found.vetoes && found.status == "done")
        .map(|found| title(&found.catalog))
        .collect();
    let silent: Vec<String> = evidence
        .iter()
        .filter(|found| found.vetoes && found.status != "done")
        .map(|found| format!("{} {}", title(&found.catalog), why_silent(&found.status)))
        .chain(
            MODERN_SURVEYS
                .iter()
                .filter(|name| !evidence.iter().any(|found| found.vetoes && found.catalog == **name))
                .map(|name| format!("{} not asked", title(name))),
        )
        .collect();
    let not_in = match answered.as_slice() {
        [] => "held against no catalogue".to_owned(),
        [one] => format!("not in {one}"),
        [first @ .., last] => format!("not in {} or {last}", first.join(", ")),
    };
    let silent = if silent.is_empty() { String::new() } else { format!(" ({})", silent.join("; ")) };
    format!("on the plate and {not_in}{silent}: star or defect")
}

/// The name of a catalogue as people write it.
fn title(catalog: &str) -> &str {
    match catalog {
        "gaia" => "Gaia DR3",
        "ps1" => "PS1",
        "usnob" => "USNO-B1.0",
        "tycho2" => "Tycho-2",
        "vsx" => "VSX",
        other => other,
    }
}

fn why_silent(status: &str) -> &'static str {
    match status {
        "skipped" | "unbound" => "not asked",
        "not_covered" => "does not cover it",
        "blind" => "does not see it",
        _ => "gave no answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(found: &[(&str, &str)]) -> Vec<EvidenceFacts> {
        let fact = |(catalog, status): &(&str, &str)| EvidenceFacts {
            catalog: (*catalog).to_owned(),
            status: (*status).to_owned(),
            required: true,
            vetoes: *catalog != "usnob",
            sight: None,
        };
        found.iter().map(fact).collect()
    }

    #[test]
    fn a_claim_names_who_answered_and_who_was_not_asked() {
        let of = |found: &[(&str, &str)]| claim(&evidence(found));
        assert_eq!(
            of(&[("gaia", "done"), ("ps1", "done"), ("usnob", "done")]),
            "on the plate and not in Gaia DR3 or PS1: star or defect",
            "USNO-B1.0 vetoes nothing here"
        );
        assert_eq!(of(&[("gaia", "done")]), "on the plate and not in Gaia DR3 (PS1 not asked): star or defect");
        assert_eq!(
            of(&[("gaia", "done"), ("ps1", "not_covered")]),
            "on the plate and not in Gaia DR3 (PS1 does not cover it): star or defect"
        );
        assert_eq!(
            of(&[("gaia", "failed"), ("ps1", "skipped")]),
            "on the plate and held against no catalogue (Gaia DR3 gave no answer; PS1 not asked): star or defect"
        );
    }
}
