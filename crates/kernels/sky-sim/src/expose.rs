//! From light to counts: sky, response of the emulsion, grain and defects.

use ndarray::Array2;
use rayon::prelude::*;
use sky_coords::RAD_PER_DEG;
use sky_image::{Mask, mask_bits};

use crate::defect::{Defect, DefectKind};
use crate::draw::Strip;
use crate::geometry::Window;
use crate::grain::Grain;
use crate::light::Light;
use crate::object::{ObjectKind, SkyObject};
use crate::params::RenderParams;

/// Rows drawn by one task.
const STRIP_ROWS: usize = 64;
/// Stars brighter than this get a halo and four spikes if they can be seen.
const HALO_MAG: f64 = 13.5;
/// Share of a star's light in its aureole, and the aureole's scale. With these a star of 8 mag has a disc of 1 arcmin.
const HALO_SHARE: f64 = 0.04;
const HALO_SCALE_ARCSEC: f64 = 20.0;
/// Share of a star's light in each spike, the spike's length scale and half width. With these spikes reach where Solano et
/// al. 2022 (MNRAS 515, 1380) look for them: m = 15.3 - 0.09 d/arcsec.
const SPIKE_SHARE: f64 = 0.001;
const SPIKE_LENGTH_ARCSEC: f64 = 25.5;
const SPIKE_SIGMA_ARCSEC: f64 = 1.9;
/// Sub-exposures of a trailed image in a pixel.
const TRAIL_STEPS_PER_PX: f64 = 2.0;
/// Steps along a curved defect.
const CURVE_STEPS: usize = 24;
/// A pixel is marked as bad where a defect pulls it by more than this share.
const BAD_OPACITY: f64 = 0.05;
/// Counts at the end of the int16 range are kept free.
const COUNT_LIMIT: f32 = 32_000.0;
/// Fog at the plate's edge: ADU at [`FOG_RADIUS_MM`] from its centre, growing with the sixth power.
const FOG_ADU: f64 = 2500.0;
const FOG_RADIUS_MM: f64 = 250.0;

/// The light of one object whose image lies at `(x_px, y_px)`, 0-based, with stars `fwhm_px` wide.
pub(crate) fn lights(
    object: &SkyObject,
    (x_px, y_px): (f64, f64),
    fwhm_px: f64,
    scale_arcsec: f64,
    noise_adu: f64,
) -> Vec<Light> {
    let flux = object.flux_adu(scale_arcsec);
    let angle_rad = axis_angle_rad(object.position_angle_deg);
    match object.kind {
        ObjectKind::Galaxy => {
            let fwhm = libm::hypot(fwhm_px, object.extent_arcsec / scale_arcsec);
            vec![Light::galaxy((x_px, y_px), flux, fwhm, object.axis_ratio, angle_rad, noise_adu)]
        }
        ObjectKind::Asteroid => {
            let length_px = object.trail_arcsec / scale_arcsec;
            let steps = libm::ceil(TRAIL_STEPS_PER_PX * length_px).max(1.0);
            let (sin, cos) = libm::sincos(angle_rad);
            (0..steps as usize)
                .map(|step| {
                    let along = length_px * ((step as f64 + 0.5) / steps - 0.5);
                    Light::star(x_px + along * cos, y_px + along * sin, flux / steps, fwhm_px, noise_adu / steps)
                })
                .collect()
        }
        ObjectKind::Star | ObjectKind::Vanished | ObjectKind::HighProperMotion | ObjectKind::UnmeasuredMotion => {
            let mut lights = vec![Light::star(x_px, y_px, flux, fwhm_px, noise_adu)];
            if object.mag < HALO_MAG {
                lights.extend(Light::halo(x_px, y_px, HALO_SHARE * flux, HALO_SCALE_ARCSEC / scale_arcsec, noise_adu));
                let (length, sigma) = (SPIKE_LENGTH_ARCSEC / scale_arcsec, SPIKE_SIGMA_ARCSEC / scale_arcsec);
                lights.extend(Light::spikes((x_px, y_px), SPIKE_SHARE * flux, length, sigma, noise_adu));
            }
            lights
        }
    }
}

