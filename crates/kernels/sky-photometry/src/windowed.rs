//! Position, moments and flux in a Gaussian window.

use sky_catalog::flags::{WINDOW_NEGATIVE_FLUX, WINDOW_NEGATIVE_MOMENT, WINDOW_POSITION_LOST, WINDOW_SINGULAR};
use sky_catalog::{Flux, Isophotal, Moments, Windowed};

use crate::field::{Field, Noise};
use crate::window::{PIXEL_VARIANCE_PX2, STEP_FACTOR, Window};

/// Full width at half maximum of a Gaussian in units of its sigma, rounded as SExtractor has it.
const FWHM_PER_SIGMA: f64 = 2.35;
/// Radius of the window, in its sigmas.
const WINDOW_SIGMA: f64 = 4.0;
/// Smallest half-light radius that defines a window, pixels.
const MIN_HALF_LIGHT_RADIUS_PX: f64 = 0.5;
/// The position has settled when a step is shorter than this, pixels.
const SETTLED_PX: f64 = 1.0e-4;
/// Most steps.
const MAX_STEPS: u16 = 16;
/// Below this determinant the moments are singular, and the variance of a pixel is added to both, pixels^4.
const SINGULAR_PX4: f64 = 0.006_94;
/// A window that ends farther from the isophotal position than this many isophotal major axes has lost the source.
const LOST_AXES: f64 = 2.0;

