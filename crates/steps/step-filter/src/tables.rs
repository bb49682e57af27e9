//! The two tables of a tile: kept and dropped.

use products::candidate_table::columns::COLUMNS;
use products::{RowClass, RowState, VetoStatus};
use sky_candidates::{DetectionRow, JudgeParams, Moved, NearStar, Verdict};
use sky_table::{Cell, CsvWriter};
use step_harness::UnitFiles;

use crate::FilterError;
use crate::movers::Mover;
use crate::rows::{Beside, Judged};

/// `<tile>_kept.csv` and `<tile>_dropped.csv`, in the order of the catalogue: every detection stands in one of them.
pub(crate) fn write(
    files: &mut UnitFiles,
    unit: &str,
    is_complete: bool,
    judged: &Judged,
    verdict: &Verdict,
    movers: &[Option<Mover>],
    params: &JudgeParams,
) -> Result<(), FilterError> {
    for state in RowState::ALL {
        let (role, is_kept) = (state.name(), state == RowState::Kept);
        let chosen: Vec<usize> = (0..judged.rows.len()).filter(|&i| verdict.reasons[i].is_empty() == is_kept).collect();
        files.write(role, &format!("_{role}.csv"), Some(chosen.len() as u64), |out| -> Result<(), FilterError> {
            let mut csv = CsvWriter::new(out, COLUMNS)?;
            for &i in &chosen {
                let reasons = verdict.reasons[i].iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
                let mover = movers[i].as_ref();
                let row = Row { unit, is_complete, reasons: &reasons, judged, verdict, mover, params, index: i };
                csv.write_row(&row.cells())?;
            }
            csv.finish()?;
            Ok(())
        })?;
    }
    Ok(())
}

/// One row on its way into a table.
struct Row<'a> {
    unit: &'a str,
    is_complete: bool,
    reasons: &'a str,
    judged: &'a Judged,
    verdict: &'a Verdict,
    mover: Option<&'a Mover>,
    params: &'a JudgeParams,
    index: usize,
}

impl<'a> Row<'a> {
    /// What a kept row counts as; `None` for a dropped one.
    fn class(&self) -> Option<RowClass> {
        match (self.reasons.is_empty(), self.is_complete, self.mover) {
            (false, ..) => None,
            (true, _, Some(_)) => Some(RowClass::Moved),
            (true, true, None) => Some(RowClass::Candidate),
            (true, false, None) => Some(RowClass::Unconfirmed),
        }
    }

    /// The cells in the order of [`COLUMNS`].
    fn cells(&self) -> Vec<Cell<'a>> {
        COLUMNS.iter().map(|column| self.cell(column.name)).collect()
    }

    fn cell(&self, column: &str) -> Cell<'a> {
        let (row, beside): (&DetectionRow, &Beside) = (&self.judged.rows[self.index], &self.judged.beside[self.index]);
        let (fits_x, fits_y) = beside.pixel.to_fits();
        let plate = beside.plate_mm.unwrap_or((f64::NAN, f64::NAN));
        let star = |star: Option<NearStar>| star.map_or((f64::NAN, f64::NAN), |s| (s.mag, s.separation_arcsec));
        let edge = beside.edge;
        let nearest = |name: &str| Cell::Float(beside.nearest.get(name).map_or(f64::NAN, |nearest| nearest.0));
        let moved = |of: fn(&Moved) -> f64| Cell::Float(self.mover.map_or(f64::NAN, |mover| of(&mover.found)));
        match column {
            "unit" => Cell::Text(self.unit),
            "number" => Cell::Integer(Some(i64::from(row.number))),
            "is_candidate" => Cell::Bool(Some(self.class() == Some(RowClass::Candidate))),
            "class" => Cell::Text(self.class().map_or("", RowClass::name)),
            "veto_status" => Cell::Text(VetoStatus::of(self.is_complete).name()),
            "reasons" => Cell::Text(self.reasons),
            "ra_deg" => Cell::Float(beside.position.ra_deg),
            "dec_deg" => Cell::Float(beside.position.dec_deg),
            "astrometric_solution" => Cell::Text(&self.judged.solution),
            "x_image" => Cell::Float(fits_x),
            "y_image" => Cell::Float(fits_y),
            "plate_id" => Cell::Text(&self.judged.plate_id),
            "plate_x_mm" => Cell::Float(plate.0),
            "plate_y_mm" => Cell::Float(plate.1),
            "mjd_mid" => Cell::Float(self.judged.mjd_mid),
            // SExtractor writes 99 where there is no flux.
            "mag_auto_instrumental" => {
                Cell::Float(if beside.mag_auto >= products::source_catalog::columns::NO_MAGNITUDE {
                    f64::NAN
                } else {
                    beside.mag_auto
                })
            }
            "snr_win" => Cell::Float(row.snr_win),
            "fwhm_image_px" => Cell::Float(row.fwhm_px),
            "elongation" => Cell::Float(row.elongation),
            "spread_model" => Cell::Float(row.spread_model),
            "spread_model_err" => Cell::Float(beside.spread_model_err),
            "flags" => Cell::Integer(Some(i64::from(row.flags))),
            "mask_bits" => Cell::Integer(Some(i64::from(row.mask_bits))),
            "masked" => Cell::Bool(Some(row.mask_bits & self.params.mask_bits != 0)),
            "x_extent_px" => Cell::Float(row.extent.x_px),
            "y_extent_px" => Cell::Float(row.extent.y_px),
            "edge_distance_px" => Cell::Float(edge.map_or(f64::NAN, |edge| edge.px)),
            "edge_distance_arcsec" => Cell::Float(edge.map_or(f64::NAN, |edge| edge.arcsec)),
            "is_core" => Cell::Bool(edge.map(|edge| edge.is_core)),
            "fwhm_ratio" => Cell::Float(beside.fwhm_ratio),
            "spread_z" => Cell::Float(self.verdict.statistics.star_spread.z(row.spread_model)),
            "is_star" => Cell::Bool(Some(row.is_star)),
            "hires" => Cell::Bool(self.judged.hires),
            "spike_star_mag" => Cell::Float(star(row.spikes.line).0),
            "spike_separation_arcsec" => Cell::Float(star(row.spikes.line).1),
            "bright_star_mag" => Cell::Float(star(row.spikes.constant).0),
            "bright_star_separation_arcsec" => Cell::Float(star(row.spikes.constant).1),
            "gaia_separation_arcsec" => nearest("gaia"),
            "ps1_separation_arcsec" => nearest("ps1"),
            "usnob_separation_arcsec" => nearest("usnob"),
            "usnob_separation_by_motion_arcsec" => {
                Cell::Float(beside.by_motion.get("usnob").copied().unwrap_or(f64::NAN))
            }
            "moved_catalog" => Cell::Text(self.mover.map_or("", |mover| &mover.catalog)),
            "moved_id" => Cell::Text(self.mover.map_or("", |mover| &mover.id)),
            "moved_separation_arcsec" => moved(|found| found.separation_arcsec),
            "moved_motion_mas_yr" => moved(|found| found.motion_mas_yr),
            "moved_chance" => moved(|found| found.chance),
            "chance_of_veto" => Cell::Float(beside.chance_of_veto),
            // A column that products declares and this step does not know would be a hole in the table.
            unknown => unreachable!("column {unknown} is declared and not written"),
        }
    }
}