/// Counts and truth mask of a window.
pub(crate) fn expose(
    lights: &[Light],
    defects: &[Defect],
    window: &Window,
    field_centre_mm: (f64, f64),
    field_half_mm: f64,
    render: &RenderParams,
    seed: u64,
) -> (Array2<f32>, Mask) {
    let (width, height) = (window.width, window.height);
    let mut pixels = Array2::<f32>::zeros((height, width));
    let mut mask = Mask::zeros((height, width));
    let grain = Grain::new(seed, render.grain_correlation_px);
    let strip_len = STRIP_ROWS * width;
    let (Some(all_pixels), Some(all_bits)) = (pixels.as_slice_mut(), mask.as_slice_mut()) else {
        return (pixels, mask);
    };
    all_pixels.par_chunks_mut(strip_len).zip(all_bits.par_chunks_mut(strip_len)).enumerate().for_each(
        |(strip, (pixels, bits))| {
            let first_row = strip * STRIP_ROWS;
            let mut light_strip = Strip::new(pixels, first_row, width);
            let mut mask_strip = Strip::new(bits, first_row, width);
            for light in lights {
                light.add_to(&mut light_strip);
                light.mark(&mut mask_strip, render.noise_adu, mask_bits::BRIGHT_STAR, mask_bits::SPIKE);
            }
            let noise = grain.rows(window, first_row, pixels.len() / width);
            for (row, ((line, bits), noise)) in
                pixels.chunks_mut(width).zip(bits.chunks_mut(width)).zip(noise.chunks(width)).enumerate()
            {
                let y = (first_row + row) as f64;
                for (x, ((pixel, bits), noise)) in line.iter_mut().zip(bits).zip(noise).enumerate() {
                    let place = window.plate_mm(sky_coords::PixelPos::new(x as f64, y));
                    let level = f64::from(*pixel) + sky_level(place, field_centre_mm, field_half_mm, render);
                    let (count, slope) = response(level, render.saturation_adu);
                    if slope < 0.5 {
                        *bits |= mask_bits::SATURATED;
                    }
                    let sigma = render.noise_adu * (level / render.sky_adu).sqrt() * slope;
                    *pixel = (count + sigma * f64::from(*noise)) as f32;
                }
            }
            for defect in defects {
                damage(defect, window, pixels, bits, first_row);
            }
            for pixel in pixels {
                *pixel = pixel.round().clamp(0.0, COUNT_LIMIT);
            }
        },
    );
    (pixels, mask)
}

/// SNR_WIN that source-extractor would give an isolated star of that flux on sky noise taken as white: the flux in a Gaussian
/// window of the star's own half-light radius over its error (SExtractor manual, windowed parameters).
pub(crate) fn expected_snr_win(flux_adu: f64, fwhm_px: f64, render: &RenderParams) -> f64 {
    /// Half-light radius of a Moffat of exponent 3, in FWHM: alpha sqrt(sqrt(2) - 1) / FWHM.
    const HALF_LIGHT_PER_FWHM: f64 = 0.631_193;
    /// The window's standard deviation is the half-light diameter over this (a Gaussian's FWHM).
    const FWHM_PER_SIGMA: f64 = 2.354_820;
    let sigma = 2.0 * HALF_LIGHT_PER_FWHM * fwhm_px / FWHM_PER_SIGMA;
    let side = 2 * libm::ceil(4.0 * sigma) as usize + 1;
    let centre = (side / 2) as f64;
    let mut pixels = vec![0.0_f32; side * side];
    Light::star(centre, centre, flux_adu, fwhm_px, 1e-3).add_to(&mut Strip::new(&mut pixels, 0, side));
    let (sky_count, _) = response(render.sky_adu, render.saturation_adu);
    let (mut signal, mut variance) = (0.0, 0.0);
    for (index, light) in pixels.iter().enumerate() {
        let (dx, dy) = ((index % side) as f64 - centre, (index / side) as f64 - centre);
        let weight = libm::exp(-0.5 * (dx * dx + dy * dy) / (sigma * sigma));
        let (count, _) = response(f64::from(*light) + render.sky_adu, render.saturation_adu);
        signal += weight * (count - sky_count);
        variance += weight * weight;
    }
    signal / (render.noise_adu * variance.sqrt())
}

/// Angle from the x axis towards y of a position angle: north is +y, east is -x.
fn axis_angle_rad(position_angle_deg: f64) -> f64 {
    (90.0 + position_angle_deg) * RAD_PER_DEG
}

/// Fog and sky at a place of the plate, ADU.
fn sky_level((x_mm, y_mm): (f64, f64), field_centre_mm: (f64, f64), field_half_mm: f64, render: &RenderParams) -> f64 {
    let across = (x_mm - field_centre_mm.0 + y_mm - field_centre_mm.1) / (4.0 * field_half_mm);
    let r2 = (x_mm * x_mm + y_mm * y_mm) / (FOG_RADIUS_MM * FOG_RADIUS_MM);
    (render.sky_adu + render.gradient_adu * across + FOG_ADU * r2 * r2 * r2).max(1.0)
}

/// Count of a level and the slope of the response: linear at first, smooth to the plateau,
/// count = level / (1 + (level/plateau)^4)^(1/4).
fn response(level: f64, plateau: f64) -> (f64, f64) {
    let t = level / plateau;
    let u = 1.0 + t * t * t * t;
    let root = u.sqrt().sqrt();
    (level / root, 1.0 / (root * u))
}

