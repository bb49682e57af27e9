//! Correlation of the noise, measured where there is no source.

use ndarray::Array2;
use rayon::prelude::*;
use sky_stats::{NoiseCorrelation, mad_sigma, median};

use crate::empty::empty_places;
use crate::field::Field;

/// Half the side of a patch of empty sky, pixels.
const PATCH_HALF_PX: usize = 6;
/// Largest distance that is measured, pixels: within the core of a star, where it matters.
const REACH_PX: usize = 6;
/// Patches: correlations are known to 0.01 then, since a patch of grain holds about ten independent pixels.
const PATCHES: usize = 1000;
/// Fewest patches that say something.
const MIN_PATCHES: usize = 50;
/// Patches whose mean or variance is farther from the median of all than this many robust standard deviations are left out: they
/// lie in a halo or on a defect.
const CLIP_SIGMA: f64 = 3.0;
/// Correlations below this are within the error of the measurement, and taken for none.
const INSIGNIFICANT: f64 = 0.02;

/// Sums over the pairs of pixels of a patch: of products by distance, and of values and squares.
struct Sums {
    products: Vec<f64>,
    sum: f64,
    squares: f64,
}

/// Correlation of the sky's noise by distance, from the lagged products of a thousand patches of empty sky (drawn from a stream
/// of `seed`); `None` where there is too little empty sky or no noise.
///
/// rho(d) = mean(n(p) n(p + d)) / mean(n^2), n above the mean of all patches. What lies below the detection threshold counts as
/// noise, as it does for whoever measures a source upon it.
pub fn noise_correlation(field: &Field<'_>, mask: Option<&Array2<u16>>, seed: u64) -> Option<NoiseCorrelation> {
    let (width, height) = field.size();
    let radius_px = std::f64::consts::SQRT_2 * PATCH_HALF_PX as f64 + 1.0;
    let places = empty_places(field, mask, 0..width, 0..height, radius_px, PATCHES, seed);
    let patches = typical(places.iter().filter_map(|place| patch(field, *place)).collect());
    if patches.len() < MIN_PATCHES {
        return None;
    }
    let side = 2 * PATCH_HALF_PX + 1;
    let n_pixels = (patches.len() * side * side) as f64;
    let mean = patches.iter().flatten().sum::<f64>() / n_pixels;
    let each: Vec<Sums> = patches.par_iter().map(|patch| sums(patch, side, mean)).collect();
    let mut products = vec![0.0; (REACH_PX + 1) * (2 * REACH_PX + 1)];
    let (mut sum, mut squares) = (0.0, 0.0);
    for patch in each {
        products.iter_mut().zip(patch.products).for_each(|(total, product)| *total += product);
        sum += patch.sum;
        squares += patch.squares;
    }
    let variance = squares / n_pixels - (sum / n_pixels) * (sum / n_pixels);
    if !(variance > 0.0 && variance.is_finite()) {
        return None;
    }
    let reach = REACH_PX as i64;
    Some(NoiseCorrelation::from_fn(REACH_PX, |dx, dy| {
        let pairs = patches.len() as f64 * (side as i64 - dx.abs()) as f64 * (side as i64 - dy) as f64;
        let found = products[(dy * (2 * reach + 1) + dx + reach) as usize] / pairs / variance;
        if found.abs() < INSIGNIFICANT { 0.0 } else { found }
    }))
}

/// The patches whose mean and variance are like those of most.
fn typical(mut patches: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mean = |patch: &Vec<f64>| patch.iter().sum::<f64>() / patch.len() as f64;
    let variance = |patch: &Vec<f64>| {
        let middle = mean(patch);
        patch.iter().map(|pixel| (pixel - middle) * (pixel - middle)).sum::<f64>() / patch.len() as f64
    };
    for of in [&mean as &dyn Fn(&Vec<f64>) -> f64, &variance] {
        let values: Vec<f64> = patches.iter().map(of).collect();
        let (Some(middle), Some(sigma)) = (median(&mut values.clone()), mad_sigma(&mut values.clone())) else {
            continue;
        };
        patches.retain(|patch| (of(patch) - middle).abs() <= CLIP_SIGMA * sigma);
    }
    patches
}

/// The pixels around a place, row by row; `None` where they reach beyond the image.
fn patch(field: &Field<'_>, place: (f64, f64)) -> Option<Vec<f64>> {
    let (width, height) = field.size();
    let first = |centre: f64| ((centre + 0.5).floor() as usize).checked_sub(PATCH_HALF_PX);
    let (x0, y0) = (first(place.0)?, first(place.1)?);
    let (x1, y1) = (x0 + 2 * PATCH_HALF_PX + 1, y0 + 2 * PATCH_HALF_PX + 1);
    let mut pixels = Vec::with_capacity((x1 - x0) * (y1 - y0));
    if x1 > width || y1 > height {
        return None;
    }
    (y0..y1).for_each(|y| pixels.extend(field.pixels_of(y)[x0..x1].iter().map(|pixel| f64::from(*pixel))));
    Some(pixels)
}

fn sums(patch: &[f64], side: usize, mean: f64) -> Sums {
    let above: Vec<f64> = patch.iter().map(|pixel| pixel - mean).collect();
    let mut products = Vec::with_capacity((REACH_PX + 1) * (2 * REACH_PX + 1));
    for dy in 0..=REACH_PX {
        for dx in -(REACH_PX as i64)..=REACH_PX as i64 {
            let (from, to) = (dx.min(0).unsigned_abs() as usize, dx.max(0) as usize);
            let columns = side - from.max(to);
            let rows = above.chunks_exact(side).zip(above.chunks_exact(side).skip(dy));
            products.push(
                rows.map(|(row, other)| {
                    row[from..from + columns].iter().zip(&other[to..to + columns]).map(|(a, b)| a * b).sum::<f64>()
                })
                .sum(),
            );
        }
    }
    Sums { products, sum: above.iter().sum(), squares: above.iter().map(|value| value * value).sum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segmentation;
    use test_sky::{assert_close, white_noise};

    fn measured(pixels: &Array2<f32>) -> NoiseCorrelation {
        let owners = Segmentation::new(pixels, Vec::new());
        let field = Field::new(pixels, &owners).expect("one shape");
        noise_correlation(&field, None, 1).expect("nothing but sky")
    }

    #[test]
    fn white_noise_has_none() {
        let found = measured(&white_noise(400, 400, 3.0, 7));
        for (dx, dy) in [(1, 0), (0, 1), (-2, 3), (6, 6)] {
            assert_eq!(found.at(dx, dy), 0.0, "at ({dx}, {dy})");
        }
    }

    #[test]
    fn a_running_mean_of_three_columns_has_two_thirds_and_one_third() {
        // Each pixel shares two of its three values with its neighbour along the row, one with the next, none across rows.
        let white = white_noise(402, 400, 3.0, 7);
        let mean =
            Array2::from_shape_fn((400, 400), |(y, x)| (white[[y, x]] + white[[y, x + 1]] + white[[y, x + 2]]) / 3.0);
        let found = measured(&mean);
        assert_close!(found.at(1, 0), 2.0 / 3.0, abs = 0.02, "two of three");
        assert_close!(found.at(-2, 0), 1.0 / 3.0, abs = 0.02, "one of three");
        assert_eq!((found.at(4, 0), found.at(0, 1)), (0.0, 0.0));
    }
}
