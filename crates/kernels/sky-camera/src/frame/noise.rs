//! The noise of a pixel.

use sky_stats::{MAD_TO_SIGMA, median_f32};

/// Differences beyond this many scatters are stars, edges and cosmic rays. A Gaussian cut there keeps 99.95 % of its scatter.
const CLIP_SIGMA: f32 = 4.0;

/// Noise of one pixel in ADU, from the differences of neighbours `step` pixels apart along the rows (2 in a mosaic, where these
/// have one colour): see [`difference_noise_adu`]. `None` of fewer than two pixels.
pub fn pixel_noise_adu(rows: &[f32], width: usize, step: usize) -> Option<f64> {
    let of_row =
        |row: &[f32]| -> Vec<f32> { row.iter().zip(row.get(step..).unwrap_or_default()).map(|(a, b)| a - b).collect() };
    difference_noise_adu(rows.chunks(width.max(1)).flat_map(of_row).collect())
}

/// Noise of one of two values from their differences: the root of the mean square of those within four scatters (1.4826 times the
/// median of their absolute values), over the root of two. Gradients, nebulae and stars hardly touch it, nor the steps of a camera
/// of 12 bits, of which a median alone would give multiples. `None` where no difference is finite.
pub fn difference_noise_adu(mut differences: Vec<f32>) -> Option<f64> {
    differences.retain(|difference| difference.is_finite());
    let mut sizes: Vec<f32> = differences.iter().map(|difference| difference.abs()).collect();
    let limit = CLIP_SIGMA * MAD_TO_SIGMA as f32 * median_f32(&mut sizes)?;
    let (mut squares, mut count) = (0.0, 0_u64);
    for difference in differences.iter().filter(|difference| difference.abs() <= limit) {
        squares += f64::from(*difference) * f64::from(*difference);
        count += 1;
    }
    Some((squares / count.max(1) as f64).sqrt() * std::f64::consts::FRAC_1_SQRT_2)
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

    #[test]
    fn steps_of_a_camera_do_not_make_the_noise_a_multiple_of_them() {
        let noise = test_sky::white_noise(300, 200, 28.0, 7);
        let stepped: Vec<f32> = noise.iter().map(|value| (value / 16.0).round() * 16.0).collect();
        let found = pixel_noise_adu(&stepped, 300, 1).expect("pixels");
        // Rounding to steps of 16 adds 16 / sqrt(12) in quadrature.
        let expected = (28.0_f64 * 28.0 + 16.0 * 16.0 / 12.0).sqrt();
        assert!((found / expected - 1.0).abs() < 0.02, "{found}, {expected} expected");
    }
}
