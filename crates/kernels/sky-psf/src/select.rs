//! Which detections serve as stars of the PSF: PSFEx's SAMPLE_AUTOSELECT, with isolation and plateau.

use rayon::prelude::*;
use sky_catalog::flags::SATURATED;
use sky_coords::PixelPos;
use sky_stats::median;

use crate::neighbours::Lit;
use crate::widths::Widths;
use crate::{PsfCandidate, PsfImage, PsfParams};

/// Cells on each side of the image from which stars are taken in turn.
const CELLS: usize = 8;
/// Stars whose medians are compared in the search for the plateau.
const PLATEAU_STARS: usize = 15;
/// Logarithmic slope of peak against flux below which the brightest stars stand on a plateau (1 for a linear detector).
const PLATEAU_SLOPE: f64 = 0.5;
/// Stars of usual width, faintest peaks first, that are kept however near the plateau they are.
const ENOUGH_STARS: usize = 300;
/// Largest share of the half-light diameter that a neighbour's light may come near.
const CORE_RADIUS_DIAMETERS: f64 = 0.5;

/// Why a detection does not serve as a star, in the order of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// A number is missing or not finite.
    NotMeasured,
    /// One of the excluded FLAGS.
    Flagged,
    /// Below `min_snr`.
    Faint,
    /// Above `max_ellipticity`.
    Elongated,
    /// Half-light diameter outside the allowed range.
    OutOfRange,
    /// Half-light diameter away from what is usual for stars (there).
    OffMode,
    /// At or above the saturation level, or near the plateau found in the data.
    Saturated,
    /// Its core touches the edge of the image or masked pixels.
    Masked,
    /// A neighbour's light reaches its core.
    Crowded,
    /// There were enough in its part of the image.
    Surplus,
}

/// The stars, and why the others are none.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Indices of the stars, ascending.
    pub stars: Vec<usize>,
    /// Mode of the half-light diameter, pixels; `None` where no detection passed so far.
    pub half_light_diameter_px: Option<f64>,
    /// Level, background included, at which peaks end, ADU; `None` where no plateau was seen.
    pub plateau_adu: Option<f64>,
    /// For each candidate why it is no star.
    pub rejections: Vec<Option<Rejection>>,
}

impl Selection {
    /// How many candidates were rejected for that reason.
    pub fn count(&self, reason: Rejection) -> usize {
        self.rejections.iter().filter(|rejection| **rejection == Some(reason)).count()
    }
}

/// Selects the stars of the PSF among all detections of an image.
pub fn select_stars(image: &PsfImage<'_>, candidates: &[PsfCandidate], params: &PsfParams) -> Selection {
    select_with_light(image, candidates, params).0
}

