//! What gives rectangles of pixels: a file that is open, or an array.

use std::convert::Infallible;
use std::ops::Range;

use ndarray::{Array2, s};

/// An image of which rectangles are read. The doors to files implement it, so that a kernel can be given a reader and knows no
/// file; threads may share one.
pub trait Rectangles: Send + Sync {
    /// Why pixels could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Rows and columns, `(height, width)` as of the arrays.
    fn shape(&self) -> (usize, usize);

    /// Physical values of these rows and columns (0-based), NaN where there is no datum.
    ///
    /// # Errors
    /// Where the rectangle lies outside the image, or its pixels cannot be read.
    fn rectangle(&self, rows: Range<usize>, columns: Range<usize>) -> Result<Array2<f32>, Self::Error>;
}

/// An array has no way to fail but a rectangle outside of it, which is a mistake of the caller.
impl Rectangles for Array2<f32> {
    type Error = Infallible;

    fn shape(&self) -> (usize, usize) {
        self.dim()
    }

    fn rectangle(&self, rows: Range<usize>, columns: Range<usize>) -> Result<Array2<f32>, Infallible> {
        Ok(self.slice(s![rows, columns]).to_owned())
    }
}
