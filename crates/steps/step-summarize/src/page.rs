//! `summary.md`.

use std::collections::BTreeSet;

use products::VetoStatus;

use crate::anomalies::SCHEMA_VERSION;
use crate::claims;
use crate::report::{Section, to_markdown};
use crate::summary::RunSummary;

/// Kinds of reason of a tile whose evidence or positions cannot be trusted.
const UNTRUSTED: [&str; 3] = ["veto_blind", "tie_failed", "tie_suspect"];
/// Most tiles that a sentence names.
const SHOWN: usize = 20;

/// The page. `pictures` are the names of the pictures beside it, `sheet` the contact sheet.
pub(crate) fn to_page(
    run_id: &str,
    summary: &RunSummary,
    sections: &[Section],
    pictures: &[&str],
    sheet: Option<&str>,
) -> String {
    let mut page = format!("# Summary of {run_id}\n\n");
    page.push_str(&format!(
        "A candidate is {}. Nothing here tells which. Magnitudes are instrumental: densities of the plate, not calibrated.\n\n",
        claims::of_run(&summary.verdicts)
    ));
    for sentence in caveats(summary) {
        page.push_str(&format!("{sentence}\n\n"));
    }
    page.push_str(&format!("`summary.csv` holds every number of this page, `anomalies_minimal.csv` (schema {SCHEMA_VERSION}) the distinct candidates.\n\n"));
    for section in sections {
        page.push_str(&to_markdown(section));
        let shown: Vec<&str> = pictures.iter().copied().filter(|picture| belongs(picture) == section.id).collect();
        for picture in shown {
            page.push_str(&format!("![{picture}]({picture}.png)\n\n"));
        }
        if let Some(sheet) = sheet.filter(|_| section.id == "funnel") {
            page.push_str(&format!("![{sheet}]({sheet}.png)\n\n"));
        }
    }
    page
}

/// The section that shows a picture.
fn belongs(picture: &str) -> &'static str {
    match picture {
        "funnel" | "sky" => "funnel",
        "plate" => "edges",
        _ => "histograms",
    }
}

fn caveats(summary: &RunSummary) -> Vec<String> {
    let mut sentences = Vec::new();
    let facts = &summary.facts;
    if summary.chain.verdicts.is_none() {
        sentences.push("**This chain has no verdicts: the step filter did not run.**".to_owned());
    }
    if facts.candidates_count == 0 {
        sentences.push("**No candidate was found.**".to_owned());
    }
    let missing = |tile: &&crate::rows::Tile| tile.facts.veto_status != VetoStatus::Complete;
    let unknown: Vec<&crate::rows::Tile> = summary.verdicts.tiles.iter().filter(missing).collect();
    if let Some(first) = unknown.first() {
        let lacking = first.facts.evidence.iter().filter(|evidence| evidence.required && evidence.status != "done");
        let names: Vec<&str> = lacking.map(|evidence| evidence.catalog.as_str()).collect();
        sentences.push(format!(
            "**Evidence is missing in {} of {} tiles (in {}: {}). Their kept rows are listed as unmatched in what was there; none is a candidate.**",
            unknown.len(),
            facts.tiles_done,
            first.id,
            names.join(", ")
        ));
    }
    let untrusted: Vec<&crate::chain::NotDone> =
        summary.chain.not_done.iter().filter(|unit| UNTRUSTED.contains(&unit.kind.as_str())).collect();
    for unit in untrusted.iter().take(SHOWN) {
        sentences.push(format!("**Unknown: {} ({}): {}**", unit.unit, unit.kind, unit.message));
    }
    if untrusted.len() > SHOWN {
        sentences
            .push(format!("**{} more tiles are unknown for such reasons (table below).**", untrusted.len() - SHOWN));
    }
    let few: BTreeSet<&str> = summary
        .verdicts
        .tiles
        .iter()
        .filter(|tile| tile.facts.evidence.iter().any(|found| found.sight.as_ref().is_some_and(|s| s.by_lower_end)))
        .map(|tile| tile.id.as_str())
        .collect();
    if let Some(first) = few.first() {
        sentences.push(format!(
            "{} tiles ({first}) have few bright detections: that their catalogues see them rests on the binomial lower end of the matched share.",
            few.len()
        ));
    }
    if !facts.tiles_not_done.is_empty() {
        sentences.push(format!(
            "**{} tiles have no verdict and are not part of the area: {}.**",
            facts.tiles_not_done.len(),
            list(&facts.tiles_not_done)
        ));
    }
    sentences
}

/// The first twenty names.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more (table below)", names.len() - SHOWN) } else { shown }
}
