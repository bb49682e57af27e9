//! Cutouts: pixels of the sky in greys, stars dark on a light ground as on a plate.

use ndarray::{Array2, ArrayView2};

/// An image of 8-bit greys, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GreyImage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Greys in C order.
    pub pixels: Vec<u8>,
}

/// Values that become white paper and black.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// This and less is white.
    pub low: f64,
    /// This and more is black.
    pub high: f64,
}

/// MAD to standard deviation of a Gaussian: 1 / Phi^-1(3/4).
const MAD_TO_SIGMA: f64 = 1.4826;
/// White is this many standard deviations below the median.
const BELOW_SIGMA: f64 = 2.0;
/// Black is at least this many above it.
const ABOVE_SIGMA: f64 = 10.0;
/// Share of the range that is stretched linearly by the inverse hyperbolic sine (Lupton et al. 2004, PASP 116, 133).
const SOFTENING: f64 = 0.15;
/// Grey of a pixel without a value.
const NO_VALUE: u8 = 0xc8;

impl Stretch {
    /// From the sky's level and scatter and the brightest half percent of the pixels. Without any finite value 0 to 1.
    pub fn of(pixels: ArrayView2<'_, f32>) -> Self {
        let mut values: Vec<f64> = pixels.iter().copied().filter(|v| v.is_finite()).map(f64::from).collect();
        if values.is_empty() {
            return Self { low: 0.0, high: 1.0 };
        }
        values.sort_by(f64::total_cmp);
        let bright = values[(values.len() - 1) * 199 / 200];
        let median = values[values.len() / 2];
        let mut deviations: Vec<f64> = values.iter().map(|v| (v - median).abs()).collect();
        deviations.sort_by(f64::total_cmp);
        let sigma = (MAD_TO_SIGMA * deviations[deviations.len() / 2]).max(1e-6 * median.abs().max(1.0));
        Self { low: median - BELOW_SIGMA * sigma, high: bright.max(median + ABOVE_SIGMA * sigma) }
    }
}

/// The `side` x `side` pixels around a 0-based pixel, NaN where the image ends.
pub fn cut(pixels: ArrayView2<'_, f32>, x_px: f64, y_px: f64, side: usize) -> Array2<f32> {
    let half = (side / 2) as i64;
    let (x0, y0) = (libm::round(x_px) as i64 - half, libm::round(y_px) as i64 - half);
    Array2::from_shape_fn((side, side), |(y, x)| {
        let (Ok(y), Ok(x)) = (usize::try_from(y0 + y as i64), usize::try_from(x0 + x as i64)) else { return f32::NAN };
        pixels.get([y, x]).copied().unwrap_or(f32::NAN)
    })
}

/// Greys of pixels: asinh stretch, stars dark, the first row of the image at the bottom as on the sky.
pub fn grey(pixels: ArrayView2<'_, f32>, stretch: Stretch) -> GreyImage {
    let (height, width) = pixels.dim();
    let full = libm::asinh(1.0 / SOFTENING);
    let shade = |value: f32| {
        if !value.is_finite() {
            return NO_VALUE;
        }
        let share = ((f64::from(value) - stretch.low) / (stretch.high - stretch.low)).clamp(0.0, 1.0);
        libm::round(255.0 * (1.0 - libm::asinh(share / SOFTENING) / full)) as u8
    };
    let pixels =
        (0..height).rev().flat_map(|y| (0..width).map(move |x| [y, x])).map(|index| shade(pixels[index])).collect();
    GreyImage { width, height, pixels }
}

#[cfg(test)]
mod tests {
    use super::{Stretch, cut, grey};
    use ndarray::Array2;

    #[test]
    fn stars_are_dark_and_the_first_row_is_at_the_bottom() {
        let mut pixels = Array2::<f32>::from_shape_fn((20, 20), |(y, x)| 100.0 + ((x * 7 + y * 3) % 5) as f32);
        pixels[[1, 2]] = 5000.0;
        let image = grey(pixels.view(), Stretch::of(pixels.view()));
        assert_eq!(image.pixels[18 * 20 + 2], 0, "the star is black, in the last row but one from the top");
        assert!(image.pixels[0] > 150, "the sky is light");
    }

    #[test]
    fn a_cutout_over_the_edge_has_no_values_there() {
        let pixels = Array2::<f32>::ones((10, 10));
        let part = cut(pixels.view(), 0.2, 9.0, 5);
        assert_eq!(part.iter().filter(|v| v.is_nan()).count(), 25 - 9);
        assert_eq!(part[[2, 2]], 1.0);
    }
}