/// Pulls the pixels under a defect towards its level.
fn damage(defect: &Defect, window: &Window, pixels: &mut [f32], bits: &mut [u16], first_row: usize) {
    let [start, control, end] = defect.curve_mm.map(|(x, y)| window.pixel(x, y));
    let pixel_mm = window.pixel_size_um / 1000.0;
    let (width_px, rows) = (defect.width_mm / pixel_mm, pixels.len() / window.width);
    let reach = if defect.soft { 2.0 * width_px } else { 0.5 * width_px + 1.0 };
    let straight = matches!(defect.kind, DefectKind::Scratch | DefectKind::Trail | DefectKind::EmulsionSpot);
    let steps = if straight { 1 } else { CURVE_STEPS };
    let curve: Vec<(f64, f64)> = (0..=steps)
        .map(|step| {
            let t = step as f64 / steps as f64;
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            (a * start.x_px + b * control.x_px + c * end.x_px, a * start.y_px + b * control.y_px + c * end.y_px)
        })
        .collect();
    let extent = |low: f64, high: f64, origin: f64, count: usize| {
        let first = (libm::floor(low - reach) - origin).clamp(0.0, count as f64);
        let end = (libm::ceil(high + reach) - origin + 1.0).clamp(first, count as f64);
        (first as usize, end as usize)
    };
    let bounds = |values: &dyn Fn(&(f64, f64)) -> f64| {
        curve.iter().map(values).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((low_x, high_x), (low_y, high_y)) = (bounds(&|p| p.0), bounds(&|p| p.1));
    let (first_x, end_x) = extent(low_x, high_x, 0.0, window.width);
    let (first_y, end_y) = extent(low_y, high_y, first_row as f64, rows);
    for row in first_y..end_y {
        let y = (first_row + row) as f64;
        for x in first_x..end_x {
            let near =
                curve.windows(2).map(|ends| distance(ends[0], ends[1], (x as f64, y))).fold(f64::INFINITY, f64::min);
            if near > reach {
                continue;
            }
            let share = if defect.soft {
                libm::exp(-4.0 * std::f64::consts::LN_2 * near * near / (width_px * width_px))
            } else {
                (0.5 * width_px + 0.5 - near).clamp(0.0, 1.0) * width_px.min(1.0)
            };
            let opacity = share * defect.opacity;
            let index = row * window.width + x;
            let pixel = f64::from(pixels[index]);
            pixels[index] = (pixel + opacity * (defect.level_adu - pixel)) as f32;
            if opacity > BAD_OPACITY {
                bits[index] |= mask_bits::BAD;
            }
        }
    }
}

/// Distance of a point from the segment between two others.
fn distance(a: (f64, f64), b: (f64, f64), point: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let along = ((point.0 - a.0) * dx + (point.1 - a.1) * dy) / length2.max(1e-12);
    let t = along.clamp(0.0, 1.0);
    let (ox, oy) = (point.0 - a.0 - t * dx, point.1 - a.1 - t * dy);
    (ox * ox + oy * oy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{distance, expected_snr_win, response};
    use crate::params::RenderParams;

    #[test]
    fn the_response_is_linear_at_first_and_ends_at_the_plateau() {
        let (count, slope) = response(2400.0, 24_000.0);
        assert!((count - 2400.0).abs() < 0.1 && (slope - 1.0).abs() < 2e-4);
        let (count, slope) = response(1e7, 24_000.0);
        assert!((count - 24_000.0).abs() < 1.0 && slope < 1e-9);
    }

    #[test]
    fn snr_of_a_faint_star_is_its_flux_through_a_gaussian_window() {
        // Continuum: SNR = F int I w / (sigma sqrt(pi) s); int I w of a Moffat of exponent 3 through a Gaussian of
        // s = 0.536 FWHM, by numerical integration outside this program: 0.4845 (independent of the FWHM).
        let render = RenderParams { saturation_adu: 1e9, ..RenderParams::default() };
        let s = 0.536_09 * 3.0;
        let expected = 2000.0 * 0.4845 / (render.noise_adu * std::f64::consts::PI.sqrt() * s);
        let found = expected_snr_win(2000.0, 3.0, &render);
        assert!(
            (found / expected - 1.0).abs() < 0.02,
            "{found} {expected}: pixels of a third of the FWHM change it by 1 %"
        );
    }

    #[test]
    fn distance_ends_at_the_ends_of_a_segment() {
        assert_eq!(distance((0.0, 0.0), (10.0, 0.0), (5.0, 3.0)), 3.0);
        assert_eq!(distance((0.0, 0.0), (10.0, 0.0), (13.0, 4.0)), 5.0);
        assert_eq!(distance((1.0, 1.0), (1.0, 1.0), (4.0, 5.0)), 5.0);
    }
}
