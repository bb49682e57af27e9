//! What the pixels of an object say of it.

use sky_catalog::flags::{ISOPHOTE_INCOMPLETE, SATURATED, TRUNCATED};
use sky_catalog::{Flux, ISOPHOTAL_LEVELS, Isophotal, Moments, Source};
use sky_image::{Mask, mask_bits};
use sky_photometry::Noise;

use crate::object::{Object, Pixel};

/// Variance of a position that is uniform over a pixel; SExtractor's digits.
const PIXEL_VARIANCE_PX2: f64 = 0.083_333;

/// The image that the objects are on.
pub(crate) struct Frame<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) mask: Option<&'a Mask>,
    /// Level at which pixels are saturated, ADU with the background.
    pub(crate) saturation: f64,
}

/// The isophotal measures of an object: place and shape from the filtered image, light from the unfiltered one
/// (SExtractor manual, "Isophotal measurements").
pub(crate) fn source(
    object: &Object,
    frame: &Frame<'_>,
    analysis_threshold: f64,
    background: f64,
    noise: Noise,
) -> Source {
    let profile = &object.profile;
    let lit = object.pixels.iter().chain(&object.absorbed);
    let peak = lit.clone().map(|pixel| f64::from(pixel.value)).fold(f64::NEG_INFINITY, f64::max);
    let brightest = lit.clone().fold(None, |best: Option<&Pixel>, pixel| match best {
        Some(best) if best.filtered >= pixel.filtered => Some(best),
        _ => Some(pixel),
    });
    let (x_peak_px, y_peak_px) = brightest.map_or((0, 0), |pixel| (pixel.x, pixel.y));
    // Of two images the one that is measured may have no data where the other one has.
    let flux: f64 = lit.clone().map(|pixel| f64::from(pixel.value)).filter(|value| value.is_finite()).sum();
    let variance = lit.clone().count() as f64 * noise.sky_adu * noise.sky_adu;
    let source_variance = if noise.gain_e_per_adu > 0.0 && flux > 0.0 { flux / noise.gain_e_per_adu } else { 0.0 };

    let mut source = Source {
        x_px: profile.x,
        y_px: profile.y,
        threshold_adu: object.threshold,
        background_adu: background,
        flags: object.flags,
        isophotal: Isophotal {
            x_min_px: profile.x_min,
            x_max_px: profile.x_max,
            y_min_px: profile.y_min,
            y_max_px: profile.y_max,
            x_peak_px,
            y_peak_px,
            area_px2: object.pixels.iter().filter(|pixel| f64::from(pixel.value) > analysis_threshold).count() as u32,
            area_filtered_px2: profile.area,
            moments: profile.moments,
            ellipse: profile.moments.ellipse(),
            position_variance: position_variance(object, noise),
            flux: Flux { adu: flux, err_adu: (variance + source_variance).sqrt() },
            peak_adu: peak,
            fwhm_px: fwhm_px(object, peak, frame.saturation - background),
            analysis_threshold_adu: analysis_threshold,
            level_areas_px2: level_areas_px2(lit.clone(), analysis_threshold, peak),
        },
        ..Source::default()
    };
    // Of a part of a blend only the core counts, as in SExtractor: what it was given of the blend's rim is not its own.
    if object.core.touches_edge(frame.width, frame.height) {
        source.flags |= TRUNCATED;
    }
    if peak + background >= frame.saturation {
        source.flags |= SATURATED;
    }
    if let Some(mask) = frame.mask {
        for pixel in lit {
            let bits = mask[[pixel.y as usize, pixel.x as usize]];
            source.image_flags |= u32::from(bits);
            source.n_masked_px += u32::from(bits != 0);
        }
        if source.image_flags & u32::from(mask_bits::SATURATED) != 0 {
            source.flags |= SATURATED;
        }
    }
    if object.pixels.iter().any(|pixel| !pixel.value.is_finite()) {
        source.flags |= ISOPHOTE_INCOMPLETE;
    }
    source
}

