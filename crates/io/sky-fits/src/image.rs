//! An image in memory, as physical values or as stored.

use ndarray::Array2;
use sky_image::Header;

use crate::{RawPixels, Scaling};

/// An image with the header of its HDU.
#[derive(Clone, Debug)]
pub struct FitsImage {
    /// Header of the HDU; of a compressed image with BITPIX and NAXIS of the image itself.
    pub header: Header,
    /// Physical values `[y, x]`: BZERO and BSCALE applied, BLANK and undefined pixels NaN.
    pub pixels: Array2<f32>,
    /// BITPIX of the file.
    pub bitpix: i64,
    /// 0-based number of the HDU.
    pub hdu_index: usize,
}

/// An image in the pixel type of its file.
#[derive(Clone, Debug)]
pub struct RawImage {
    /// Header of the HDU; of a compressed image with BITPIX and NAXIS of the image itself.
    pub header: Header,
    /// Stored values `[y, x]`.
    pub pixels: RawPixels,
    /// How they become physical values (already applied where the pixels are `U16`).
    pub scaling: Scaling,
    /// 0-based number of the HDU.
    pub hdu_index: usize,
}
