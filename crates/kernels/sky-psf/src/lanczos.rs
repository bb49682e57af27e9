//! Lanczos-4 interpolation (Duchon 1979, J. Appl. Meteor. 18, 1016), the kernel of PSFEx, from a table.

use std::sync::LazyLock;

/// Samples that one interpolated value is made of.
pub(crate) const TAPS: usize = 8;
/// Samples below the interval that holds the point.
pub(crate) const TAPS_BELOW: i64 = 3;
/// Half width of the kernel.
const ORDER: f64 = 4.0;
/// Intervals of the table; linear interpolation between them is exact to 2e-6.
const PHASES: usize = 512;

/// Weights of the eight samples around a point and their derivatives by its position.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taps {
    pub(crate) weights: [f32; TAPS],
    pub(crate) slopes: [f32; TAPS],
}

static TABLE: LazyLock<Vec<Taps>> = LazyLock::new(|| (0..=PHASES).map(|p| exact(p as f64 / PHASES as f64)).collect());

/// The taps of a point at `fraction` (0 to 1) of the way between samples 3 and 4.
pub(crate) fn taps(fraction: f64) -> Taps {
    let phase = fraction.clamp(0.0, 1.0) * PHASES as f64;
    let index = (phase as usize).min(PHASES - 1);
    let share = (phase - index as f64) as f32;
    let (low, high) = (&TABLE[index], &TABLE[index + 1]);
    let mut taps = Taps::default();
    for k in 0..TAPS {
        taps.weights[k] = low.weights[k] + share * (high.weights[k] - low.weights[k]);
        taps.slopes[k] = low.slopes[k] + share * (high.slopes[k] - low.slopes[k]);
    }
    taps
}

/// Weights normalised to a sum of one, so that a constant stays one.
fn exact(fraction: f64) -> Taps {
    let kernel: [(f64, f64); TAPS] = std::array::from_fn(|k| lanczos(fraction + TAPS_BELOW as f64 - k as f64));
    let (sum, slope) = kernel.iter().fold((0.0, 0.0), |(sum, slope), (w, d)| (sum + w, slope + d));
    Taps {
        weights: kernel.map(|(weight, _)| (weight / sum) as f32),
        slopes: kernel.map(|(weight, derivative)| ((derivative - weight * slope / sum) / sum) as f32),
    }
}

/// sinc(t) sinc(t / 4) and its derivative.
fn lanczos(t: f64) -> (f64, f64) {
    if t.abs() >= ORDER {
        return (0.0, 0.0);
    }
    let ((wide, wide_slope), (narrow, narrow_slope)) = (sinc(t / ORDER), sinc(t));
    (narrow * wide, narrow_slope * wide + narrow * wide_slope / ORDER)
}

/// sin(pi t) / (pi t) and its derivative.
fn sinc(t: f64) -> (f64, f64) {
    let angle = std::f64::consts::PI * t;
    if angle.abs() < 1e-4 {
        return (1.0 - angle * angle / 6.0, -std::f64::consts::PI * angle / 3.0);
    }
    let value = libm::sin(angle) / angle;
    (value, (libm::cos(angle) - value) / t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_reproduced_at_its_own_place() {
        for (k, weight) in taps(0.0).weights.into_iter().enumerate() {
            test_sky::assert_close!(weight, if k == 3 { 1.0 } else { 0.0 }, abs = 1e-7, "weight {k} at phase 0");
        }
    }

    #[test]
    fn a_smooth_wave_is_interpolated_with_its_slope() {
        let wave = |x: f64| libm::cos(0.9 * x + 0.3);
        let slope = |x: f64| -0.9 * libm::sin(0.9 * x + 0.3);
        for step in 0..40 {
            let fraction = f64::from(step) / 40.0;
            let taps = taps(fraction);
            let sum = |w: [f32; TAPS]| (0..TAPS).map(|k| f64::from(w[k]) * wave(k as f64 - 3.0)).sum::<f64>();
            test_sky::assert_close!(sum(taps.weights), wave(fraction), abs = 8e-3, "value at {fraction}");
            test_sky::assert_close!(sum(taps.slopes), slope(fraction), abs = 4e-2, "slope at {fraction}");
        }
    }
}
