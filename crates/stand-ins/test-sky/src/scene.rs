//! Small scenes with known answers.

use ndarray::Array2;
use rand::RngExt as _;
use rand::SeedableRng as _;
use sky_coords::PixelPos;

/// Full width at half maximum of a Gaussian in units of its sigma: 2 sqrt(2 ln 2).
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;

/// A Gaussian star of total flux `flux_adu` at `position` on an empty image of `width` x `height` pixels; each pixel holds the exact integral over its area.
pub fn gaussian_star(width: usize, height: usize, position: PixelPos, fwhm_px: f64, flux_adu: f64) -> Array2<f32> {
    let sigma = fwhm_px / FWHM_PER_SIGMA;
    let share = |pixel: usize, centre: f64| {
        let edge = |offset: f64| libm::erf((pixel as f64 + offset - centre) / (sigma * std::f64::consts::SQRT_2));
        0.5 * (edge(0.5) - edge(-0.5))
    };
    let columns: Vec<f64> = (0..width).map(|x| share(x, position.x_px)).collect();
    Array2::from_shape_fn((height, width), |(y, x)| (flux_adu * columns[x] * share(y, position.y_px)) as f32)
}

/// White Gaussian noise of the given standard deviation, seeded.
pub fn white_noise(width: usize, height: usize, sigma_adu: f64, seed: u64) -> Array2<f32> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((height, width), || {
        // Box and Muller 1958, Ann. Math. Statist. 29, 610.
        let (u, v): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
        (sigma_adu * (-2.0 * libm::log(u)).sqrt() * libm::cos(std::f64::consts::TAU * v)) as f32
    })
}
