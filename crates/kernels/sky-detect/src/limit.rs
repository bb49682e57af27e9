//! How faint a star may be and still be detected: stars of the local PSF put on empty sky.

use ndarray::Array2;
use rayon::prelude::*;

use crate::detect::Detection;
use crate::filter::{Filter, FilterError};
use crate::noise_map::NoiseMap;
use crate::params::{DetectParams, ThresholdMap};

/// A footprint this near to the star's place is its own, pixels.
const MATCH_PX: f64 = 2.0;
/// Halvings of the interval: the limit is good to 1 part in 4,000 of the first detected flux.
const HALVINGS: usize = 12;
/// Doublings until a flux is detected.
const DOUBLINGS: usize = 40;

/// A star to be put on the image.
#[derive(Clone, Debug, PartialEq)]
pub struct InjectedStar {
    /// Column of its centre, pixels (0-based).
    pub x_px: f64,
    /// Row of its centre, pixels (0-based).
    pub y_px: f64,
    /// First column and row of the profile.
    pub corner_px: (usize, usize),
    /// Its share of the flux in each pixel `[y, x]`; the rest of the image sees nothing of it.
    pub profile: Array2<f32>,
}

/// For each star the flux from which on it is detected where it stands, ADU: footprints of the filtered image above the
/// threshold of `params`, of its smallest area, within 2 pixels of the star. `None` where it never is (missing pixels).
///
/// The median of these fluxes is the limit at which half of the stars are found. Deblending and cleaning take no part:
/// the places should be free of sources.
pub fn limiting_fluxes_adu(
    found: &Detection,
    params: &DetectParams,
    stars: &[InjectedStar],
) -> Result<Vec<Option<f64>>, FilterError> {
    let filter = Filter::new(&params.filter_kernel)?;
    let noise = match (&found.noise_adu, params.threshold_map) {
        (Some(noise), _) => NoiseMap::Pixels(noise),
        (None, ThresholdMap::Global) => NoiseMap::Global(found.threshold_adu / params.threshold_sigma),
        (None, ThresholdMap::Local) => NoiseMap::Mesh(&found.background),
    };
    let pixels = found.searched.as_ref().unwrap_or(&found.pixels);
    let (height, width) = pixels.dim();
    Ok(stars
        .par_iter()
        .map(|star| {
            let ((x0, y0), (rows, columns)) = (star.corner_px, star.profile.dim());
            if x0 + columns > width || y0 + rows > height {
                return None;
            }
            let cut = pixels.slice(ndarray::s![y0..y0 + rows, x0..x0 + columns]).to_owned();
            let noise_adu = noise.at(star.x_px.round() as usize, star.y_px.round() as usize, f64::NAN);
            let stamp = Stamp {
                sky: filtered(&filter, &cut),
                star: filtered(&filter, &star.profile),
                place: (star.x_px - x0 as f64, star.y_px - y0 as f64),
                threshold: (params.threshold_sigma * noise_adu) as f32,
                min_area: params.min_area_px.max(1) as usize,
            };
            stamp.limit_adu()
        })
        .collect())
}

fn filtered(filter: &Filter, image: &Array2<f32>) -> Array2<f32> {
    let mut out = Array2::zeros(image.dim());
    filter.apply(image.view(), 0, &mut out);
    out
}

/// A filtered piece of the sky and a filtered star: their sum is the filtered image of the star on the sky.
struct Stamp {
    sky: Array2<f32>,
    star: Array2<f32>,
    place: (f64, f64),
    threshold: f32,
    min_area: usize,
}

impl Stamp {
    fn limit_adu(&self) -> Option<f64> {
        let mut high = f64::from(self.threshold);
        if !(high > 0.0 && high.is_finite()) {
            return None;
        }
        let mut doublings = 0;
        while !self.is_detected(high) {
            high *= 2.0;
            doublings += 1;
            if doublings > DOUBLINGS {
                return None;
            }
        }
        let mut low = if doublings > 0 { 0.5 * high } else { 0.0 };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.is_detected(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(0.5 * (low + high))
    }

    /// Whether a footprint of sufficient area has a pixel near the star's place.
    fn is_detected(&self, flux_adu: f64) -> bool {
        let (rows, columns) = self.sky.dim();
        let flux = flux_adu as f32;
        let mut open = Array2::from_elem((rows, columns), false);
        ndarray::Zip::from(&mut open)
            .and(&self.sky)
            .and(&self.star)
            .for_each(|open, sky, star| *open = sky + flux * star > self.threshold);
        let mut stack = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let (dx, dy) = (column as f64 - self.place.0, row as f64 - self.place.1);
                if open[[row, column]] && dx * dx + dy * dy <= MATCH_PX * MATCH_PX {
                    open[[row, column]] = false;
                    stack.push((row, column));
                    let mut area = 0;
                    while let Some((row, column)) = stack.pop() {
                        area += 1;
                        for y in row.saturating_sub(1)..(row + 2).min(rows) {
                            for x in column.saturating_sub(1)..(column + 2).min(columns) {
                                if std::mem::take(&mut open[[y, x]]) {
                                    stack.push((y, x));
                                }
                            }
                        }
                    }
                    if area >= self.min_area {
                        return true;
                    }
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::detect;
    use sky_background::BackgroundParams;
    use sky_coords::PixelPos;
    use sky_image::Image;
    use sky_photometry::PhotometryParams;
    use test_sky::{gaussian_star, white_noise};

    #[test]
    fn the_median_limit_is_where_half_of_real_stars_are_found() {
        let params = DetectParams::default();
        let sky = white_noise(640, 640, 5.0, 77).mapv(|value| value + 100.0);
        let find = |pixels: Array2<f32>| {
            detect(Image::new(pixels), &params, &BackgroundParams::default(), &PhotometryParams::default())
                .expect("an image with a sky")
        };
        let empty = find(sky.clone());
        let place = |index: usize| {
            let jitter = (index as f64 * 0.618_034).fract();
            (20.0 + 40.0 * (index % 16) as f64 + jitter, 20.0 + 40.0 * (index / 16) as f64 - jitter)
        };
        let stars: Vec<InjectedStar> = (0..256)
            .map(|index| {
                let (x_px, y_px) = place(index);
                let corner_px = (x_px as usize - 15, y_px as usize - 15);
                let centre = PixelPos::new(x_px - corner_px.0 as f64, y_px - corner_px.1 as f64);
                InjectedStar { x_px, y_px, corner_px, profile: gaussian_star(31, 31, centre, 3.0, 1.0) }
            })
            .collect();
        let mut limits: Vec<f64> =
            limiting_fluxes_adu(&empty, &params, &stars).expect("a filter").into_iter().flatten().collect();
        assert_eq!(limits.len(), 256, "every star is found if it is bright enough");
        let limit = sky_stats::median(&mut limits).expect("limits");

        let mut pixels = sky;
        for star in &stars {
            let (x0, y0) = star.corner_px;
            let mut part = pixels.slice_mut(ndarray::s![y0..y0 + 31, x0..x0 + 31]);
            part.scaled_add(limit as f32, &star.profile);
        }
        let found = find(pixels);
        let near =
            |star: &&InjectedStar| found.sources.iter().any(|s| (s.x_px - star.x_px).hypot(s.y_px - star.y_px) < 2.0);
        let share = stars.iter().filter(near).count() as f64 / 256.0;
        // 256 stars: the share of a half has a standard error of 3 %; three of them, and a background of its own.
        assert!((share - 0.5).abs() < 0.12, "{share} of the stars of {limit} ADU are found");
    }
}
