//! The table of stars.

use products::frame_metrics::columns::STARS;
use sky_coords::PixelPos;
use sky_metrics::StarShape;
use sky_table::{Cell, CsvWriter};
use step_harness::UnitFiles;

use crate::error::MeasureError;

/// Writes `<frame>_stars.csv`.
pub(crate) fn write(files: &mut UnitFiles, stars: &[StarShape]) -> Result<(), MeasureError> {
    files.write("stars", "_stars.csv", Some(stars.len() as u64), |out| -> Result<(), MeasureError> {
        let mut csv = CsvWriter::new(out, STARS)?;
        for (index, star) in stars.iter().enumerate() {
            let cells: Vec<Cell<'_>> = STARS.iter().map(|column| cell(column.name, index, star)).collect();
            csv.write_row(&cells)?;
        }
        csv.finish()?;
        Ok(())
    })
}

fn cell(column: &str, index: usize, star: &StarShape) -> Cell<'static> {
    let (x, y) = PixelPos::new(star.x_px, star.y_px).to_fits();
    match column {
        "number" => Cell::Integer(Some(index as i64 + 1)),
        "x_image" => Cell::Float(x),
        "y_image" => Cell::Float(y),
        "flux_adu" => Cell::Float(star.flux_adu),
        "peak_adu" => Cell::Float(star.peak_adu),
        "fwhm_px" => Cell::Float(star.fwhm_px),
        "half_flux_radius_px" => Cell::Float(star.half_flux_radius_px),
        "hfr_nina_px" => Cell::Float(star.mean_radius_px),
        "eccentricity" => Cell::Float(star.eccentricity),
        "angle_deg" => Cell::Float(star.angle_deg),
        "saturated" => Cell::Bool(Some(star.saturated)),
        // A column of the registry that this file does not know stays blank.
        _ => Cell::Float(f64::NAN),
    }
}
