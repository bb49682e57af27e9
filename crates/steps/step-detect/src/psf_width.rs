//! Width of the PSF model at each source.

use ndarray::Array2;
use sky_catalog::Source;
use sky_coords::PixelPos;
use sky_psf::PsfModel;

/// Nodes of the grid on which the width is computed, along x and along y. The width of a model of degree 2 or 3 is smooth:
/// between nodes it is interpolated.
const NODES: usize = 9;

/// Fills FWHMPSF_IMAGE of all sources of an image of that size.
pub(crate) fn fill_psf_width(sources: &mut [Source], model: &PsfModel, width: usize, height: usize) {
    let step = |size: usize| (size.max(2) - 1) as f64 / (NODES - 1) as f64;
    let (step_x, step_y) = (step(width), step(height));
    let place = |row: usize, column: usize| PixelPos::new(column as f64 * step_x, row as f64 * step_y);
    let nodes = Array2::from_shape_fn((NODES, NODES), |(row, column)| model.fwhm_px(place(row, column)));
    for source in sources {
        let fwhm_px = interpolated(&nodes, source.x_px / step_x, source.y_px / step_y);
        source.psf_fwhm_px = Some(fwhm_px).filter(|fwhm_px| fwhm_px.is_finite());
    }
}

/// Bilinear interpolation at (x, y) in units of the nodes.
fn interpolated(nodes: &Array2<f64>, x: f64, y: f64) -> f64 {
    let cell = |at: f64| {
        let low = (at.max(0.0) as usize).min(NODES - 2);
        (low, at - low as f64)
    };
    let ((column, dx), (row, dy)) = (cell(x), cell(y));
    let along = |row: usize| (1.0 - dx) * nodes[[row, column]] + dx * nodes[[row, column + 1]];
    (1.0 - dy) * along(row) + dy * along(row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_interpolated_exactly() {
        let nodes = Array2::from_shape_fn((NODES, NODES), |(row, column)| 2.0 + 0.1 * column as f64 + 0.2 * row as f64);
        for (x, y) in [(0.0, 0.0), (3.3, 4.7), (8.0, 8.0), (7.99, 0.5)] {
            let expected = 2.0 + 0.1 * x + 0.2 * y;
            assert!((interpolated(&nodes, x, y) - expected).abs() < 1e-12, "at ({x}, {y})");
        }
    }
}
