//! The scatter of light where there is no source: what the noise of a flux really is.

use ndarray::Array2;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sky_stats::{mad_sigma, median};

use crate::aperture::aperture_flux;
use crate::field::{Field, Noise};

/// Fewest places that give a scatter.
const MIN_PLACES: usize = 20;
/// Places that are tried for each one that is wanted.
const TRIES: usize = 20;

/// The scatter of fluxes measured where there is no source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmptyScatter {
    /// Places that were measured.
    pub n_places: usize,
    /// Median of the fluxes, ADU: what a background that is off adds to every flux.
    pub median_adu: f64,
    /// Their standard deviation (from the median absolute deviation), ADU.
    pub scatter_adu: f64,
    /// Standard error that is quoted for a source without light of its own, ADU.
    pub quoted_adu: f64,
}

impl EmptyScatter {
    /// Scatter over quoted error: 1 for noise that is independent from pixel to pixel, more on grain.
    pub fn ratio(&self) -> f64 {
        self.scatter_adu / self.quoted_adu
    }
}

/// Up to `count` places around which all pixels within `radius_px` have data, belong to no source and carry no bit of
/// `mask`; drawn at random from a stream of `seed`, (x, y) in 0-based pixels. `columns` and `rows` bound them.
pub fn empty_places(
    field: &Field<'_>,
    mask: Option<&Array2<u16>>,
    columns: std::ops::Range<usize>,
    rows: std::ops::Range<usize>,
    radius_px: f64,
    count: usize,
    seed: u64,
) -> Vec<(f64, f64)> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut places = Vec::with_capacity(count);
    for _ in 0..TRIES * count {
        if places.len() == count {
            break;
        }
        let x = columns.start as f64 - 0.5 + random.random::<f64>() * columns.len() as f64;
        let y = rows.start as f64 - 0.5 + random.random::<f64>() * rows.len() as f64;
        if is_empty(field, mask, (x, y), radius_px) {
            places.push((x, y));
        }
    }
    places
}

/// The scatter of circular apertures of `radius_px` at some places; `None` of fewer than 20, or without noise.
pub fn aperture_scatter(
    field: &Field<'_>,
    places: &[(f64, f64)],
    radius_px: f64,
    noise: Noise,
) -> Option<EmptyScatter> {
    let sky_only = Noise { gain_e_per_adu: 0.0, ..noise };
    let fluxes: Vec<f64> =
        places.par_iter().map(|place| aperture_flux(field, 0, *place, radius_px, sky_only).flux.adu).collect();
    let area = std::f64::consts::PI * radius_px * radius_px;
    scatter(fluxes, noise.sky_adu * area.sqrt())
}

/// The scatter of the least-squares flux of a profile (of unit flux, odd in width and height) centred on the pixels next to
/// some places: sum(p d) / sum(p p). `None` of fewer than 20 places, or without noise.
pub fn profile_scatter(
    field: &Field<'_>,
    places: &[(f64, f64)],
    profile: &Array2<f32>,
    noise: Noise,
) -> Option<EmptyScatter> {
    let (height, width) = profile.dim();
    let square: f64 = profile.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    let fluxes: Vec<f64> = places
        .par_iter()
        .filter_map(|(x, y)| {
            let first = |centre: f64, size: usize| ((centre + 0.5).floor() as usize).checked_sub(size / 2);
            let (x0, y0) = (first(*x, width)?, first(*y, height)?);
            let (columns, rows) = field.size();
            (x0 + width <= columns && y0 + height <= rows).then(|| {
                let (mut sum, mut values) = (0.0, Vec::new());
                for (dy, weights) in profile.rows().into_iter().enumerate() {
                    let columns = x0..x0 + width;
                    field.row_between(y0 + dy, &columns, 0, (*x, *y)).values(&columns, &mut values);
                    sum += weights.iter().zip(&values).map(|(weight, value)| f64::from(*weight) * value).sum::<f64>();
                }
                sum / square
            })
        })
        .collect();
    scatter(fluxes, noise.sky_adu / square.sqrt())
}

