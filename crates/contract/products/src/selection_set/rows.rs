//! Rows of a table of frames as steps use them.

use std::path::Path;

use sky_catalog::ColumnSpec;
use sky_table::{ReadOptions, TableFileError, check_columns, read_table_bytes};

use super::columns::FRAMES;
use super::reasons::reasons_from;
use crate::facts::SelectionFacts;

/// Columns that every use needs.
const NEEDED: [&str; 4] = ["unit", "reasons", "weighted_fwhm_px", "transparency"];

/// The verdict on one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameVerdict {
    /// The frame.
    pub unit: String,
    /// Kept, or why not.
    pub selection: SelectionFacts,
    /// Weighted FWHM; NaN where it could not be measured.
    pub weighted_fwhm_px: f64,
    /// Transparency; NaN where it could not be measured.
    pub transparency: f64,
}

/// Reads the verdicts of a group in the order of the table.
///
/// Fails where the file is no table, a needed column is missing or of another type or unit, or a cell of reasons is none. Messages name
/// the file without its folder.
pub fn read_verdicts(path: &Path) -> Result<Vec<FrameVerdict>, TableFileError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path).map_err(|source| TableFileError::Io { file: name.clone(), source })?;
    let options = ReadOptions::with_text(["unit", "reasons"]);
    let table = read_table_bytes(&name, &bytes, &options)?.table;
    let needed: Vec<ColumnSpec> = FRAMES.iter().filter(|spec| NEEDED.contains(&spec.name)).copied().collect();
    check_columns(&table, &needed)?;
    let broken = |error: sky_catalog::TableError| TableFileError::Columns { problems: vec![error.to_string()] };
    let texts = |column: &str| table.texts(column).map_err(broken);
    let numbers = |column: &str| table.numbers(column).map_err(broken);
    let (units, kept, reasons) = (texts("unit")?, texts("kept")?, texts("reasons")?);
    let (weighted, transparency) = (numbers("weighted_fwhm_px")?, numbers("transparency")?);
    (0..table.n_rows())
        .map(|row| {
            let found = reasons_from(&reasons[row]).filter(|found| found.is_empty() == (kept[row] == "true"));
            let reasons = found.ok_or_else(|| TableFileError::Columns {
                problems: vec![format!(
                    "column reasons, row {}: found {:?} beside kept {:?}, expected rule:value:limit joined by | of a frame \
                     that is not kept, and nothing of one that is",
                    row + 1,
                    reasons[row],
                    kept[row]
                )],
            })?;
            Ok(FrameVerdict {
                unit: units[row].clone(),
                selection: SelectionFacts::of_reasons(reasons),
                weighted_fwhm_px: weighted[row],
                transparency: transparency[row],
            })
        })
        .collect()
}

/// The verdict on one frame; `None` where the group has no such frame. Fails as [`read_verdicts`].
pub fn verdict_of(path: &Path, unit: &str) -> Result<Option<FrameVerdict>, TableFileError> {
    Ok(read_verdicts(path)?.into_iter().find(|verdict| verdict.unit == unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_found_by_its_frame_and_a_contradiction_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("g_frames.csv");
        let head = "unit,kept,reasons,weighted_fwhm_px,transparency\n";
        std::fs::write(&path, format!("{head}a,true,,3.1,0.98\nb,false,fwhm_px:3.9:3.4,3.9,\n")).expect("written");
        let b = verdict_of(&path, "b").expect("a table").expect("frame b");
        assert!(!b.selection.kept && b.transparency.is_nan(), "{b:?}");
        assert_eq!(b.selection.reasons[0].limit, Some(3.4));
        assert_eq!(verdict_of(&path, "c").expect("a table"), None);
        std::fs::write(&path, format!("{head}a,true,fwhm_px:3.9:3.4,3.1,0.98\n")).expect("written");
        assert!(read_verdicts(&path).is_err(), "kept with a reason");
    }
}