/// Pixels above each of eight levels, spaced exponentially from the threshold to the peak (SExtractor's ISO0 to ISO7).
fn level_areas_px2<'a>(lit: impl Iterator<Item = &'a Pixel>, threshold: f64, peak: f64) -> [u32; ISOPHOTAL_LEVELS] {
    let mut areas = [0; ISOPHOTAL_LEVELS];
    if threshold <= 0.0 || peak <= threshold {
        return areas;
    }
    let step = libm::log(peak / threshold) / ISOPHOTAL_LEVELS as f64;
    let levels: [f64; ISOPHOTAL_LEVELS] = std::array::from_fn(|level| threshold * libm::exp(level as f64 * step));
    for pixel in lit {
        let above = levels.iter().take_while(|level| f64::from(pixel.value) > **level).count();
        areas[..above].iter_mut().for_each(|area| *area += 1);
    }
    areas
}

/// Variances of the barycentre from the noise of the pixels (SExtractor manual, "Position errors": equations of ERRX2).
fn position_variance(object: &Object, noise: Noise) -> Moments {
    let profile = &object.profile;
    let mut variance = Moments::default();
    let (mut total, mut flux) = (0.0, 0.0);
    for pixel in &object.pixels {
        let light = f64::from(pixel.filtered);
        let of_pixel = noise.sky_adu * noise.sky_adu
            + if noise.gain_e_per_adu > 0.0 && light > 0.0 { light / noise.gain_e_per_adu } else { 0.0 };
        let (dx, dy) = (f64::from(pixel.x) - profile.x, f64::from(pixel.y) - profile.y);
        total += of_pixel;
        flux += light;
        variance.xx_px2 += of_pixel * dx * dx;
        variance.yy_px2 += of_pixel * dy * dy;
        variance.xy_px2 += of_pixel * dx * dy;
    }
    let scale = 1.0 / (flux * flux);
    variance =
        Moments { xx_px2: variance.xx_px2 * scale, yy_px2: variance.yy_px2 * scale, xy_px2: variance.xy_px2 * scale };
    let pixel = PIXEL_VARIANCE_PX2 * total * scale;
    if profile.singular && variance.determinant() < pixel * pixel {
        variance.xx_px2 += pixel;
        variance.yy_px2 += pixel;
    }
    variance
}

/// Full width at half maximum of a Gaussian fitted to the unfiltered pixels above the threshold and a fifth of the peak
/// that are not saturated: a straight line through
/// the logarithms of the pixels against their squared distance, weighted with their squares.
///
/// The slope is at least 1 / (13 a b), and 1 / (4 FWHM) is taken off for the size of the pixels: both as SExtractor has it.
fn fwhm_px(object: &Object, peak: f64, saturation: f64) -> f64 {
    /// FWHM of exp(-b r^2) in units of 1 / sqrt(b): 2 sqrt(ln 2).
    const FWHM_OF_UNIT_SLOPE: f64 = 1.6651;
    /// Product of axes and slope below which the profile is too flat to be trusted.
    const FLATTEST: f64 = 13.0;
    /// Share of the peak that a pixel of the core has.
    const CORE_SHARE: f64 = 0.2;
    let faintest = object.threshold.max(CORE_SHARE * peak);
    let profile = &object.profile;
    let (mut s, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for pixel in &object.pixels {
        let light = f64::from(pixel.value);
        if light > faintest && light < saturation {
            let (dx, dy) = (f64::from(pixel.x) - profile.x, f64::from(pixel.y) - profile.y);
            let (distance2, weight, logarithm) = (dx * dx + dy * dy, light * light, libm::log(light));
            s += weight;
            sx += distance2 * weight;
            sy += logarithm * weight;
            sxx += distance2 * distance2 * weight;
            sxy += distance2 * logarithm * weight;
        }
    }
    let determinant = s * sxx - sx * sx;
    if determinant == 0.0 {
        return 0.0;
    }
    let slope = (-(s * sxy - sx * sy) / determinant).max(1.0 / (FLATTEST * profile.axes.0 * profile.axes.1));
    let fwhm = FWHM_OF_UNIT_SLOPE / slope.sqrt();
    // Below half a pixel the correction is larger than the width: no width, as where no line can be fitted.
    (fwhm - 1.0 / (4.0 * fwhm)).max(0.0)
}
