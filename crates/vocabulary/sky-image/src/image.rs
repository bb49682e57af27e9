//! An image with its optional mask plane.

use ndarray::Array2;

/// One mask plane, `[y, x]`; bits as in [`crate::mask_bits`].
pub type Mask = Array2<u16>;

/// Pixels `[y, x]` in ADU (or density counts on plates) with an optional mask of the same shape.
#[derive(Clone, Debug)]
pub struct Image {
    /// Pixel values, `[y, x]`.
    pub pixels: Array2<f32>,
    /// Mask bits, `[y, x]`, of the same shape; `None` where nothing is masked.
    pub mask: Option<Mask>,
}

impl Image {
    /// An image without a mask.
    pub const fn new(pixels: Array2<f32>) -> Self {
        Self { pixels, mask: None }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.pixels.ncols()
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.pixels.nrows()
    }
}
