//! Convolution of rows with a small kernel.

use ndarray::{Array2, ArrayView2};

/// A normalised kernel; without one the image stays as it is. Its centre is the element of index size / 2 (0-based) in each
/// direction, as SExtractor has it for even sizes too.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    kernel: Array2<f32>,
}

/// A kernel that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Rows of different length.
    #[error("the filter kernel has {rows} rows of {columns:?} columns; they must be equally long")]
    Shape {
        /// Rows.
        rows: usize,
        /// Columns of each row.
        columns: Vec<usize>,
    },
    /// The values cannot be normalised.
    #[error(
        "the filter kernel sums to zero or holds a value that is not finite; it must have a finite sum other than 0"
    )]
    Sum,
}

impl Filter {
    /// The kernel with these rows, normalised by its sum (by the sum of its absolute values where it has negative ones, as
    /// SExtractor does for NORM); no rows: no filter.
    pub fn new(rows: &[Vec<f64>]) -> Result<Self, FilterError> {
        if rows.is_empty() {
            return Ok(Self { kernel: Array2::from_elem((1, 1), 1.0) });
        }
        let width = rows[0].len();
        let rectangle = rows.iter().all(|row| row.len() == width);
        if !rectangle || width == 0 {
            return Err(FilterError::Shape { rows: rows.len(), columns: rows.iter().map(Vec::len).collect() });
        }
        let sum: f64 = rows.iter().flatten().map(|value| value.abs()).sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(FilterError::Sum);
        }
        Ok(Self { kernel: Array2::from_shape_fn((rows.len(), width), |(y, x)| (rows[y][x] / sum) as f32) })
    }

    /// Whether the image stays as it is.
    pub fn is_identity(&self) -> bool {
        self.kernel.len() == 1
    }

    /// The filtered rows `first..first + out.nrows()` of the image; beyond the image and where a pixel is not finite its value
    /// counts as zero, and such pixels themselves become NaN: they are no detection.
    pub fn apply(&self, image: ArrayView2<'_, f32>, first: usize, out: &mut Array2<f32>) {
        let (height, width) = image.dim();
        let (half_y, half_x) = (self.kernel.nrows() / 2, self.kernel.ncols() / 2);
        let from = first.saturating_sub(half_y);
        let to = (first + out.nrows() + half_y).min(height);
        let mut rows: Vec<f32> = Vec::with_capacity((to - from) * (width + 2 * half_x));
        let mut complete = true;
        for y in from..to {
            let row = image.row(y);
            rows.resize(rows.len() + half_x, 0.0);
            for value in row {
                complete &= value.is_finite();
                rows.push(if value.is_finite() { *value } else { 0.0 });
            }
            rows.resize(rows.len() + half_x, 0.0);
        }
        let padded = width + 2 * half_x;
        for (offset, mut target) in out.rows_mut().into_iter().enumerate() {
            let y = first + offset;
            let Some(target) = target.as_slice_mut() else { continue };
            target.fill(0.0);
            for (kernel_y, taps) in self.kernel.rows().into_iter().enumerate() {
                let Some(source_y) = (y + kernel_y).checked_sub(half_y).filter(|row| *row < height) else { continue };
                let source = &rows[(source_y - from) * padded..][..padded];
                for (shift, &tap) in taps.iter().enumerate() {
                    for (sum, value) in target.iter_mut().zip(&source[shift..shift + width]) {
                        *sum += tap * value;
                    }
                }
            }
            if !complete {
                for (sum, value) in target.iter_mut().zip(image.row(y)) {
                    if !value.is_finite() {
                        *sum = f32::NAN;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_the_kernel_and_borders_lose_what_falls_outside() {
        let filter = Filter::new(&[vec![1.0, 2.0, 1.0], vec![2.0, 4.0, 2.0], vec![1.0, 2.0, 1.0]]).expect("a kernel");
        let mut image = Array2::zeros((5, 5));
        image[[2, 2]] = 16.0;
        image[[0, 0]] = 16.0;
        let mut out = Array2::zeros((5, 5));
        filter.apply(image.view(), 0, &mut out);
        assert_eq!(out.row(2).to_vec(), [0.0, 2.0, 4.0, 2.0, 0.0]);
        assert_eq!((out[[0, 0]], out[[0, 1]], out[[1, 1]]), (4.0, 2.0, 2.0), "1 of each point");
        let mut strip = Array2::zeros((2, 5));
        filter.apply(image.view(), 1, &mut strip);
        assert_eq!(strip, out.slice(ndarray::s![1..3, ..]), "strips are the same as the whole");
    }

    #[test]
    fn a_missing_pixel_counts_as_zero_and_is_no_detection() {
        let filter = Filter::new(&[vec![1.0, 1.0, 1.0]]).expect("a kernel");
        let image = ndarray::array![[3.0_f32, f32::NAN, 3.0]];
        let mut out = Array2::zeros((1, 3));
        filter.apply(image.view(), 0, &mut out);
        assert!(out[[0, 1]].is_nan(), "no data");
        assert!((out[[0, 0]] - 1.0).abs() < 1e-6, "3 of three");
    }

    #[test]
    fn kernels_that_are_none_are_refused() {
        assert!(matches!(Filter::new(&[vec![]]), Err(FilterError::Shape { .. })));
        assert!(matches!(Filter::new(&[vec![1.0], vec![1.0, 2.0], vec![1.0]]), Err(FilterError::Shape { .. })));
        assert!(matches!(Filter::new(&[vec![0.0]]), Err(FilterError::Sum)));
    }

    /// The tap at index size / 2 falls on the pixel itself: SExtractor 2.25 on a point and this kernel.
    #[test]
    fn an_even_kernel_is_centred_on_the_element_behind_its_middle() {
        let filter = Filter::new(&[vec![1.0, 2.0], vec![3.0, 4.0]]).expect("a kernel");
        let mut image = Array2::zeros((4, 4));
        image[[2, 2]] = 10.0;
        let mut out = Array2::zeros((4, 4));
        filter.apply(image.view(), 0, &mut out);
        assert_eq!((out[[2, 2]], out[[2, 3]], out[[3, 2]], out[[3, 3]]), (4.0, 3.0, 2.0, 1.0));
    }
}