fn is_empty(field: &Field<'_>, mask: Option<&Array2<u16>>, place: (f64, f64), radius_px: f64) -> bool {
    let pixels = field.around(place, radius_px, radius_px);
    !pixels.clipped
        && (pixels.y0..pixels.y1).all(|y| {
            let columns = pixels.x0..pixels.x1;
            let unmasked = mask.is_none_or(|mask| columns.clone().all(|x| mask[[y, x]] == 0));
            unmasked && field.row_between(y, &columns, 0, place).foreign(&columns).next().is_none()
        })
}

fn scatter(mut fluxes: Vec<f64>, quoted_adu: f64) -> Option<EmptyScatter> {
    if fluxes.len() < MIN_PLACES || quoted_adu <= 0.0 {
        return None;
    }
    let n_places = fluxes.len();
    let (median_adu, scatter_adu) = (median(&mut fluxes)?, mad_sigma(&mut fluxes)?);
    (scatter_adu > 0.0).then_some(EmptyScatter { n_places, median_adu, scatter_adu, quoted_adu })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Segmentation, Span};
    use test_sky::{assert_close, white_noise};

    const NOISE: Noise = Noise { sky_adu: 3.0, gain_e_per_adu: 2.0 };

    fn ratio(pixels: &Array2<f32>) -> f64 {
        let owners = Segmentation::new(pixels, Vec::new());
        let field = Field::new(pixels, &owners).expect("one shape");
        let places = empty_places(&field, None, 0..400, 0..400, 5.0, 1000, 7);
        assert_eq!(places.len(), 1000);
        aperture_scatter(&field, &places, 4.0, NOISE).expect("a thousand apertures").ratio()
    }

    #[test]
    fn white_noise_scatters_as_quoted_and_grain_more() {
        let white = white_noise(400, 400, 3.0, 11);
        // A thousand apertures give a scatter to about 4 % (of a median absolute deviation).
        assert_close!(ratio(&white), 1.0, abs = 0.1, "independent pixels");
        // The mean of 3 x 3 pixels times 3 has the same noise a pixel, and up to 3 times the noise on large areas.
        let mut grain = Array2::zeros((400, 400));
        for y in 1..399 {
            for x in 1..399 {
                grain[[y, x]] = white.slice(ndarray::s![y - 1..y + 2, x - 1..x + 2]).sum() / 3.0;
            }
        }
        let found = ratio(&grain);
        assert!((2.2..3.0).contains(&found), "grain over 3 pixels: {found}");
    }

    #[test]
    fn sources_and_masked_pixels_are_kept_out() {
        let pixels = white_noise(60, 60, 3.0, 2);
        let spans = (0..60).map(|y| Span { y, x0: 0, x1: 30, owner: 1 }).collect();
        let owners = Segmentation::new(&pixels, spans);
        let mut mask = Array2::zeros((60, 60));
        mask.slice_mut(ndarray::s![..30, ..]).fill(1_u16);
        let field = Field::new(&pixels, &owners).expect("one shape");
        let places = empty_places(&field, Some(&mask), 0..60, 0..60, 3.0, 50, 1);
        assert!(!places.is_empty() && places.iter().all(|(x, y)| *x > 32.0 && *y > 32.0), "{places:?}");
        assert_eq!(aperture_scatter(&field, &places[..5], 3.0, NOISE), None, "five places say nothing");
    }

    #[test]
    fn a_profile_on_white_noise_scatters_as_the_sum_of_its_squares_says() {
        let pixels = white_noise(400, 400, 3.0, 5);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        let places = empty_places(&field, None, 0..400, 0..400, 6.0, 1000, 3);
        let profile = test_sky::gaussian_star(11, 11, sky_coords::PixelPos::new(5.0, 5.0), 3.0, 1.0);
        let found = profile_scatter(&field, &places, &profile, NOISE).expect("a thousand fits");
        assert_close!(found.ratio(), 1.0, abs = 0.1, "independent pixels");
    }
}
