//! The noise of a pixel.

use sky_stats::{MAD_TO_SIGMA, median_f32};

/// Noise of one pixel in ADU, from the differences of neighbours `step` pixels apart along the rows (2 in a mosaic, where these
/// have one colour): 1.4826 times the median of their absolute values over the root of two. Gradients, nebulae and stars hardly
/// touch it. `None` of fewer than two pixels.
pub fn pixel_noise_adu(rows: &[f32], width: usize, step: usize) -> Option<f64> {
    let mut differences: Vec<f32> = rows
        .chunks(width.max(1))
        .flat_map(|row| row.iter().zip(row.get(step..).unwrap_or_default()).map(|(a, b)| (a - b).abs()))
        .filter(|difference| difference.is_finite())
        .collect();
    median_f32(&mut differences).map(|median| MAD_TO_SIGMA * f64::from(median) * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_told_under_a_gradient_and_between_colours() {
        let noise = test_sky::white_noise(200, 100, 7.0, 5);
        let pixels: Vec<f32> = noise
            .indexed_iter()
            .map(|((y, x), value)| value + 0.5 * x as f32 + if (x + y) % 2 == 0 { 900.0 } else { 100.0 })
            .collect();
        let found = pixel_noise_adu(&pixels, 200, 2).expect("pixels");
        assert!((found / 7.0 - 1.0).abs() < 0.03, "{found}");
    }
}
