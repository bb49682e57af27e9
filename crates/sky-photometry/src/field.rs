//! The image around a source: whose pixel is it, and what stands in for a pixel that cannot be used.

use ndarray::Array2;

/// Noise of one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation of the sky, ADU.
    pub sky_adu: f64,
    /// Electrons an ADU for the sources' own noise; 0: none.
    pub gain_e_per_adu: f64,
}

/// An image ready for photometry.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Pixels above the background `[y, x]`, ADU; NaN has no data.
    pub pixels: &'a Array2<f32>,
    /// Number of the source that each pixel belongs to, 0 for none; same shape.
    pub owners: &'a Array2<u32>,
}

/// What a sum over pixels finds at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Value, ADU: of the pixel itself, of its mirror image, or zero.
    pub(crate) adu: f64,
    /// Whether the pixel itself could not be used.
    pub(crate) replaced: bool,
}

/// Half-open ranges of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PixelBox {
    pub(crate) x0: usize,
    pub(crate) x1: usize,
    pub(crate) y0: usize,
    pub(crate) y1: usize,
    /// Whether the wanted box reached beyond the image.
    pub(crate) clipped: bool,
}

impl Noise {
    /// Variance of one pixel of `adu` above the background.
    pub(crate) fn variance(self, adu: f64) -> f64 {
        self.sky_variance() + self.source_variance(adu)
    }

    /// Variance of a pixel of the sky.
    pub(crate) fn sky_variance(self) -> f64 {
        self.sky_adu * self.sky_adu
    }

    /// Poisson variance of `adu` of light of a source.
    pub(crate) fn source_variance(self, adu: f64) -> f64 {
        if self.gain_e_per_adu > 0.0 && adu > 0.0 { adu / self.gain_e_per_adu } else { 0.0 }
    }
}

impl Field<'_> {
    /// The value at (x, y) for a source of that number at (centre_x, centre_y).
    #[inline]
    pub(crate) fn sample(&self, x: usize, y: usize, number: u32, centre: (f64, f64)) -> Sample {
        if let Some(value) = self.usable(x, y, number) {
            return Sample { adu: value, replaced: false };
        }
        let mirror_x = (2.0 * centre.0 + 0.499_99 - x as f64) as i64;
        let mirror_y = (2.0 * centre.1 + 0.499_99 - y as f64) as i64;
        let (height, width) = self.pixels.dim();
        let inside = (0..width as i64).contains(&mirror_x) && (0..height as i64).contains(&mirror_y);
        let mirrored = if inside { self.usable(mirror_x as usize, mirror_y as usize, number) } else { None };
        Sample { adu: mirrored.unwrap_or(0.0), replaced: true }
    }

    /// The pixel at (x, y) if it has data and belongs to no other source.
    #[inline]
    pub(crate) fn usable(&self, x: usize, y: usize, number: u32) -> Option<f64> {
        let owner = self.owners[[y, x]];
        let value = self.pixels[[y, x]];
        ((owner == 0 || owner == number) && value.is_finite()).then_some(f64::from(value))
    }

    /// The pixels that an area of the given half width and height around a centre touches.
    pub(crate) fn around(&self, centre: (f64, f64), half_width: f64, half_height: f64) -> PixelBox {
        let (height, width) = self.pixels.dim();
        let span = |centre: f64, half: f64, size: usize| {
            let first = (centre - half + 0.499_999).floor();
            let end = (centre + half + 1.499_999).floor();
            let clipped = first < 0.0 || end > size as f64;
            (first.clamp(0.0, size as f64) as usize, end.clamp(0.0, size as f64) as usize, clipped)
        };
        let (x0, x1, clipped_x) = span(centre.0, half_width, width);
        let (y0, y1, clipped_y) = span(centre.1, half_height, height);
        PixelBox { x0, x1: x1.max(x0), y0, y1: y1.max(y0), clipped: clipped_x || clipped_y }
    }
}