/// The same with the radius of each detection's light (see [`light_radius_px`]) and the usual width at each place.
pub(crate) fn select_with_light(
    image: &PsfImage<'_>,
    candidates: &[PsfCandidate],
    params: &PsfParams,
) -> (Selection, Vec<f64>, Widths) {
    let mut rejections: Vec<Option<Rejection>> = candidates.iter().map(|c| out_of_bounds(c, params)).collect();
    let passed: Vec<usize> = (0..candidates.len()).filter(|&k| rejections[k].is_none()).collect();
    let Some(mode_px) = mode(passed.iter().map(|&k| candidates[k].half_light_diameter_px()).collect()) else {
        let none = Selection { stars: Vec::new(), half_light_diameter_px: None, plateau_adu: None, rejections };
        return (none, Vec::new(), Widths::constant(0.0));
    };
    // Stars that the mask says are saturated are none of the model, but they tell best where the plateau is.
    let unsaturated = |c: &PsfCandidate| PsfCandidate { flags: c.flags & !SATURATED, ..*c };
    let on_plateau_too: Vec<usize> =
        (0..candidates.len()).filter(|&k| out_of_bounds(&unsaturated(&candidates[k]), params).is_none()).collect();
    let plateau_adu = plateau(candidates, &on_plateau_too);
    let is_linear = |candidate: &PsfCandidate| {
        let plateau_adu = plateau_adu.unwrap_or(f64::INFINITY) - candidate.background_adu;
        candidate.peak_adu <= params.plateau_fraction * plateau_adu
    };
    let widths = if params.follow_width {
        let linear: Vec<&PsfCandidate> = passed.iter().map(|&k| &candidates[k]).filter(|c| is_linear(c)).collect();
        let stars: Vec<(PixelPos, f64)> = linear.iter().map(|c| (c.position, c.half_light_diameter_px())).collect();
        Widths::following(&stars, mode_px, (1.0 + params.variability).sqrt())
    } else {
        Widths::constant(mode_px)
    };
    let (below, above) = window(params.variability, widths.is_constant());
    let is_usual = |candidate: &PsfCandidate| {
        let (width_px, usual_px) = (candidate.half_light_diameter_px(), widths.at(candidate.position));
        let window = (usual_px / below).max(params.fwhm_min_px)..=(usual_px * above).min(params.fwhm_max_px);
        window.contains(&width_px)
    };
    let mut peaks: Vec<f64> =
        passed.iter().map(|&k| &candidates[k]).filter(|c| is_usual(c)).map(|c| c.peak_adu).collect();
    peaks.sort_unstable_by(f64::total_cmp);
    // Flat cores are better than too few stars.
    let enough_adu = peaks.get(ENOUGH_STARS.min(peaks.len()).wrapping_sub(1)).copied().unwrap_or(0.0);
    let is_flat = |candidate: &PsfCandidate| {
        (!is_linear(candidate) && candidate.peak_adu > enough_adu)
            || candidate.peak_adu + candidate.background_adu >= params.saturation_adu
    };
    let positions: Vec<PixelPos> = candidates.iter().map(|candidate| candidate.position).collect();
    let light_px: Vec<f64> = candidates.par_iter().map(|c| light_radius_px(image, c, params, mode_px)).collect();
    let lit = Lit::new(&positions, &light_px);
    for &k in &passed {
        let candidate = &candidates[k];
        let core_px = CORE_RADIUS_DIAMETERS * mode_px;
        rejections[k] = if !is_usual(candidate) {
            Some(Rejection::OffMode)
        } else if is_flat(candidate) {
            Some(Rejection::Saturated)
        } else if !core_is_good(image, candidate.position, core_px, params) {
            Some(Rejection::Masked)
        } else {
            let mut crowded = false;
            lit.reaching(candidate.position, core_px, |other, distance_px| {
                crowded |= other != k && distance_px < light_px[other] + core_px;
            });
            crowded.then_some(Rejection::Crowded)
        };
    }
    let left: Vec<usize> = passed.into_iter().filter(|&k| rejections[k].is_none()).collect();
    let stars = spread_out(image, candidates, &left, params.max_stars);
    for k in left {
        if stars.binary_search(&k).is_err() {
            rejections[k] = Some(Rejection::Surplus);
        }
    }
    (Selection { stars, half_light_diameter_px: Some(mode_px), plateau_adu, rejections }, light_px, widths)
}

/// Factors by which a width may lie below and above what is usual. PSFEx allows a third of the variability below the mode of
/// all widths and two thirds above it. A width that follows the place is no mode of a skew distribution but the middle of
/// the stars there: as much lies below as above.
fn window(variability: f64, is_constant: bool) -> (f64, f64) {
    let whole = 1.0 + variability;
    if is_constant {
        let third = libm::cbrt(whole);
        (third, third * third)
    } else {
        (whole.sqrt(), whole.sqrt())
    }
}

/// Radius within which a detection adds more than `neighbour_sigma` times the noise, for a Moffat profile (beta 3) of
/// its own flux and the width of a star, pixels.
fn light_radius_px(image: &PsfImage<'_>, candidate: &PsfCandidate, params: &PsfParams, diameter_px: f64) -> f64 {
    let scale_px = moffat_scale_px(diameter_px);
    let Some(sigma_adu) = image.sigma_adu(candidate.position.x_px, candidate.position.y_px) else { return 0.0 };
    let peak_adu = 2.0 * candidate.flux_adu / (std::f64::consts::PI * scale_px * scale_px);
    let ratio = peak_adu / (params.neighbour_sigma * sigma_adu);
    if ratio > 1.0 { scale_px * (libm::cbrt(ratio) - 1.0).sqrt() } else { 0.0 }
}

/// Scale of a Moffat profile with beta 3 from its half-light diameter: r50 = scale * sqrt(sqrt(2) - 1), pixels.
pub(crate) fn moffat_scale_px(half_light_diameter_px: f64) -> f64 {
    0.5 * half_light_diameter_px / (std::f64::consts::SQRT_2 - 1.0).sqrt()
}

