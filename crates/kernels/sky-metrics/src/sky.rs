//! Level and scatter of the sky in cells.

use sky_stats::{MAD_TO_SIGMA, median, median_f32};

/// Pixels of one cell that are looked at: every cell of 64 x 64 gives 1 in 16.
const STRIDE: usize = 4;

/// The sky of a frame, cell by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Sky {
    /// Cells along x.
    pub columns: usize,
    /// Cells along y.
    pub rows: usize,
    /// Side of a cell in pixels.
    pub cell_px: usize,
    /// Level of each cell in ADU; NaN where a cell has no datum.
    pub level_adu: Vec<f32>,
    /// Scatter of a pixel in each cell, in ADU.
    pub scatter_adu: Vec<f32>,
    /// Median level of the cells in ADU.
    pub median_level_adu: f64,
    /// Median scatter of the cells in ADU.
    pub median_scatter_adu: f64,
}

impl Sky {
    /// Index of the cell of a pixel.
    #[inline(always)]
    pub fn cell(&self, x: usize, y: usize) -> usize {
        (y / self.cell_px).min(self.rows - 1) * self.columns + (x / self.cell_px).min(self.columns - 1)
    }
}

/// The sky of a frame: in each cell the median of a sample of pixels and, below it, the scatter from the median of the
/// deviations of the fainter half, which stars do not touch. `None` where no cell has a datum.
pub fn measure_sky(pixels: &[f32], width: usize, cell_px: usize) -> Option<Sky> {
    let height = pixels.len().checked_div(width)?;
    let cell_px = cell_px.max(STRIDE);
    let (columns, rows) = ((width / cell_px).max(1), (height / cell_px).max(1));
    let mut level_adu = Vec::with_capacity(columns * rows);
    let mut scatter_adu = Vec::with_capacity(columns * rows);
    let mut sample = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let end =
                |index: usize, count: usize, size: usize| if index + 1 == count { size } else { (index + 1) * cell_px };
            sample.clear();
            for y in (row * cell_px..end(row, rows, height)).step_by(STRIDE) {
                let line = &pixels[y * width..(y + 1) * width];
                // Neighbouring rows look at other columns, so that a bad column does not weigh more than others.
                let first = column * cell_px + (y / STRIDE) % STRIDE;
                let last = end(column, columns, width);
                sample.extend((first..last).step_by(STRIDE).map(|x| line[x]).filter(|value| value.is_finite()));
            }
            let level = median_f32(&mut sample).unwrap_or(f32::NAN);
            let mut below: Vec<f32> =
                sample.iter().filter(|value| **value <= level).map(|value| level - value).collect();
            level_adu.push(level);
            scatter_adu.push(median_f32(&mut below).map_or(f32::NAN, |deviation| MAD_TO_SIGMA as f32 * deviation));
        }
    }
    let middle = |values: &[f32]| {
        let mut finite: Vec<f64> =
            values.iter().filter(|value| value.is_finite()).map(|&value| f64::from(value)).collect();
        median(&mut finite)
    };
    let median_level_adu = middle(&level_adu)?;
    let median_scatter_adu = middle(&scatter_adu)?;
    Some(Sky { columns, rows, cell_px, level_adu, scatter_adu, median_level_adu, median_scatter_adu })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_and_its_noise_are_followed() {
        let (width, height) = (256, 192);
        let mut state = 5_u64;
        let mut noise = || {
            let mut sum = 0.0_f32;
            for _ in 0..4 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum += (state >> 40) as f32 / 16_777_216.0;
            }
            (sum - 2.0) * 1.732
        };
        let pixels: Vec<f32> = (0..width * height).map(|i| 500.0 + (i % width) as f32 + 10.0 * noise()).collect();
        let sky = measure_sky(&pixels, width, 64).expect("pixels");
        assert_eq!((sky.columns, sky.rows), (4, 3));
        for column in 0..4 {
            let expected = 500.0 + 64.0 * column as f32 + 31.5;
            assert!((sky.level_adu[column] - expected).abs() < 4.0, "{column}: {}", sky.level_adu[column]);
        }
        assert!(measure_sky(&[f32::NAN; 64], 8, 4).is_none());
    }
}
