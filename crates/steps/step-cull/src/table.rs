//! The table of frames.

use products::selection_set::columns::FRAMES;
use products::selection_set::reasons_text;
use sky_table::{Cell, CsvWriter};
use step_harness::UnitFiles;

use crate::error::CullError;
use crate::frame::Frame;

/// Writes `<group>_frames.csv`.
pub(crate) fn write(files: &mut UnitFiles, frames: &[Frame<'_>], reference: Option<usize>) -> Result<(), CullError> {
    files.write("frames", "_frames.csv", Some(frames.len() as u64), |out| -> Result<(), CullError> {
        let mut csv = CsvWriter::new(out, FRAMES)?;
        for (at, frame) in frames.iter().enumerate() {
            let reasons = reasons_text(&frame.reasons);
            let cells: Vec<Cell<'_>> =
                FRAMES.iter().map(|column| cell(column.name, frame, &reasons, reference == Some(at))).collect();
            csv.write_row(&cells)?;
        }
        csv.finish()?;
        Ok(())
    })
}

fn cell<'a>(column: &str, frame: &'a Frame<'_>, reasons: &'a str, is_reference: bool) -> Cell<'a> {
    let facts = frame.facts;
    let quality = facts.filter(|_| frame.has_picture()).map(|facts| &facts.quality);
    let number = |value: Option<f64>| Cell::Float(value.unwrap_or(f64::NAN));
    let matched = frame.matched.as_ref();
    let start = facts.and_then(|facts| facts.time.as_ref()?.start_utc.as_deref()).unwrap_or_default();
    let shift = || {
        let facts = facts?;
        let centre = (0.5 * (facts.width_px as f64 - 1.0), 0.5 * (facts.height_px as f64 - 1.0));
        let (x, y) = matched?.to_frame.apply(centre.0, centre.1);
        Some((x - centre.0, y - centre.1))
    };
    match column {
        "unit" => Cell::Text(frame.unit),
        "kept" => Cell::Bool(Some(frame.is_kept())),
        "reasons" => Cell::Text(reasons),
        "is_reference" => Cell::Bool(Some(is_reference)),
        "start_utc" => Cell::Text(start),
        "exposure_s" => number(facts.and_then(|facts| facts.exposure.as_ref()?.exposure_s)),
        "star_count" => Cell::Integer(quality.map(|quality| quality.star_count as i64)),
        "fwhm_px" => number(quality.and_then(|quality| quality.fwhm_px)),
        "half_flux_radius_px" => number(quality.and_then(|quality| quality.half_flux_radius_px)),
        "hfr_nina_px" => number(quality.and_then(|quality| quality.hfr_nina_px)),
        "eccentricity" => number(quality.and_then(|quality| quality.eccentricity)),
        "background_adu" => number(quality.and_then(|quality| quality.background_adu)),
        "noise_adu" => number(quality.and_then(|quality| quality.noise_adu)),
        "trail_count" => Cell::Integer(facts.filter(|_| quality.is_some()).map(|facts| facts.trail_count as i64)),
        "transparency" => number(matched.and_then(|matched| matched.transparency)),
        "matched_star_count" => Cell::Integer(matched.map(|matched| matched.n_matched as i64)),
        "occluded_fraction" => number(matched.and_then(|matched| matched.occluded_fraction)),
        "weighted_fwhm_px" => number(matched.map(|matched| matched.weighted_fwhm_px)),
        "shift_x_px" => number(shift().map(|(x, _)| x)),
        "shift_y_px" => number(shift().map(|(_, y)| y)),
        "rotation_deg" => number(matched.map(|matched| matched.to_frame.rotation_deg())),
        // A column of the registry that this file does not know stays blank.
        _ => Cell::Float(f64::NAN),
    }
}
