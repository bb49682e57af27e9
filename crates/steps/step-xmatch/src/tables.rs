//! The four tables of a tile.

use std::io::Write;

use products::match_table::columns::{REFERENCE_ONLY, UNMATCHED, XMATCH};
use sky_catalog::ColumnSpec;
use sky_coords::SkyPos;
use sky_match::Pair;
use sky_table::{Cell, CsvWriter};
use step_harness::UnitFiles;

use crate::XmatchError;
use crate::backend::Matched;
use crate::detections::Detections;
use crate::references::Reference;

/// `<tile>_xmatch.csv`: all pairs, by reference, then detection, then separation; those that only a disbelieved motion makes stand last of a detection.
pub(crate) fn write_pairs(
    files: &mut UnitFiles,
    detections: &Detections,
    references: &[Reference],
    matched: &[Matched],
) -> Result<(), XmatchError> {
    let rows = matched.iter().map(|matched| matched.cross.pairs.len() + matched.by_motion().count()).sum();
    write(files, "xmatch", XMATCH, rows, |csv| {
        for (reference, matched) in references.iter().zip(matched) {
            let counted = matched.cross.pairs.iter().map(|pair| (*pair, &reference.positions, true));
            // The nearest one is named among the pairs that count.
            let by_motion = matched.by_motion().map(|pair| (Pair { best1: false, ..*pair }, &reference.carried, false));
            let mut pairs: Vec<(Pair, &Vec<SkyPos>, bool)> = counted.chain(by_motion).collect();
            pairs.sort_by_key(|(pair, _, _)| pair.detection);
            for (pair, positions, counts) in pairs {
                let row = &reference.rows[pair.reference];
                let position = positions[pair.reference];
                let moves = row.pm_ra_mas_yr.is_finite() && row.pm_dec_mas_yr.is_finite();
                let matched_at = match (counts, reference.motions_believed, moves) {
                    (false, _, _) => "motion",
                    (true, true, true) => "epoch",
                    (true, false, _) if matched.is_at_epoch(&pair) => "both",
                    (true, ..) => "catalogue",
                };
                let mut cells = vec![
                    Cell::Integer(Some(detections.numbers[pair.detection])),
                    Cell::Text(&reference.name),
                    Cell::Text(&row.id),
                    Cell::Float(pair.separation_arcsec),
                    Cell::Bool(Some(pair.best1)),
                ];
                cells.extend(places(detections, pair.detection));
                cells.extend([position.ra_deg, position.dec_deg, row.mag].map(Cell::Float));
                cells.push(Cell::Text(matched_at));
                csv.write_row(&cells)?;
            }
        }
        Ok(())
    })
}

/// `<tile>_<role>.csv`: one row for each reference and detection that it leaves unmatched; how many rows. `unmatched` answers for the reference at an index.
pub(crate) fn write_unmatched(
    files: &mut UnitFiles,
    role: &str,
    detections: &Detections,
    references: &[Reference],
    unmatched: impl Fn(usize) -> Option<Vec<usize>>,
) -> Result<u64, XmatchError> {
    let left: Vec<Vec<usize>> = (0..references.len()).map(|i| unmatched(i).unwrap_or_default()).collect();
    let rows = left.iter().map(Vec::len).sum();
    write(files, role, UNMATCHED, rows, |csv| {
        for (reference, left) in references.iter().zip(&left) {
            for &detection in left {
                let mut cells = vec![Cell::Integer(Some(detections.numbers[detection])), Cell::Text(&reference.name)];
                cells.extend(places(detections, detection));
                csv.write_row(&cells)?;
            }
        }
        Ok(())
    })?;
    Ok(rows as u64)
}

/// `<tile>_refonly.csv`: references without a detection.
pub(crate) fn write_reference_only(
    files: &mut UnitFiles,
    references: &[Reference],
    matched: &[Matched],
) -> Result<(), XmatchError> {
    let rows = matched.iter().map(|matched| matched.cross.references.unmatched.len()).sum();
    write(files, "refonly", REFERENCE_ONLY, rows, |csv| {
        for (reference, matched) in references.iter().zip(matched) {
            for &index in &matched.cross.references.unmatched {
                let (row, position) = (&reference.rows[index], reference.positions[index]);
                let mut cells = vec![Cell::Text(&reference.name), Cell::Text(&row.id)];
                cells.extend([position.ra_deg, position.dec_deg, row.mag].map(Cell::Float));
                csv.write_row(&cells)?;
            }
        }
        Ok(())
    })
}

/// Position that was matched, then that of the header.
fn places(detections: &Detections, detection: usize) -> [Cell<'static>; 4] {
    let cells = |place: SkyPos| [Cell::Float(place.ra_deg), Cell::Float(place.dec_deg)];
    let [[ra, dec], [header_ra, header_dec]] =
        [cells(detections.positions[detection]), cells(detections.header_positions[detection])];
    [ra, dec, header_ra, header_dec]
}

fn write(
    files: &mut UnitFiles,
    role: &str,
    columns: &[ColumnSpec],
    rows: usize,
    fill: impl FnOnce(&mut CsvWriter<&mut dyn Write>) -> Result<(), XmatchError>,
) -> Result<(), XmatchError> {
    // mark: match-table-names
    files.write(role, &format!("_{role}.csv"), Some(rows as u64), |out| {
        let mut csv = CsvWriter::new(out, columns)?;
        fill(&mut csv)?;
        csv.finish()?;
        Ok(())
    })
}
