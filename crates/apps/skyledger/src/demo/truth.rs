//! The planted truth, and the result of the chain held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use products::candidate_table::EvidenceFacts;
use serde::Serialize;
use sky_catalog::{Column, ColumnData, Table};
use sky_coords::SkyPos;
use sky_sim::{RenderParams, Scene};
use sky_table::{ReadOptions, read_table};

use super::error::DemoError;

/// A detection within this distance of a planted object is that object, arc seconds: the match radius of the chain is 5, half of it is
/// more than any centroid error at SNR 10.
const SAME_OBJECT_ARCSEC: f64 = 2.5;
/// A kept row within this distance of a defect's centre is laid at its door, arc seconds: defects are longer than stars.
const NEAR_DEFECT_ARCSEC: f64 = 30.0;
/// Vanished stars brighter than this must be recovered (issue: at least 90 % of the unblended, unmasked ones).
const CLEAN_SNR_WIN: f64 = 50.0;

/// Counts by name, in the order of names.
type Counts = BTreeMap<String, usize>;

/// What the demo found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    /// Exit code.
    pub(crate) exit: u8,
    /// Run.
    pub(crate) run_id: String,
    /// Vanished stars on the plate.
    pub(crate) planted: usize,
    /// Those among the candidates.
    pub(crate) recovered: usize,
    /// Unblended, unmasked ones above [`Verdict::clean_snr_win`].
    pub(crate) planted_clean: usize,
    /// Those of them among the candidates.
    pub(crate) recovered_clean: usize,
    /// The limit.
    pub(crate) clean_snr_win: f64,
    /// Vanished stars that are no candidates, by reason.
    pub(crate) lost: Counts,
    /// Candidates that are no vanished star.
    pub(crate) others_count: usize,
    /// The same by what stands there.
    pub(crate) others: Counts,
    /// What a candidate claims.
    pub(crate) claim: String,
    /// Pictures of all candidates.
    pub(crate) picture: String,
    /// The archive.
    pub(crate) archive: String,
}

/// Writes the truth of the scene's plate, outside everything that the chain reads.
pub(super) fn write(scene: &Scene, render: &RenderParams, file: &Path) -> Result<(), DemoError> {
    let cutout = scene.render(render).map_err(|error| DemoError::Sky(error.to_string()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder)?;
    let mut lines = vec![cutout.truth.columns().iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(",")];
    let columns: Vec<Vec<String>> = cutout.truth.columns().iter().map(cells).collect();
    for row in 0..cutout.truth.n_rows() {
        lines.push(columns.iter().map(|column| column[row].as_str()).collect::<Vec<_>>().join(","));
    }
    fs_err::write(file, lines.join("\n") + "\n")?;
    Ok(())
}

/// One column as text.
fn cells(column: &Column) -> Vec<String> {
    match &column.data {
        ColumnData::F64(values) => {
            values.iter().map(|v| if v.is_nan() { String::new() } else { v.to_string() }).collect()
        }
        ColumnData::I64(values) => values.iter().map(|v| v.map(|v| v.to_string()).unwrap_or_default()).collect(),
        ColumnData::Bool(values) => values.iter().map(|v| v.map(|v| v.to_string()).unwrap_or_default()).collect(),
        ColumnData::Text(values) => values.clone(),
    }
}

/// Rows with a position.
struct Rows {
    table: Table,
    positions: Vec<SkyPos>,
}

impl Rows {
    fn read(file: &Path) -> Result<Self, DemoError> {
        let table = read_table(file, &ReadOptions::default()).map_err(result)?.table;
        let (ra, dec) = (table.numbers("ra_deg").map_err(result)?, table.numbers("dec_deg").map_err(result)?);
        let positions = ra.into_iter().zip(dec).map(|(ra_deg, dec_deg)| SkyPos::new(ra_deg, dec_deg)).collect();
        Ok(Self { table, positions })
    }

    /// The nearest row within the radius.
    fn nearest(&self, place: SkyPos, radius_arcsec: f64) -> Option<usize> {
        let distances = self.positions.iter().enumerate().map(|(row, other)| (row, place.separation_arcsec(*other)));
        distances
            .filter(|(_, distance)| *distance <= radius_arcsec)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(row, _)| row)
    }
}