fn out_of_bounds(candidate: &PsfCandidate, params: &PsfParams) -> Option<Rejection> {
    let numbers = [
        candidate.position.x_px,
        candidate.position.y_px,
        candidate.flux_adu,
        candidate.half_light_radius_px,
        candidate.snr,
        candidate.elongation,
        candidate.peak_adu,
        candidate.background_adu,
    ];
    if !numbers.iter().all(|value| value.is_finite()) || candidate.flux_adu <= 0.0 {
        Some(Rejection::NotMeasured)
    } else if candidate.flags & params.flag_mask != 0 {
        Some(Rejection::Flagged)
    } else if candidate.snr < params.min_snr {
        Some(Rejection::Faint)
    } else if candidate.ellipticity() > params.max_ellipticity {
        Some(Rejection::Elongated)
    } else if !(params.fwhm_min_px..=params.fwhm_max_px).contains(&candidate.half_light_diameter_px()) {
        Some(Rejection::OutOfRange)
    } else {
        None
    }
}

/// Middle of the shortest interval that holds half of the values (the shorth; Andrews et al. 1972). PSFEx takes a quarter,
/// which is the same where stars share a width, but jumps by a fifth on plates whose widths spread evenly.
fn mode(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let half = (values.len() / 2).max(1);
    let pairs = values.iter().zip(values.get(half..)?);
    let shortest = pairs.min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    shortest.map(|(low, high)| 0.5 * (low + high)).or_else(|| values.first().copied())
}

/// Level at which peaks end: that of the brightest stars, if it grows much more slowly with their flux than in proportion.
fn plateau(candidates: &[PsfCandidate], stars: &[usize]) -> Option<f64> {
    let mut brightest_first = stars.to_vec();
    let flux = |k: usize| candidates[k].flux_adu;
    brightest_first.sort_unstable_by(|&a, &b| flux(b).total_cmp(&flux(a)).then(a.cmp(&b)));
    let typical = |stars: &[usize], of: fn(&PsfCandidate) -> f64| {
        median(&mut stars.iter().map(|&k| of(&candidates[k])).collect::<Vec<f64>>())
    };
    let bright = brightest_first.get(..PLATEAU_STARS)?;
    let half_flux = 0.5 * typical(bright, |c| c.flux_adu)?;
    let first = brightest_first.partition_point(|&k| flux(k) > half_flux).max(PLATEAU_STARS);
    let half = brightest_first.get(first..first + PLATEAU_STARS)?;
    let flux_ratio = typical(bright, |c| c.flux_adu)? / typical(half, |c| c.flux_adu)?;
    let peak_ratio = typical(bright, |c| c.peak_adu)? / typical(half, |c| c.peak_adu)?;
    let is_flat = libm::log(peak_ratio) < PLATEAU_SLOPE * libm::log(flux_ratio);
    is_flat.then(|| typical(bright, |c| c.peak_adu + c.background_adu))?
}

fn core_is_good(image: &PsfImage<'_>, position: PixelPos, radius_px: f64, params: &PsfParams) -> bool {
    let area = crate::PixelBox::around(position, radius_px);
    !area.is_empty()
        && image.sigma_adu(position.x_px, position.y_px).is_some()
        && (0..area.height as i64).all(|y| {
            (0..area.width as i64)
                .all(|x| image.pixel(area.x_px + x, area.y_px + y, params.excluded_mask_bits).is_some())
        })
}

/// At most `max_stars`, taken in turn from the cells of a grid, the one of highest SNR first; ascending.
fn spread_out(image: &PsfImage<'_>, candidates: &[PsfCandidate], left: &[usize], max_stars: usize) -> Vec<usize> {
    if left.len() <= max_stars {
        return left.to_vec();
    }
    let mut cells = vec![Vec::new(); CELLS * CELLS];
    let cell = |value: f64, size: usize| ((value / size as f64 * CELLS as f64).max(0.0) as usize).min(CELLS - 1);
    for &k in left {
        let place = candidates[k].position;
        cells[cell(place.y_px, image.height()) * CELLS + cell(place.x_px, image.width())].push(k);
    }
    for members in &mut cells {
        members.sort_unstable_by(|&a, &b| candidates[b].snr.total_cmp(&candidates[a].snr).then(a.cmp(&b)));
    }
    let deepest = cells.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..deepest).flat_map(|rank| cells.iter().filter_map(move |members| members.get(rank)));
    let mut stars: Vec<usize> = in_turn.copied().take(max_stars).collect();
    stars.sort_unstable();
    stars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_where_values_crowd() {
        let mut values: Vec<f64> = (0..40).map(|k| 2.0 + 0.2 * f64::from(k)).collect();
        values.extend((0..60).map(|k| 3.0 + 0.0005 * f64::from(k)));
        let found = mode(values).expect("there are values");
        test_sky::assert_close!(found, 3.0145, abs = 0.02, "sixty of a hundred values lie at 3.00 to 3.03");
    }
}
