//! Cosmetic defects of a scan: blank pixels, dead and repeated rows and columns. They are flagged; no value is invented.

use ndarray::{Array2, ArrayView1, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::{Mask, mask_bits};
use sky_stats::{MAD_TO_SIGMA, median};

/// Lines on each side whose medians say what a line's median should be.
const NEIGHBOUR_LINES: usize = 4;
/// Fewest finite pixels of a line that can be judged.
const MIN_LINE_PIXELS: usize = 16;

/// When a row or column is a defect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefectParams {
    /// Deviation of a line's median from those of its neighbours that makes it bad, in robust standard deviations over all lines
    /// (default 20: scan seams and dead lines stand out by hundreds, star fields stay below 8 on plate XE486; 0 switches the test off).
    #[schemars(range(min = 0.0, max = 1000.0))]
    pub bad_line_sigma: f64,
}

impl Default for DefectParams {
    fn default() -> Self {
        Self { bad_line_sigma: 20.0 }
    }
}

/// What was flagged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefectCounts {
    /// Pixels that are not finite.
    pub blank_pixels: usize,
    /// Rows of one constant value, equal to the row before, or off their neighbours' level.
    pub bad_rows: usize,
    /// The same of columns.
    pub bad_columns: usize,
}

/// Flags blank pixels as [`mask_bits::NO_DATA`] and defective rows and columns as [`mask_bits::BAD`]; existing bits stay.
pub fn mark_defects(mask: &mut Mask, pixels: &Array2<f32>, params: &DefectParams) -> DefectCounts {
    let mut blank_pixels = 0;
    ndarray::Zip::from(&mut *mask).and(pixels).for_each(|bits, value| {
        if !value.is_finite() {
            *bits |= mask_bits::NO_DATA;
            blank_pixels += 1;
        }
    });
    let [rows, columns] = [Axis(0), Axis(1)].map(|axis| {
        let lines = bad_lines(pixels, axis, params);
        for &line in &lines {
            mask.index_axis_mut(axis, line).mapv_inplace(|bits| bits | mask_bits::BAD);
        }
        lines.len()
    });
    DefectCounts { blank_pixels, bad_rows: rows, bad_columns: columns }
}

fn bad_lines(pixels: &Array2<f32>, axis: Axis, params: &DefectParams) -> Vec<usize> {
    let lines: Vec<ArrayView1<'_, f32>> = pixels.axis_iter(axis).collect();
    let medians: Vec<Option<f64>> = lines.iter().map(|line| line_median(line)).collect();
    let offsets: Vec<Option<f64>> = (0..lines.len()).map(|i| offset_from_neighbours(&medians, i)).collect();
    let mut sizes: Vec<f64> = offsets.iter().flatten().map(|offset| offset.abs()).collect();
    let sigma = median(&mut sizes).map_or(0.0, |mad| MAD_TO_SIGMA * mad);
    let limit = if sigma > 0.0 && params.bad_line_sigma > 0.0 { params.bad_line_sigma * sigma } else { f64::INFINITY };
    (0..lines.len())
        .filter(|&i| medians[i].is_some())
        .filter(|&i| {
            let repeated = i > 0 && lines[i] == lines[i - 1];
            constant(&lines[i]) || repeated || offsets[i].is_some_and(|offset| offset.abs() > limit)
        })
        .collect()
}

fn constant(line: &ArrayView1<'_, f32>) -> bool {
    let mut finite = line.iter().filter(|value| value.is_finite());
    finite.next().is_some_and(|first| finite.all(|value| value == first))
}

fn line_median(line: &ArrayView1<'_, f32>) -> Option<f64> {
    let mut values: Vec<f64> = line.iter().filter(|value| value.is_finite()).map(|&value| f64::from(value)).collect();
    (values.len() >= MIN_LINE_PIXELS).then(|| median(&mut values)).flatten()
}

fn offset_from_neighbours(medians: &[Option<f64>], i: usize) -> Option<f64> {
    let around = i.saturating_sub(NEIGHBOUR_LINES)..(i + NEIGHBOUR_LINES + 1).min(medians.len());
    let mut others: Vec<f64> = around.filter(|&j| j != i).filter_map(|j| medians[j]).collect();
    Some(medians[i]? - median(&mut others)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise() -> Array2<f32> {
        test_sky::white_noise(64, 48, 250.0, 7) + 4_000.0
    }

    fn defects(pixels: &Array2<f32>) -> (Mask, DefectCounts) {
        let mut mask = Mask::zeros(pixels.dim());
        let counts = mark_defects(&mut mask, pixels, &DefectParams::default());
        (mask, counts)
    }

    #[test]
    fn noise_has_no_defect() {
        let (mask, counts) = defects(&noise());
        assert_eq!(counts, DefectCounts::default());
        assert!(mask.iter().all(|&bits| bits == 0), "no bit is set");
    }

    #[test]
    fn dead_repeated_and_shifted_lines_are_flagged() {
        let mut pixels = noise();
        pixels.row_mut(10).fill(0.0);
        let before = pixels.row(20).to_owned();
        pixels.row_mut(21).assign(&before);
        pixels.column_mut(5).mapv_inplace(|value| value + 5_000.0);
        let (mask, counts) = defects(&pixels);
        assert_eq!(counts, DefectCounts { blank_pixels: 0, bad_rows: 2, bad_columns: 1 });
        for place in [(10, 30), (21, 30), (40, 5)] {
            assert_eq!(mask[place], mask_bits::BAD, "at {place:?}");
        }
        assert_eq!(mask[(20, 30)], 0, "the first of two equal rows is the true one");
    }

    #[test]
    fn blank_pixels_are_without_data_and_nothing_else() {
        let mut pixels = noise();
        pixels[(3, 4)] = f32::NAN;
        let (mask, counts) = defects(&pixels);
        assert_eq!(counts, DefectCounts { blank_pixels: 1, ..DefectCounts::default() });
        assert_eq!(mask[(3, 4)], mask_bits::NO_DATA);
    }

    #[test]
    fn a_frame_of_one_value_is_all_bad() {
        let (_, counts) = defects(&Array2::from_elem((20, 30), 7.0));
        assert_eq!((counts.bad_rows, counts.bad_columns), (20, 30));
    }
}
