//! Rows of the judged and matched tables of a run.

use std::path::PathBuf;

use sky_catalog::Table;
use sky_coords::SkyPos;
use sky_table::{ReadOptions, read_table};
use step_contract::{FileEntry, Status};

use super::{ExplainError, Stage};

/// One judged detection with all its columns.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) unit: String,
    pub(super) number: i64,
    pub(super) kept: bool,
    pub(super) is_candidate: bool,
    pub(super) reasons: Vec<String>,
    pub(super) columns: Vec<(String, String)>,
    position: SkyPos,
}

/// Every judged detection of a unit.
pub(super) fn of_unit(stages: &[Stage], unit: &str) -> Result<Vec<Judged>, ExplainError> {
    let filter = stages
        .iter()
        .rfind(|stage| stage.step == "filter")
        .ok_or_else(|| ExplainError::Nothing("this run has no verdict yet: filter has not run".to_owned()))?;
    let found =
        filter.unit(unit).ok_or_else(|| ExplainError::Nothing(format!("{} has no unit {unit}", filter.label)))?;
    if found.status != Status::Done {
        let why = found.reason.as_ref().map_or("", |reason| &reason.message);
        return Err(ExplainError::Nothing(format!("{unit} has no verdict: {why}")));
    }
    let mut judged = Vec::new();
    for (role, kept) in [("kept", true), ("dropped", false)] {
        if let Some(entry) = found.files.get(role) {
            judged.extend(read_judged(unit, kept, &read(filter, entry)?)?);
        }
    }
    Ok(judged)
}

/// Every judged detection near a place, nearest first.
pub(super) fn near(
    stages: &[Stage],
    ra_deg: f64,
    dec_deg: f64,
    radius_arcsec: f64,
) -> Result<Vec<Judged>, ExplainError> {
    let place = SkyPos::new(ra_deg, dec_deg);
    let units: Vec<String> = stages
        .iter()
        .rfind(|stage| stage.step == "filter")
        .into_iter()
        .flat_map(|stage| &stage.manifest.units)
        .filter(|unit| unit.status == Status::Done)
        .map(|unit| unit.unit.clone())
        .collect();
    let mut near = Vec::new();
    for unit in units {
        let rows = of_unit(stages, &unit)?;
        let rows = rows.into_iter().map(|row| (place.separation_arcsec(row.position), row));
        near.extend(rows.filter(|(distance, _)| *distance <= radius_arcsec));
    }
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(near.into_iter().map(|(_, row)| row).collect())
}

/// The pairs of a detection, and the references that it has none in, as sentences.
pub(super) fn pairs(stages: &[Stage], unit: &str, number: i64) -> Result<Vec<String>, ExplainError> {
    let Some(xmatch) = stages.iter().rfind(|stage| stage.step == "xmatch") else { return Ok(Vec::new()) };
    let Some(found) = xmatch.unit(unit) else { return Ok(Vec::new()) };
    let mut sentences = Vec::new();
    if let Some(entry) = found.files.get("xmatch") {
        let table = read(xmatch, entry)?;
        for row in rows_of(&table, number)? {
            let cell = |name: &str| cell(&table, name, row);
            let best = if cell("best1")? == "true" { ", the nearest" } else { "" };
            sentences.push(format!(
                "{} {} at {}\" (magnitude {}{best})",
                cell("reference")?,
                cell("reference_id")?,
                cell("separation_arcsec")?,
                cell("ref_mag")?
            ));
        }
    }
    if let Some(entry) = found.files.get("local") {
        let table = read(xmatch, entry)?;
        for row in rows_of(&table, number)? {
            sentences.push(format!("none in {}", cell(&table, "reference", row)?));
        }
    }
    Ok(sentences)
}

fn read_judged(unit: &str, kept: bool, table: &Table) -> Result<Vec<Judged>, ExplainError> {
    let numbers = table.integers("number").map_err(broken)?;
    let (ra, dec) = (table.numbers("ra_deg").map_err(broken)?, table.numbers("dec_deg").map_err(broken)?);
    let texts: Vec<(String, Vec<String>)> = table
        .columns()
        .iter()
        .map(|column| Ok((column.name.clone(), table.texts(&column.name).map_err(broken)?)))
        .collect::<Result<_, ExplainError>>()?;
    let candidates = table.texts("is_candidate").map_err(broken)?;
    let reasons = table.texts("reasons").map_err(broken)?;
    (0..table.n_rows())
        .map(|row| {
            let columns = texts.iter().map(|(name, values)| (name.clone(), values[row].clone()));
            Ok(Judged {
                unit: unit.to_owned(),
                number: numbers[row].unwrap_or_default(),
                kept,
                is_candidate: candidates[row] == "true",
                reasons: reasons[row].split('|').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
                columns: columns.filter(|(name, value)| !value.is_empty() && name != "reasons").collect(),
                position: SkyPos::new(ra[row], dec[row]),
            })
        })
        .collect()
}

fn rows_of(table: &Table, number: i64) -> Result<Vec<usize>, ExplainError> {
    let numbers = table.integers("number").map_err(broken)?;
    Ok(numbers.iter().enumerate().filter(|(_, found)| **found == Some(number)).map(|(row, _)| row).collect())
}

fn cell(table: &Table, name: &str, row: usize) -> Result<String, ExplainError> {
    Ok(table.texts(name).map_err(broken)?.swap_remove(row))
}

fn read(stage: &Stage, entry: &FileEntry) -> Result<Table, ExplainError> {
    let path: PathBuf = stage.manifest.path_of(&stage.folder, entry);
    Ok(read_table(&path, &ReadOptions::default()).map_err(broken)?.table)
}

fn broken(error: impl ToString) -> ExplainError {
    ExplainError::File(error.to_string())
}
