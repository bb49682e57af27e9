//! Pixels that no emulsion gives: the fog of a plate alone is thousands of counts.

use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many impossible pixels the digitization of a plate may have. The archive's copies are broken within 6' to 9' of the edge of some plates: 16 to 34 % of
/// the pixels are negative there, 0.0 % in good tiles (poss1-plate-slice, 2026-08: three rim tiles and two centre tiles against two other archives).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrokenParams {
    /// Share of the pixels above which the tile carries a warning (default 0.01).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub warn_fraction: f64,
    /// Share above which the tile is unprocessable (default 0.05).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_fraction: f64,
}

impl Default for BrokenParams {
    fn default() -> Self {
        Self { warn_fraction: 0.01, max_fraction: 0.05 }
    }
}

/// Share of the finite pixels that are 0 or less, or clipped at `ceiling_adu`, the largest value that the file can hold. 0 of none.
pub fn broken_fraction(pixels: &Array2<f32>, ceiling_adu: Option<f64>) -> f64 {
    let ceiling = ceiling_adu.map_or(f32::INFINITY, |ceiling| ceiling as f32);
    let (finite, broken) = pixels
        .iter()
        .filter(|value| value.is_finite())
        .fold((0_u64, 0_u64), |(n, broken), &value| (n + 1, broken + u64::from(value <= 0.0 || value >= ceiling)));
    broken as f64 / finite.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_and_clipped_pixels_are_counted_blank_ones_are_not() {
        let mut pixels = Array2::from_elem((10, 10), 3700.0_f32);
        for (i, value) in [-3700.0, -1.0, 0.0, 32_767.0, f32::NAN].into_iter().enumerate() {
            pixels[(0, i)] = value;
        }
        assert_eq!(broken_fraction(&pixels, Some(32_767.0)), 4.0 / 99.0);
        assert_eq!(broken_fraction(&pixels, None), 3.0 / 99.0, "without a ceiling a bright pixel is a bright pixel");
        assert_eq!(broken_fraction(&Array2::from_elem((2, 2), f32::NAN), None), 0.0);
    }
}