/// Windowed measures of a source: the window is a Gaussian with the half-light diameter as its full width at half maximum;
/// it is moved by twice the windowed centroid until that stands still (SExtractor manual, "Windowed positional
/// parameters"; steps, their factor and their end as there).
///
/// `start` is the isophotal position (x, y; 0-based). Where the window leaves it by more than twice the isophotal major axis
/// or finds no positive flux, the isophotal position and moments stand in its place and FLAGS_WIN says so. (SExtractor's own
/// rule is not written down; this one names the same sources on our test images, but for one in a thousand.) A position that
/// does not settle in 16 steps reports 17.
///
/// Also says whether the window reached beyond the image on its way.
pub fn windowed(
    field: &Field<'_>,
    number: u32,
    start: (f64, f64),
    isophotal: &Isophotal,
    half_light_radius_px: f64,
    noise: Noise,
) -> (Windowed, bool) {
    // A source of negative flux has a negative radius.
    let sigma = 2.0 * half_light_radius_px.abs().max(MIN_HALF_LIGHT_RADIUS_PX) / FWHM_PER_SIGMA;
    let mut window = Window::new(*field, number, sigma, WINDOW_SIGMA * sigma, start);
    let mut result = Windowed::default();
    let mut shift = (0.0, 0.0);
    let mut place = start;
    let (mut found, mut settled, mut clipped) = (false, false, false);
    for step in 1..=MAX_STEPS {
        result.iterations = step;
        window.centre = place;
        clipped |= field.cuts_circle(place, WINDOW_SIGMA * sigma);
        let sums = window.first_sums();
        if sums.total <= 0.0 {
            found = false;
            break;
        }
        found = true;
        shift = (sums.x / sums.total, sums.y / sums.total);
        place = (place.0 + STEP_FACTOR * shift.0, place.1 + STEP_FACTOR * shift.1);
        settled = shift.0 * shift.0 + shift.1 * shift.1 < SETTLED_PX * SETTLED_PX;
        if settled {
            break;
        }
    }
    if found && !settled {
        result.iterations = MAX_STEPS + 1;
    }
    let sums = window.all_sums(noise);
    result.flux = Flux { adu: sums.total, err_adu: sums.variance.sqrt() };
    let moved2 = (place.0 - start.0) * (place.0 - start.0) + (place.1 - start.1) * (place.1 - start.1);
    let farthest = LOST_AXES * isophotal.ellipse.major_px;
    let is_near = moved2 <= farthest * farthest; // not of a place that is no number
    if !found || !is_near {
        (result.x_px, result.y_px) = start;
        result.moments = isophotal.moments;
        result.ellipse = isophotal.ellipse;
        result.position_variance = isophotal.position_variance;
        result.flags = WINDOW_POSITION_LOST | if found { 0 } else { WINDOW_NEGATIVE_FLUX };
        return (result, clipped);
    }
    (result.x_px, result.y_px) = place;
    result.position_variance = sums.position_variance();
    let mut moments = Moments {
        xx_px2: sums.xx / sums.total - shift.0 * shift.0,
        yy_px2: sums.yy / sums.total - shift.1 * shift.1,
        xy_px2: sums.xy / sums.total - shift.0 * shift.1,
    };
    if moments.xx_px2 < 0.0 || moments.yy_px2 < 0.0 {
        result.flags |= WINDOW_NEGATIVE_MOMENT;
    }
    if moments.determinant() < SINGULAR_PX4 {
        moments.xx_px2 += PIXEL_VARIANCE_PX2;
        moments.yy_px2 += PIXEL_VARIANCE_PX2;
        if moments.determinant() < 0.0 {
            result.flags |= WINDOW_SINGULAR;
        }
    }
    result.moments = moments;
    result.ellipse = moments.ellipse();
    (result, clipped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segmentation;
    use ndarray::Array2;
    use sky_coords::PixelPos;
    use test_sky::{assert_close, gaussian_star};

    fn measured(pixels: &Array2<f32>, start: (f64, f64), half_light_radius_px: f64) -> Windowed {
        let owners = Segmentation::new(pixels, Vec::new());
        let field = Field::new(pixels, &owners).expect("one shape");
        let variance = half_light_radius_px * half_light_radius_px / (2.0 * std::f64::consts::LN_2);
        let moments = Moments { xx_px2: variance, yy_px2: variance, xy_px2: 0.0 };
        let isophotal = Isophotal { moments, ellipse: moments.ellipse(), ..Isophotal::default() };
        let noise = Noise { sky_adu: 1.0, gain_e_per_adu: 0.0 };
        windowed(&field, 1, start, &isophotal, half_light_radius_px, noise).0
    }

    #[test]
    fn the_window_finds_the_centre_from_a_pixel_away() {
        for (dx, dy) in [(0.0, 0.0), (0.37, -0.21), (0.5, 0.5)] {
            let pixels = gaussian_star(64, 64, PixelPos::new(32.0 + dx, 31.0 + dy), 4.0, 1.0e4);
            let found = measured(&pixels, (32.6 + dx, 30.5 + dy), 2.0);
            assert_close!(found.x_px, 32.0 + dx, abs = 1e-3, "a star without noise");
            assert_close!(found.y_px, 31.0 + dy, abs = 1e-3, "a star without noise");
            assert_eq!(found.flags, 0);
        }
    }

    #[test]
    fn a_window_as_wide_as_the_star_halves_its_variance_and_its_light() {
        // A Gaussian of variance s^2 times one of the same variance: variance s^2 / 2, and half of the light.
        let sigma = 4.0;
        let pixels = gaussian_star(101, 101, PixelPos::new(50.0, 50.0), sigma * 2.354_82, 1.0e4);
        let found = measured(&pixels, (50.0, 50.0), sigma * 2.35 / 2.0);
        assert_close!(found.moments.xx_px2, sigma * sigma / 2.0, abs = 0.1, "product of two Gaussians");
        assert_close!(found.flux.adu, 0.5e4, abs = 50.0, "half of the light");
        let weight = std::f64::consts::PI * sigma * sigma;
        assert_close!(found.flux.err_adu, weight.sqrt(), abs = 0.05, "root of the sum of squared weights, pi s^2");
    }

    #[test]
    fn a_hole_keeps_its_isophotal_position_and_says_why() {
        let pixels = gaussian_star(64, 64, PixelPos::new(32.0, 32.0), 4.0, -1.0e4);
        let found = measured(&pixels, (31.0, 33.0), 2.0);
        assert_eq!((found.x_px, found.y_px), (31.0, 33.0));
        assert_eq!(found.flags, WINDOW_NEGATIVE_FLUX | WINDOW_POSITION_LOST);
    }
}
