//! Explaining: from a row, a unit or a place back through every step of the run to the pixels and their sums.

mod edges;
mod error;
mod page;
mod rows;
mod stage;

use std::path::Path;

use runner::Steps;

use edges::push_edges;
pub(crate) use error::ExplainError;
pub(crate) use page::Page;
use rows::Judged;
use stage::{Stage, stages};

/// What to explain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Question {
    /// A unit.
    Unit(String),
    /// A row: unit and NUMBER.
    Row(String, i64),
    /// Every judged row near a place.
    Place { ra_deg: f64, dec_deg: f64, radius_arcsec: f64 },
}

impl Question {
    /// `<unit>` or `<unit>:<NUMBER>`.
    pub(crate) fn parse(text: &str) -> Self {
        match text.rsplit_once(':').map(|(unit, number)| (unit, number.parse())) {
            Some((unit, Ok(number))) => Self::Row(unit.to_owned(), number),
            _ => Self::Unit(text.to_owned()),
        }
    }
}

/// The pages that answer the question.
pub(crate) fn explain(
    root: &Path,
    run_id: &str,
    question: &Question,
    steps: &Steps,
) -> Result<Vec<Page>, ExplainError> {
    let stages = stages(root, run_id, steps)?;
    match question {
        Question::Unit(unit) => Ok(vec![unit_page(&stages, unit)?]),
        Question::Row(unit, number) => {
            let judged = rows::of_unit(&stages, unit)?;
            let row = judged.into_iter().find(|row| row.number == *number).ok_or_else(|| {
                ExplainError::Nothing(format!("{unit} has no judged detection {number} in run {run_id}"))
            })?;
            Ok(vec![row_page(&stages, &row)?])
        }
        Question::Place { ra_deg, dec_deg, radius_arcsec } => {
            let near = rows::near(&stages, *ra_deg, *dec_deg, *radius_arcsec)?;
            if near.is_empty() {
                return Err(ExplainError::Nothing(format!(
                    "run {run_id} has no detection within {radius_arcsec}\" of RA {ra_deg}, Dec {dec_deg}: \
                     nothing above the threshold there, or no tile with a verdict covers it (skyledger status {run_id})"
                )));
            }
            near.iter().map(|row| row_page(&stages, row)).collect()
        }
    }
}

/// What every step says of a unit.
fn unit_page(stages: &[Stage], unit: &str) -> Result<Page, ExplainError> {
    let mut page = Page::new(unit.to_owned());
    for stage in stages {
        let Some(found) = stage.unit(unit) else { continue };
        page.push(&stage.label, found.status.name());
        if let Some(reason) = &found.reason {
            page.push("", format!("{}: {}", reason.kind, reason.message));
            for (name, value) in &reason.details {
                page.push("", format!("{name} = {value}"));
            }
        }
        for warning in &found.warnings {
            page.push("", format!("warning {}: {}", warning.kind, warning.message));
        }
        for (role, entry) in &found.files {
            let rows = entry.rows.map(|rows| format!(", {rows} rows")).unwrap_or_default();
            page.push("", format!("{role}: {} ({} bytes{rows}, sha256 {})", entry.path, entry.bytes, entry.sha256));
        }
        push_edges(&mut page, stages, stage, found);
    }
    if page.is_empty() {
        return Err(ExplainError::Nothing(format!("no step of this run has a unit {unit}")));
    }
    Ok(page)
}

/// The path of one detection: verdict, reasons, pairs, measurements, files and sums.
fn row_page(stages: &[Stage], row: &Judged) -> Result<Page, ExplainError> {
    let mut page = Page::new(format!("{}:{}", row.unit, row.number));
    let verdict = match (row.kept, row.is_candidate) {
        (true, true) => format!("kept, a candidate: {}", claim(stages, &row.unit)),
        (true, false) if row.class() == "moved" => {
            "kept, but no candidate: a catalogue has it elsewhere today (moved_*)".to_owned()
        }
        (true, false) => "kept, but no candidate: evidence that the verdict needs is missing".to_owned(),
        (false, _) => "dropped".to_owned(),
    };
    page.push("verdict", verdict);
    for (place, reason) in row.reasons.iter().enumerate() {
        page.push(if place == 0 { "reasons" } else { "" }, format!("{}. {reason}", place + 1));
    }
    for (name, value) in &row.columns {
        page.push("", format!("{name} = {value}"));
    }
    for pair in rows::pairs(stages, &row.unit, row.number)? {
        page.push("pair", pair);
    }
    for stage in stages.iter().filter(|stage| stage.judges()) {
        for evidence in stage.facts(&row.unit)["evidence"].as_array().into_iter().flatten() {
            page.push("evidence", format!("{}: {}", shown(&evidence["catalog"]), shown(&evidence["status"])));
        }
    }
    for stage in stages {
        let Some(unit) = stage.unit(&row.unit) else { continue };
        for (role, entry) in &unit.files {
            page.push(&stage.label, format!("{role}: {} sha256 {}", entry.path, entry.sha256));
        }
    }
    Ok(page)
}

/// What a candidate of a unit claims.
fn claim(stages: &[Stage], unit: &str) -> String {
    let judge = stages.iter().rfind(|stage| stage.judges());
    let evidence = judge.map(|stage| stage.facts(unit)["evidence"].clone()).unwrap_or_default();
    let evidence: Vec<products::candidate_table::EvidenceFacts> = serde_json::from_value(evidence).unwrap_or_default();
    products::candidate_table::claim(&evidence)
}

fn shown(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_unit_and_a_number() {
        let unit = "tile_RA150.000_DECp20.000";
        assert_eq!(Question::parse(unit), Question::Unit(unit.to_owned()));
        assert_eq!(Question::parse(&format!("{unit}:17")), Question::Row(unit.to_owned(), 17));
    }
}
