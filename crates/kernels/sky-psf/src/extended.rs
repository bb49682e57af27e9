//! The smallest extended source: the PSF convolved with a circular exponential.

use ndarray::Array3;

use crate::PsfModel;

/// Scale length of the exponential in units of PSF_FWHM (Desai et al. 2012, ApJ 757, 83, section 3.5.2: FWHM / 16).
const SCALE_LENGTH: f64 = 1.0 / 16.0;
/// How much wider SExtractor 2.25's disc is, since it is drawn on a grid. Measured: with the same model and an exact disc
/// SPREAD_MODEL was 0.857 of SExtractor's on a simulated tile and 0.850 on the M67 plate; it goes with the square.
const DRAWN_WIDENING: f64 = 1.08;

/// The model of exponential discs `exp(-r / h)` with h = PSF_FWHM / 16 (as SExtractor draws them) as seen through the PSF. The convolution is exact
/// on the model's band: the transform of the normalised disc is (1 + (2 pi k h)^2)^(-3/2).
pub(crate) fn extended_model(model: &PsfModel) -> PsfModel {
    let (terms, height, width) = model.planes().dim();
    let kernel =
        kernel(width.max(height), DRAWN_WIDENING * SCALE_LENGTH * model.half_light_diameter_px() / model.step_px());
    let side = width.max(height);
    let mut planes = Array3::<f32>::zeros((terms, height, width));
    let source = model.planes();
    for term in 0..terms {
        for y in 0..height {
            let mut row = vec![0.0_f64; width];
            for from_y in 0..height {
                let weights = &kernel[y.abs_diff(from_y) * side..][..side];
                for from_x in 0..width {
                    let sample = f64::from(source[(term, from_y, from_x)]);
                    row.iter_mut().enumerate().for_each(|(x, sum)| *sum += sample * weights[x.abs_diff(from_x)]);
                }
            }
            row.into_iter().enumerate().for_each(|(x, sum)| planes[(term, y, x)] = sum as f32);
        }
    }
    model.with_planes(planes)
}

/// Weights of the samples at distances of 0 to `side` - 1 rows and columns, for a scale length in samples: the inverse
/// transform on a period of at least twice the grid.
fn kernel(side: usize, scale_length: f64) -> Vec<f64> {
    let period = 2 * side + 2;
    let cosine: Vec<f64> = (0..period).map(|k| libm::cos(std::f64::consts::TAU * k as f64 / period as f64)).collect();
    let squared = |k: usize| {
        let turns = k.min(period - k) as f64 / period as f64;
        let argument = std::f64::consts::TAU * turns * scale_length;
        argument * argument
    };
    // Rows of frequencies to rows of places, then columns.
    let mut half = vec![0.0; period * side];
    for ky in 0..period {
        for x in 0..side {
            half[ky * side + x] = (0..period)
                .map(|kx| {
                    let base = 1.0 + squared(kx) + squared(ky);
                    cosine[kx * x % period] / (base * base.sqrt())
                })
                .sum();
        }
    }
    let norm = 1.0 / (period * period) as f64;
    let mut kernel = vec![0.0; side * side];
    for y in 0..side {
        for x in 0..side {
            kernel[y * side + x] =
                norm * (0..period).map(|ky| cosine[ky * y % period] * half[ky * side + x]).sum::<f64>();
        }
    }
    kernel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpatialPolynomial;

    #[test]
    fn a_gaussian_widens_by_the_variance_of_the_disc() {
        // An exponential disc of scale length h has a variance of 3 h^2 on each axis; variances add.
        let (side, step_px, sigma) = (41_usize, 0.6, 3.0);
        let mut planes = Array3::<f32>::zeros((1, side, side));
        for ((_, y, x), value) in planes.indexed_iter_mut() {
            let (dx, dy) = (x as f64 - 20.0, y as f64 - 20.0);
            *value = libm::exp(-(dx * dx + dy * dy) / (2.0 * sigma * sigma)) as f32;
        }
        let polynomial = SpatialPolynomial::new(0, [1.0, 1.0], [1.0, 1.0]).expect("valid");
        let diameter_px = 4.7 * 0.6 * 1.5;
        let model = PsfModel::from_planes(planes, step_px, diameter_px, polynomial).expect("a valid model");
        let variance = |model: &PsfModel| {
            let total: f64 = model.planes().iter().map(|&v| f64::from(v)).sum();
            let planes = model.planes();
            let second = planes.indexed_iter().map(|((_, _, x), &v)| f64::from(v) * (x as f64 - 20.0).powi(2));
            (second.sum::<f64>() / total, total)
        };
        let ((before, flux), (after, flux_after)) = (variance(&model), variance(&extended_model(&model)));
        let scale_samples = DRAWN_WIDENING * diameter_px / 16.0 / step_px;
        test_sky::assert_close!(flux_after / flux, 1.0, abs = 1e-4, "the disc has a flux of one");
        test_sky::assert_close!(after - before, 3.0 * scale_samples * scale_samples, abs = 2e-3, "3 h^2 is added");
    }
}
