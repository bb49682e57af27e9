//! Rows of the judged and matched tables of a run.

use sky_catalog::Table;
use sky_coords::SkyPos;
use sky_table::{ReadOptions, read_table};
use step_contract::{FileEntry, RowMeaning, Status};

use super::error::ExplainError;
use super::stage::Stage;

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

impl Judged {
    /// What a kept row counts as.
    pub(super) fn class(&self) -> &str {
        self.columns.iter().find(|(name, _)| name == "class").map_or("", |(_, value)| value)
    }
}

/// Every judged detection of a unit.
pub(super) fn of_unit(stages: &[Stage], unit: &str) -> Result<Vec<Judged>, ExplainError> {
    let judge = stages.iter().rfind(|stage| stage.judges()).ok_or_else(|| {
        ExplainError::Nothing("this run has no verdict yet: no step that keeps and drops rows has run".to_owned())
    })?;
    let found = judge.unit(unit).ok_or_else(|| ExplainError::Nothing(format!("{} has no unit {unit}", judge.label)))?;
    if found.status != Status::Done {
        let why = found.reason.as_ref().map_or("", |reason| &reason.message);
        return Err(ExplainError::Nothing(format!("{unit} has no verdict: {why}")));
    }
    let mut judged = Vec::new();
    for meaning in [RowMeaning::Kept, RowMeaning::Dropped] {
        for entry in judge.tables(found, meaning) {
            judged.extend(read_judged(unit, meaning == RowMeaning::Kept, &read(judge, entry)?)?);
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
        .rfind(|stage| stage.judges())
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
    let Some(matched) = stages.iter().rfind(|stage| stage.pairs()) else { return Ok(Vec::new()) };
    let Some(found) = matched.unit(unit) else { return Ok(Vec::new()) };
    let mut sentences = Vec::new();
    for entry in matched.tables(found, RowMeaning::Pair) {
        let table = read(matched, entry)?;
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
    for entry in matched.tables(found, RowMeaning::Unpaired) {
        let table = read(matched, entry)?;
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
    // Identifiers are shown as they stand.
    let options = ReadOptions::with_text(["id", "reference_id", "plate_id"]);
    Ok(read_table(&stage.path_of(entry), &options).map_err(broken)?.table)
}

fn broken(error: impl ToString) -> ExplainError {
    ExplainError::File(error.to_string())
}
