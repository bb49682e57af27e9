//! Sharing of a blend's pixels among its sources.

use crate::object::{Pixel, Profile};

/// Exponent beyond which a profile counts as nothing.
const FAR: f64 = 70.0;
/// Amplitudes are at most this many times the peak of the core.
const MAX_AMPLITUDE: f64 = 4.0;

/// A Gaussian fitted to the core of a source.
struct Core {
    profile: Profile,
    amplitude: f64,
}

impl Core {
    fn new(pixels: &[Pixel], threshold: f64) -> Self {
        let profile = Profile::new(pixels, threshold, None);
        let (major, minor) = profile.axes;
        let exponent =
            f64::from(profile.area) / (2.0 * std::f64::consts::PI * profile.threshold_correction * major * minor);
        let limit = MAX_AMPLITUDE * profile.peak;
        let amplitude = if exponent < FAR { (threshold * libm::exp(exponent)).min(limit) } else { limit };
        Self { profile, amplitude }
    }

    /// Half the squared distance of a pixel in units of the core's axes.
    fn distance(&self, pixel: &Pixel) -> f64 {
        let (dx, dy) = (f64::from(pixel.x) - self.profile.x, f64::from(pixel.y) - self.profile.y);
        0.5 * self.profile.coefficients.radius2(dx, dy) / self.profile.threshold_correction
    }
}

/// Gives each pixel outside the `cores` to a source with the probability that its light is from there: the share of the
/// source's Gaussian in the sum of all (Bertin & Arnouts 1996, section 5). The lot is a hash of the pixel's place, so
/// that it falls the same way each time. Where no Gaussian reaches, the nearest core takes it.
///
/// Returns the pixels of each source, those of its core first, and the place of the core.
pub(crate) fn share_out(pixels: &[Pixel], cores: &[Vec<u32>], thresholds: &[f64]) -> Vec<(Vec<Pixel>, (f64, f64))> {
    /// Below this sum of all Gaussians the nearest core decides.
    const NOTHING: f64 = 1.0e-31;
    let models: Vec<Core> = cores
        .iter()
        .zip(thresholds)
        .map(|(core, threshold)| {
            let pixels: Vec<Pixel> = core.iter().map(|number| pixels[*number as usize]).collect();
            Core::new(&pixels, *threshold)
        })
        .collect();
    let mut owner = vec![usize::MAX; pixels.len()];
    for (source, core) in cores.iter().enumerate() {
        for number in core {
            owner[*number as usize] = source;
        }
    }
    let in_core: Vec<bool> = owner.iter().map(|owner| *owner != usize::MAX).collect();
    let mut summed = vec![0.0; models.len()];
    for (pixel, owner) in pixels.iter().zip(&mut owner) {
        if *owner != usize::MAX {
            continue;
        }
        let (mut sum, mut nearest, mut least) = (0.0, 0, f64::INFINITY);
        for (source, model) in models.iter().enumerate() {
            let distance = model.distance(pixel);
            if distance < FAR {
                sum += model.amplitude * libm::exp(-distance);
            }
            summed[source] = sum;
            if distance < least {
                (nearest, least) = (source, distance);
            }
        }
        let drawn = sum * lot(pixel.x, pixel.y);
        *owner = if sum > NOTHING {
            summed.iter().position(|through| *through >= drawn).unwrap_or(nearest)
        } else {
            nearest
        };
    }
    let mut shared: Vec<Vec<Pixel>> =
        cores.iter().map(|core| core.iter().map(|number| pixels[*number as usize]).collect()).collect();
    for (pixel, owner) in
        pixels.iter().zip(&owner).zip(&in_core).filter(|(_, in_core)| !**in_core).map(|(pair, _)| pair)
    {
        shared[*owner].push(*pixel);
    }
    shared.into_iter().zip(models).map(|(pixels, model)| (pixels, (model.profile.x, model.profile.y))).collect()
}

/// A number in [0, 1) that depends on the place only (SplitMix64, Steele et al. 2014, OOPSLA 453).
fn lot(x: u32, y: u32) -> f64 {
    let mut state = (u64::from(y) << 32 | u64::from(x)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^= state >> 31;
    (state >> 11) as f64 / (1_u64 << 53) as f64
}
