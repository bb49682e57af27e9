//! Scenes of stars with an analytic, spatially varying PSF.

use ndarray::Array2;
use sky_coords::PixelPos;
use sky_psf::{Noise, PsfCandidate, PsfImage};

/// Points on each side of a pixel over which the profile is integrated.
const SUBPIXELS: usize = 6;
/// Half-light diameter of a Moffat profile (beta 3) over its FWHM: sqrt(sqrt(2) - 1) / sqrt(2^(1/3) - 1).
const DIAMETER_PER_FWHM: f64 = 1.262_42;

/// A scene and what was put into it.
pub struct Scene {
    pub pixels: Array2<f32>,
    pub sigma_adu: f64,
    pub candidates: Vec<PsfCandidate>,
    pub positions: Vec<PixelPos>,
    pub fluxes: Vec<f64>,
}

/// FWHM of the optical profile across the field: 2.5 px in one corner, 3.2 px in the other.
pub fn varying_fwhm_px(size: usize) -> impl Fn(PixelPos) -> f64 {
    move |place| 2.5 + 0.35 * (place.x_px + place.y_px) / (size as f64 - 1.0)
}

/// Value of a Moffat profile (beta 3) of unit flux, integrated over the pixel at an offset.
pub fn moffat(dx_px: f64, dy_px: f64, fwhm_px: f64) -> f64 {
    let scale = 0.5 * fwhm_px / (libm::cbrt(2.0) - 1.0).sqrt();
    let offset = |k: usize| (k as f64 + 0.5) / SUBPIXELS as f64 - 0.5;
    let mut sum = 0.0;
    for j in 0..SUBPIXELS {
        for i in 0..SUBPIXELS {
            let (x, y) = (dx_px + offset(i), dy_px + offset(j));
            let base = 1.0 + (x * x + y * y) / (scale * scale);
            sum += 1.0 / (base * base * base);
        }
    }
    2.0 * sum / (std::f64::consts::PI * scale * scale * (SUBPIXELS * SUBPIXELS) as f64)
}

/// FWHM of the same profile with its pixel, found by halving.
pub fn effective_fwhm_px(fwhm_px: f64) -> f64 {
    let (mut inner, mut outer) = (0.0, 3.0 * fwhm_px);
    for _ in 0..40 {
        let middle = 0.5 * (inner + outer);
        let above = moffat(middle, 0.0, fwhm_px) > 0.5 * moffat(0.0, 0.0, fwhm_px);
        if above { inner = middle } else { outer = middle }
    }
    inner + outer
}

/// Adds a source of that profile to an image.
pub fn add(pixels: &mut Array2<f32>, place: PixelPos, flux_adu: f64, profile: impl Fn(f64, f64) -> f64) {
    let (height, width) = pixels.dim();
    for y in (place.y_px - 25.0).max(0.0) as usize..=((place.y_px + 25.0) as usize).min(height - 1) {
        for x in (place.x_px - 25.0).max(0.0) as usize..=((place.x_px + 25.0) as usize).min(width - 1) {
            pixels[(y, x)] += (flux_adu * profile(x as f64 - place.x_px, y as f64 - place.y_px)) as f32;
        }
    }
}

/// `side` x `side` stars on a jittered grid over a square image of `size` pixels, of fluxes from 4,000 to 130,000 ADU over
/// white noise of 10 ADU (SNR about 60 to 1,600), each with its own width. The catalogue has errors of position as a detection has.
pub fn stars(size: usize, side: usize, fwhm_px: impl Fn(PixelPos) -> f64, seed: u64) -> Scene {
    let sigma_adu = 10.0;
    let mut pixels = test_sky::white_noise(size, size, sigma_adu, seed);
    // A low-discrepancy sequence (Kronecker) in place of random numbers.
    let turn = |k: usize, step: f64| (k as f64 * step + 0.37 * seed as f64).fract();
    let spacing = size as f64 / side as f64;
    let (mut candidates, mut positions, mut fluxes) = (Vec::new(), Vec::new(), Vec::new());
    for k in 0..side * side {
        let jitter = 0.4 * spacing;
        let x_px = ((k % side) as f64 + 0.5) * spacing + jitter * (turn(k, 0.754_877_67) - 0.5);
        let y_px = ((k / side) as f64 + 0.5) * spacing + jitter * (turn(k, 0.569_840_29) - 0.5);
        let place = PixelPos::new(x_px, y_px);
        let flux = 4000.0 * libm::exp(3.5 * turn(k, 0.618_033_99));
        let width = fwhm_px(place);
        add(&mut pixels, place, flux, |dx, dy| moffat(dx, dy, width));
        let snr = flux / (sigma_adu * 6.5);
        let error = |step: f64| (turn(k, step) - 0.5) * 4.0 / snr;
        candidates.push(PsfCandidate {
            position: PixelPos::new(x_px + error(0.414_213_56), y_px + error(0.732_050_81)),
            flux_adu: 0.93 * flux,
            half_light_radius_px: 0.5 * DIAMETER_PER_FWHM * width,
            snr,
            elongation: 1.02,
            flags: 0,
            peak_adu: flux * moffat(0.0, 0.0, width),
            background_adu: 5000.0,
        });
        positions.push(place);
        fluxes.push(flux);
    }
    Scene { pixels, sigma_adu, candidates, positions, fluxes }
}

impl Scene {
    pub fn image(&self) -> PsfImage<'_> {
        PsfImage::new(self.pixels.view(), None, Noise::Uniform(self.sigma_adu), 0.0).expect("a valid image")
    }
}

/// Median of numbers.
pub fn median(mut values: Vec<f64>) -> f64 {
    sky_stats::median(&mut values).expect("there are values")
}
