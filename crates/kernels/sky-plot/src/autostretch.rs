//! Stretched pictures of linear images, stars bright on a dark sky.

use crate::raster::{PlotError, encode};

/// An image of 8-bit red, green and blue, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColourImage {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Red, green, blue of each pixel in C order.
    pub pixels: Vec<u8>,
}

impl ColourImage {
    /// The image as PNG.
    ///
    /// # Errors
    /// Where the encoder refuses it.
    pub fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        encode(self.width as u32, self.height as u32, png::ColorType::Rgb, &self.pixels)
    }
}

/// Black is this many scatters (1.4826 MAD) below the median (PixInsight's and Siril's automatic stretch).
const SHADOWS_SIGMA: f64 = 2.8;
/// MAD to standard deviation of a Gaussian: 1 / Phi^-1(3/4).
const MAD_TO_SIGMA: f64 = 1.4826;

/// The midtones transfer function: 0 stays 0, 1 stays 1, `balance` becomes 0.5.
pub fn midtones(value: f64, balance: f64) -> f64 {
    if value <= 0.0 {
        0.0
    } else if value >= 1.0 {
        1.0
    } else {
        (balance - 1.0) * value / ((2.0 * balance - 1.0) * value - balance)
    }
}

/// The values of a plane as 8-bit greys: the median becomes `target` (0.25 in PixInsight and Siril), black is 2.8 scatters below it.
/// The range of the finite values is taken for 0 to 1; values that are not finite are black.
pub fn autostretch(values: &[f32], target: f64) -> Vec<u8> {
    let mut finite: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if finite.is_empty() {
        return vec![0; values.len()];
    }
    finite.sort_unstable_by(f32::total_cmp);
    let (low, high) = (f64::from(finite[0]), f64::from(finite[finite.len() - 1]));
    let range = if high > low { high - low } else { 1.0 };
    let middle = finite[finite.len() / 2];
    let mut deviations: Vec<f32> = finite.iter().map(|value| (value - middle).abs()).collect();
    deviations.sort_unstable_by(f32::total_cmp);
    let (median, mad) = ((f64::from(middle) - low) / range, f64::from(deviations[deviations.len() / 2]) / range);
    let black = (median - SHADOWS_SIGMA * MAD_TO_SIGMA * mad).clamp(0.0, 1.0);
    let balance = midtones(median - black, target);
    let grey = |value: &f32| {
        if !value.is_finite() {
            return 0;
        }
        let share = ((f64::from(*value) - low) / range - black) / (1.0 - black).max(f64::MIN_POSITIVE);
        (255.0 * midtones(share, balance) + 0.5) as u8
    };
    values.iter().map(grey).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midtones_have_the_values_of_the_formula() {
        for (balance, value, expected) in
            [(0.25, 0.1, 0.25), (0.1, 0.01, 0.083_333), (0.6, 0.5, 0.4), (0.9, 0.5, 0.1), (0.5, 0.5, 0.5)]
        {
            assert!((midtones(value, balance) - expected).abs() < 1e-6, "m({balance}, {value})");
        }
    }

    #[test]
    fn the_sky_takes_the_target_and_a_star_is_white() {
        let mut values: Vec<f32> = (0..1000).map(|i| 100.0 + (i * 37 % 11) as f32 - 5.0).collect();
        values.extend([60_000.0, f32::NAN]);
        let greys = autostretch(&values, 0.25);
        let sky: f64 = greys[..1000].iter().map(|grey| f64::from(*grey)).sum::<f64>() / 1000.0;
        assert!((sky / 255.0 - 0.25).abs() < 0.03, "{sky}");
        assert_eq!(greys[1000..], [255, 0]);
    }
}
