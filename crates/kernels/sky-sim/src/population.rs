//! Draws the objects of a scene.

use rand_chacha::ChaCha8Rng;
use sky_coords::SkyPos;

use crate::expose::expected_snr_win;
use crate::geometry::deproject;
use crate::object::{ObjectKind, REFERENCE_SCALE_ARCSEC, SkyObject, mag_of_reference_flux};
use crate::params::{RenderParams, SceneParams};
use crate::random::{Class, normal, normal_pair, stream, uniform};

/// Width of the margin around the field in which stars go on, arc minutes.
const MARGIN_ARCMIN: f64 = 3.0;
/// Vanished stars, fast stars and asteroids keep this distance from the field's edge, arc minutes.
const INSET_ARCMIN: f64 = 1.0;
/// Plate magnitudes of fast stars: bright enough to be seen, faint enough not to be masked.
const FAST_STAR_MAG: (f64, f64) = (12.5, 17.5);
/// Plate magnitudes of asteroids.
const ASTEROID_MAG: (f64, f64) = (14.0, 16.5);
/// Trails of asteroids in 50 minutes, arc seconds: one of the main belt near opposition, one near its stationary point.
const ASTEROID_TRAIL_ARCSEC: [f64; 2] = [22.0, 4.0];

/// Fills the field; `fwhm_arcsec` is the width of a star at a place.
pub(crate) fn populate(params: &SceneParams, fwhm_arcsec: impl Fn(SkyPos) -> f64) -> Vec<SkyObject> {
    let mut objects = catalogue_objects(params);
    objects.extend((0..params.n_vanished).map(|index| vanished(params, index, &fwhm_arcsec)));
    objects.extend((0..params.n_high_proper_motion).map(|index| fast_star(params, index)));
    objects.extend((0..params.n_unmeasured_motion).map(|index| unmeasured_star(params, index)));
    objects.extend((0..params.n_asteroids).map(|index| asteroid(params, index)));
    objects
}

fn catalogue_objects(params: &SceneParams) -> Vec<SkyObject> {
    let side = params.size_arcmin + 2.0 * MARGIN_ARCMIN;
    let share = side / params.size_arcmin;
    let count = libm::round(f64::from(params.n_catalogue_stars) * share * share) as u32;
    (0..count).map(|index| catalogue_object(params, index, 0.5 * side)).collect()
}

fn catalogue_object(params: &SceneParams, index: u32, half_arcmin: f64) -> SkyObject {
    let random = &mut stream(params.seed, Class::Star, u64::from(index));
    let position = place(params, random, half_arcmin);
    let mag = magnitude(params, random);
    let is_galaxy = uniform(random, 0.0, 1.0) < params.galaxy_fraction && mag > 14.0;
    // Most stars move by a few mas/yr, some by tens.
    let sigma_mas_yr = libm::pow(10.0, uniform(random, 0.3, 1.5));
    let (east, north) = normal_pair(random);
    let colour_mag = 1.2 + normal(random, 0.4);
    let star = SkyObject {
        pm_ra_mas_yr: sigma_mas_yr * east,
        pm_dec_mas_yr: sigma_mas_yr * north,
        ..point(ObjectKind::Star, index, position, mag, colour_mag)
    };
    if !is_galaxy {
        return star;
    }
    SkyObject {
        kind: ObjectKind::Galaxy,
        pm_ra_mas_yr: 0.0,
        pm_dec_mas_yr: 0.0,
        // Brighter galaxies are larger.
        extent_arcsec: uniform(random, 2.0, 5.0) * libm::pow(10.0, 0.12 * (19.0 - mag)),
        axis_ratio: uniform(random, 0.35, 1.0),
        position_angle_deg: uniform(random, 0.0, 180.0),
        ..star
    }
}

/// The vanished stars are spread evenly in log SNR_WIN, faintest first.
fn vanished(params: &SceneParams, index: u32, fwhm_arcsec: &impl Fn(SkyPos) -> f64) -> SkyObject {
    let random = &mut stream(params.seed, Class::Vanished, u64::from(index));
    let position = place(params, random, 0.5 * params.size_arcmin - INSET_ARCMIN);
    let ratio = params.vanished_snr_max / params.vanished_snr_min;
    let wanted = params.vanished_snr_min * libm::pow(ratio, (f64::from(index) + 0.5) / f64::from(params.n_vanished));
    let flux = flux_of_snr(wanted, fwhm_arcsec(position) / REFERENCE_SCALE_ARCSEC);
    point(ObjectKind::Vanished, index, position, mag_of_reference_flux(flux), 1.2)
}

