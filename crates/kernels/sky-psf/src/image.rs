//! The pixels that stars are selected in and fitted to.

use ndarray::ArrayView2;
use sky_stats::NoiseCorrelation;

use crate::PsfError;

/// Standard deviation of the background.
#[derive(Clone, Copy)]
pub enum Noise<'a> {
    /// The same everywhere, ADU.
    Uniform(f64),
    /// One value a pixel, ADU, `[y, x]`.
    Map(ArrayView2<'a, f32>),
    /// The value at a column and row, ADU: of a mesh that is finer nowhere than the sources are apart.
    At(&'a (dyn Fn(usize, usize) -> f32 + Sync)),
}

impl std::fmt::Debug for Noise<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Uniform(sigma_adu) => f.debug_tuple("Uniform").field(sigma_adu).finish(),
            Self::Map(map) => f.debug_tuple("Map").field(&map.dim()).finish(),
            Self::At(_) => f.write_str("At"),
        }
    }
}

/// An image without its background, with noise and mask; all planes `[y, x]` in C order and of one shape.
#[derive(Clone, Copy, Debug)]
pub struct PsfImage<'a> {
    pixels: ArrayView2<'a, f32>,
    mask: Option<ArrayView2<'a, u16>>,
    noise: Noise<'a>,
    gain_e_per_adu: f64,
    correlation: Option<&'a NoiseCorrelation>,
}

impl<'a> PsfImage<'a> {
    /// Pixels above the background in ADU, mask bits (`sky_image::mask_bits`), noise of the background, and electrons per
    /// ADU (0: no photon noise, as SExtractor's GAIN 0). Fails where shapes differ, a plane is not in C order, or the
    /// noise or gain is not a number of at least 0.
    pub fn new(
        pixels: ArrayView2<'a, f32>,
        mask: Option<ArrayView2<'a, u16>>,
        noise: Noise<'a>,
        gain_e_per_adu: f64,
    ) -> Result<Self, PsfError> {
        let argument = |text: &str| Err(PsfError::Argument(text.to_owned()));
        if mask.is_some_and(|mask| mask.dim() != pixels.dim()) {
            return argument("mask and pixels differ in shape");
        }
        if !pixels.is_standard_layout() || mask.is_some_and(|mask| !mask.is_standard_layout()) {
            return argument("pixels and mask must be in C order");
        }
        if !(gain_e_per_adu >= 0.0 && gain_e_per_adu.is_finite()) {
            return argument("the gain must be a number of at least 0");
        }
        match noise {
            Noise::Uniform(sigma) if !(sigma > 0.0 && sigma.is_finite()) => {
                return argument("the noise of the background must be a positive number");
            }
            Noise::Map(map) if map.dim() != pixels.dim() => return argument("noise map and pixels differ in shape"),
            _ => {}
        }
        Ok(Self { pixels, mask, noise, gain_e_per_adu, correlation: None })
    }

    /// The same image with noise that hangs together from pixel to pixel.
    pub const fn with_correlation(self, correlation: Option<&'a NoiseCorrelation>) -> Self {
        Self { correlation, ..self }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.pixels.ncols()
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.pixels.nrows()
    }

    /// How the noise hangs together, where that is known.
    pub(crate) const fn correlation(&self) -> Option<&'a NoiseCorrelation> {
        self.correlation
    }

    /// Photon noise of one ADU of signal in ADU squared: 1 / gain, or 0.
    pub(crate) fn variance_per_adu(&self) -> f64 {
        if self.gain_e_per_adu > 0.0 { 1.0 / self.gain_e_per_adu } else { 0.0 }
    }

    /// The pixel, or `None` outside, under one of `excluded_bits`, or where it is not finite.
    pub(crate) fn pixel(&self, x: i64, y: i64, excluded_bits: u16) -> Option<f32> {
        let (column, row) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        let value = *self.pixels.get((row, column))?;
        let masked = self.mask.is_some_and(|mask| mask[(row, column)] & excluded_bits != 0);
        (value.is_finite() && !masked).then_some(value)
    }

    /// Noise of the background at the pixel nearest to a position inside the image; `None` where it is not positive.
    pub(crate) fn sigma_adu(&self, x_px: f64, y_px: f64) -> Option<f64> {
        let place = |value: f64, size: usize| Some(value.round().clamp(0.0, size.checked_sub(1)? as f64) as usize);
        let (column, row) = (place(x_px, self.width())?, place(y_px, self.height())?);
        let sigma = match self.noise {
            Noise::Uniform(sigma) => sigma,
            Noise::Map(map) => f64::from(map[(row, column)]),
            Noise::At(sigma_adu) => f64::from(sigma_adu(column, row)),
        };
        (sigma > 0.0 && sigma.is_finite()).then_some(sigma)
    }
}
