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
pub fn windowed(
    field: &Field<'_>,
    number: u32,
    start: (f64, f64),
    isophotal: &Isophotal,
    half_light_radius_px: f64,
    noise: Noise,
) -> Windowed {
    let sigma = 2.0 * half_light_radius_px.max(MIN_HALF_LIGHT_RADIUS_PX) / FWHM_PER_SIGMA;
    let mut window = Window::new(sigma, WINDOW_SIGMA * sigma, start);
    let mut result = Windowed::default();
    let mut shift = (0.0, 0.0);
    let mut place = start;
    let (mut found, mut settled) = (false, false);
    for step in 1..=MAX_STEPS {
        result.iterations = step;
        window.centre = place;
        let sums = window.first_sums(field, number);
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
    let sums = window.all_sums(field, number, noise);
    result.flux = Flux { adu: sums.total, err_adu: sums.variance.sqrt() };
    let moved2 = (place.0 - start.0) * (place.0 - start.0) + (place.1 - start.1) * (place.1 - start.1);
    let farthest = LOST_AXES * isophotal.ellipse.major_px;
    if !found || moved2 > farthest * farthest {
        (result.x_px, result.y_px) = start;
        result.moments = isophotal.moments;
        result.ellipse = isophotal.ellipse;
        result.position_variance = isophotal.position_variance;
        result.flags = WINDOW_POSITION_LOST | if found { 0 } else { WINDOW_NEGATIVE_FLUX };
        return result;
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
    result
}
