//! What the door to pixels asks of a kind of file.

use std::fmt::Debug;

use ndarray::Array2;
use sky_image::Header;

use crate::window::Window;
use crate::{FitsError, FitsErrorKind, RawPixels, Scaling};

/// What is known of an image before its pixels are read.
#[derive(Clone, Debug)]
pub(crate) struct ImageFacts {
    /// Header of the image: of a compressed one with its own BITPIX and NAXIS.
    pub(crate) header: Header,
    pub(crate) bitpix: i64,
    /// How the raw pixels become physical values.
    pub(crate) scaling: Scaling,
    /// Values of black and white, where the file says them.
    pub(crate) bounds: Option<(f64, f64)>,
    /// `[height, width]` of a plane.
    pub(crate) shape: (usize, usize),
    pub(crate) planes: usize,
    /// 0-based number of the HDU, or of the image in a file without HDUs.
    pub(crate) hdu_index: usize,
}

/// An image of an opened file.
pub(crate) trait PixelSource: Debug + Send + Sync {
    fn facts(&self) -> &ImageFacts;

    /// Physical values of a window; `proves` also holds the sums of the file against what is read, where the window is
    /// the whole plane.
    fn physical(&self, window: &Window, proves: bool) -> Result<Array2<f32>, FitsErrorKind>;

    /// Stored values of a window in their own type; 16-bit ones with BZERO 32768 unsigned.
    fn raw(&self, window: &Window, proves: bool) -> Result<RawPixels, FitsErrorKind>;

    /// Holds what follows the image against the standard.
    fn finish(&self) -> Result<(), FitsError>;

    /// An error of this image.
    fn fail(&self, kind: FitsErrorKind) -> FitsError;
}