/// Holds kept and dropped rows of the run against the truth.
pub(super) fn compare(root: &Path, run_id: &str, truth_file: &Path) -> Result<Verdict, DemoError> {
    let folder = root.join("data/filter").join(run_id);
    let (kept, dropped) = (Rows::read(&only(&folder, "_kept.csv")?)?, Rows::read(&only(&folder, "_dropped.csv")?)?);
    let candidates = kept.table.texts("is_candidate").map_err(result)?;
    let reasons = dropped.table.texts("reasons").map_err(result)?;
    let truth = Rows::read(truth_file)?;
    let kinds = truth.table.texts("kind").map_err(result)?;
    let snr = truth.table.numbers("snr_win").map_err(result)?;
    let blended = truth.table.texts("blended").map_err(result)?;
    let mask_bits = truth.table.numbers("mask_bits").map_err(result)?;

    let mut verdict = Verdict {
        exit: runner::exit::DONE,
        run_id: run_id.to_owned(),
        planted: 0,
        recovered: 0,
        planted_clean: 0,
        recovered_clean: 0,
        clean_snr_win: CLEAN_SNR_WIN,
        lost: Counts::new(),
        others_count: 0,
        others: Counts::new(),
        claim: claim(&folder)?,
        picture: picture(root, run_id)?,
        archive: root.join("artifacts").join(run_id).join(format!("{run_id}.zip")).display().to_string(),
    };
    let mut explained = BTreeSet::new();
    for row in (0..kinds.len()).filter(|row| kinds[*row] == "vanished") {
        let found = kept.nearest(truth.positions[row], SAME_OBJECT_ARCSEC).filter(|found| candidates[*found] == "true");
        let clean = snr[row] > CLEAN_SNR_WIN && blended[row] == "false" && mask_bits[row] == 0.0;
        verdict.planted += 1;
        verdict.planted_clean += usize::from(clean);
        match found {
            Some(found) => {
                explained.insert(found);
                verdict.recovered += 1;
                verdict.recovered_clean += usize::from(clean);
            }
            None if kept.nearest(truth.positions[row], SAME_OBJECT_ARCSEC).is_some() => {
                *verdict.lost.entry("moved".to_owned()).or_insert(0) += 1;
            }
            None => {
                let reason = match dropped.nearest(truth.positions[row], SAME_OBJECT_ARCSEC) {
                    Some(found) => reasons[found].split(['(', '|']).next().unwrap_or_default().to_owned(),
                    None => "not detected".to_owned(),
                };
                *verdict.lost.entry(reason).or_insert(0) += 1;
            }
        }
    }
    for row in (0..candidates.len()).filter(|row| candidates[*row] == "true" && !explained.contains(row)) {
        let place = kept.positions[row];
        let kind = truth
            .nearest(place, SAME_OBJECT_ARCSEC)
            .or_else(|| truth.nearest(place, NEAR_DEFECT_ARCSEC).filter(|near| blended[*near].is_empty()))
            .map_or("of no planted object", |near| kinds[near].as_str());
        verdict.others_count += 1;
        *verdict.others.entry(kind.to_owned()).or_insert(0) += 1;
    }
    Ok(verdict)
}

/// The one file of the demo's tile with that ending.
fn only(folder: &Path, ending: &str) -> Result<PathBuf, DemoError> {
    let mut found: Vec<PathBuf> = fs_err::read_dir(folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ending)))
        .collect();
    found.sort();
    match found.len() {
        1 => Ok(found.remove(0)),
        count => Err(DemoError::Result(format!("{}: {count} files *{ending}, expected one", folder.display()))),
    }
}

/// What the verdict of the demo's tile claims.
fn claim(folder: &Path) -> Result<String, DemoError> {
    let text = fs_err::read_to_string(folder.join("manifest.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&text).map_err(result)?;
    let evidence = manifest["units"][0]["facts"]["evidence"].clone();
    let evidence: Vec<EvidenceFacts> = serde_json::from_value(evidence).map_err(result)?;
    Ok(products::candidate_table::claim(&evidence))
}

/// The contact sheet of the candidates, or else the first picture of the summary.
fn picture(root: &Path, run_id: &str) -> Result<String, DemoError> {
    let folder = root.join("data/summaries").join(run_id);
    let mut pictures: Vec<PathBuf> = fs_err::read_dir(&folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "png"))
        .collect();
    pictures.sort();
    let sheet = pictures.iter().find(|path| path.to_string_lossy().contains("candidates"));
    sheet
        .or(pictures.first())
        .map(|path| path.display().to_string())
        .ok_or_else(|| DemoError::Result(format!("{}: the summary has no picture", folder.display())))
}

fn result(error: impl ToString) -> DemoError {
    DemoError::Result(error.to_string())
}