fn fast_star(params: &SceneParams, index: u32) -> SkyObject {
    let random = &mut stream(params.seed, Class::HighProperMotion, u64::from(index));
    let position = place(params, random, 0.5 * params.size_arcmin - INSET_ARCMIN);
    let mag = uniform(random, FAST_STAR_MAG.0, FAST_STAR_MAG.1);
    let speed = params.proper_motion_max_mas_yr * f64::from(index + 1) / f64::from(params.n_high_proper_motion);
    let (east, north) = libm::sincos(uniform(random, 0.0, std::f64::consts::TAU));
    SkyObject {
        pm_ra_mas_yr: speed * east,
        pm_dec_mas_yr: speed * north,
        ..point(ObjectKind::HighProperMotion, index, position, mag, 2.4)
    }
}

/// Fast stars without a motion in any catalogue are spread evenly in log motion.
fn unmeasured_star(params: &SceneParams, index: u32) -> SkyObject {
    let random = &mut stream(params.seed, Class::UnmeasuredMotion, u64::from(index));
    let position = place(params, random, 0.5 * params.size_arcmin - INSET_ARCMIN);
    let mag = uniform(random, FAST_STAR_MAG.0, FAST_STAR_MAG.1);
    let slowest = params.unmeasured_motion_min_mas_yr;
    let last = f64::from(params.n_unmeasured_motion.max(2) - 1);
    let speed = slowest * libm::pow(params.proper_motion_max_mas_yr / slowest, f64::from(index) / last);
    let (east, north) = libm::sincos(uniform(random, 0.0, std::f64::consts::TAU));
    SkyObject {
        pm_ra_mas_yr: speed * east,
        pm_dec_mas_yr: speed * north,
        ..point(ObjectKind::UnmeasuredMotion, index, position, mag, 2.4)
    }
}

fn asteroid(params: &SceneParams, index: u32) -> SkyObject {
    let random = &mut stream(params.seed, Class::Asteroid, u64::from(index));
    let position = place(params, random, 0.5 * params.size_arcmin - INSET_ARCMIN);
    let mag = uniform(random, ASTEROID_MAG.0, ASTEROID_MAG.1);
    SkyObject {
        position_angle_deg: uniform(random, 60.0, 120.0),
        trail_arcsec: ASTEROID_TRAIL_ARCSEC[index as usize % ASTEROID_TRAIL_ARCSEC.len()],
        ..point(ObjectKind::Asteroid, index, position, mag, 0.8)
    }
}

fn point(kind: ObjectKind, index: u32, position: SkyPos, mag: f64, colour_mag: f64) -> SkyObject {
    SkyObject {
        kind,
        index,
        position,
        pm_ra_mas_yr: 0.0,
        pm_dec_mas_yr: 0.0,
        mag,
        colour_mag,
        extent_arcsec: 0.0,
        axis_ratio: 1.0,
        position_angle_deg: 0.0,
        trail_arcsec: 0.0,
    }
}

/// A place in the square of half side `half_arcmin` around the field's centre, even in the tangent plane.
fn place(params: &SceneParams, random: &mut ChaCha8Rng, half_arcmin: f64) -> SkyPos {
    let half = 60.0 * half_arcmin;
    let (east, north) = (uniform(random, -half, half), uniform(random, -half, half));
    deproject(SkyPos::new(params.centre_ra_deg, params.centre_dec_deg), east, north)
}

/// A magnitude from counts that grow as 10^(slope m) between the limits.
fn magnitude(params: &SceneParams, random: &mut ChaCha8Rng) -> f64 {
    let growth = |mag: f64| libm::pow(10.0, params.number_count_slope * (mag - params.brightest_mag));
    let last = growth(params.faintest_mag);
    params.brightest_mag + libm::log10(uniform(random, 1.0, last)) / params.number_count_slope
}

/// Flux that gives that SNR_WIN on a plate of default noise, by bisection (SNR grows with flux).
fn flux_of_snr(wanted: f64, fwhm_px: f64) -> f64 {
    let plate = RenderParams::default();
    let (mut low, mut high) = (1.0_f64, 1e9_f64);
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        if expected_snr_win(middle, fwhm_px, &plate) < wanted { low = middle } else { high = middle }
    }
    (low * high).sqrt()
}
