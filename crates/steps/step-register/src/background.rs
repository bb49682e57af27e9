//! The gradient of a frame's sky.

use camera_frames::{FrameOpenError, Frames};
use products::FrameSet;
use products::facts::{BackgroundPlane, PixelLayout};
use sky_camera::frame::Want;
use sky_image::Colour;
use sky_metrics::SkyPlane;
use sky_stats::median_f32;
use step_contract::DoneUnit;

use crate::error::RegisterError;

/// Cells along x and y.
const CELLS: (usize, usize) = (16, 12);
/// Rows that are read of each row of cells: pairs, so that both rows of a mosaic are among them.
const ROWS_OF_CELL: usize = 16;

/// The planes of a frame's sky, one, or those of red, green and blue; none where the cells tell no plane.
pub(crate) fn planes(opener: &Frames, frame: &DoneUnit<'_, FrameSet>) -> Result<Vec<BackgroundPlane>, RegisterError> {
    let facts = frame.facts();
    let layout = facts.calibration.as_ref().map(|calibration| calibration.layout);
    let pattern = facts.camera.as_ref().and_then(|camera| camera.bayer).filter(|_| layout == Some(PixelLayout::Cfa));
    let colours = if pattern.is_some() { 3 } else { 1 };
    let open = opener.open(frame, None)?;
    let (height, width) = open.reader.shape();
    let mut cells: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); colours];
    for row in 0..CELLS.1 {
        let (top, bottom) = (row * height / CELLS.1, (row + 1) * height / CELLS.1);
        let first = (top + bottom).saturating_sub(ROWS_OF_CELL) / 2;
        let rows = first..(first + ROWS_OF_CELL).min(height);
        let read = open.reader.read(rows.clone(), 0..width, Want::Sensor);
        let read = read.map_err(|error| FrameOpenError::of(frame.id(), error))?;
        for column in 0..CELLS.0 {
            let columns = column * width / CELLS.0..(column + 1) * width / CELLS.0;
            let mut samples: Vec<Vec<f32>> = vec![Vec::new(); colours];
            for (line, y) in read.planes[0].chunks(width).zip(rows.clone()) {
                for x in columns.clone() {
                    let place = match pattern.map(|bayer| bayer.pattern.colour(x, y)) {
                        None | Some(Colour::Red) => 0,
                        Some(Colour::Green) => 1,
                        Some(Colour::Blue) => 2,
                    };
                    if line[x].is_finite() {
                        samples[place].push(line[x]);
                    }
                }
            }
            let centre = (0.5 * (columns.start + columns.end) as f64 - 0.5, 0.5 * (rows.start + rows.end) as f64 - 0.5);
            for (cells, sample) in cells.iter_mut().zip(&mut samples) {
                cells.extend(median_f32(sample).map(|level| (centre.0, centre.1, f64::from(level))));
            }
        }
    }
    let planes: Option<Vec<SkyPlane>> = cells.iter().map(|cells| SkyPlane::through(cells)).collect();
    let named = |plane: SkyPlane| BackgroundPlane {
        level_adu: plane.level_adu,
        slope_x_adu_per_px: plane.slope_x_adu_per_px,
        slope_y_adu_per_px: plane.slope_y_adu_per_px,
    };
    Ok(planes.unwrap_or_default().into_iter().map(named).collect())
}
