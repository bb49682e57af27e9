//! Noise of images whose clipped background has no scatter: counts of few photons, coarse steps.

/// Share of pixels that must lie on the steps.
const ON_STEPS_SHARE: f64 = 0.999;
/// How far from a whole number of steps a pixel may lie, steps.
const ON_STEP_TOLERANCE: f64 = 1.0e-3;
/// Steps in the range of an image of counts; more than that are the digits of a 32-bit float, not steps.
const MOST_STEPS: f64 = 16_777_216.0;
/// Steps this near to the spacing of 32-bit floats are rounding, whose noise says nothing of the sky's.
const ROUNDING_STEPS: f32 = 4.0;
/// Variance of a value that is rounded to steps of one.
const STEP_VARIANCE: f64 = 1.0 / 12.0;

/// Where the noise of a background comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseOrigin {
    /// The scatter of the clipped pixels.
    Measured,
    /// The clipped pixels are all equal; pixels lie on steps, and how many lie off the lowest says how many events there are.
    Counted {
        /// The step, ADU.
        step_adu: f64,
    },
    /// All good pixels are equal: there is neither noise nor a source.
    Constant,
    /// The clipped pixels are all equal and the others lie on no steps: nothing says what the noise is.
    Unknown,
}

/// Noise in ADU of `pixels` (finite), of which more than half are equal, and where it comes from.
///
/// Pixels on steps q with a share p at the common value are counts of a mean of -ln p events: the variance is
/// -q^2 ln p, that of a Poisson process, and no less than that of rounding, q^2 / 12. Bright sources hardly change p, as they
/// cover few pixels.
pub(crate) fn counted_noise(pixels: &mut [f32]) -> (f64, NoiseOrigin) {
    pixels.sort_unstable_by(f32::total_cmp);
    let Some(&common) = pixels.get(pixels.len() / 2) else { return (0.0, NoiseOrigin::Constant) };
    let off: Vec<f64> = pixels
        .iter()
        .filter(|pixel| **pixel != common)
        .map(|pixel| (f64::from(*pixel) - f64::from(common)).abs())
        .collect();
    let Some(step_adu) = off.iter().copied().reduce(f64::min) else { return (0.0, NoiseOrigin::Constant) };
    let spacing = common.abs().next_up() - common.abs();
    let on_steps = off.iter().filter(|off| {
        let steps = *off / step_adu;
        steps < MOST_STEPS && (steps - libm::round(steps)).abs() < ON_STEP_TOLERANCE
    });
    if (on_steps.count() as f64) < ON_STEPS_SHARE * off.len() as f64 || step_adu <= f64::from(ROUNDING_STEPS * spacing)
    {
        return (0.0, NoiseOrigin::Unknown);
    }
    let common_share = (pixels.len() - off.len()) as f64 / pixels.len() as f64;
    let events = -libm::log(common_share);
    (step_adu * events.max(STEP_VARIANCE).sqrt(), NoiseOrigin::Counted { step_adu })
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_sky::assert_close;

    #[test]
    fn sparse_counts_have_the_noise_of_their_mean() {
        // 20 % of the pixels hold an event of 3 ADU: a Poisson mean of 0.2231.
        let mut pixels: Vec<f32> = (0..10_000).map(|index| if index % 5 == 0 { 3.0 } else { 0.0 }).collect();
        let (rms_adu, origin) = counted_noise(&mut pixels);
        assert_eq!(origin, NoiseOrigin::Counted { step_adu: 3.0 });
        assert_close!(rms_adu, 3.0 * 0.2231_f64.sqrt(), abs = 1e-3, "a Poisson process");
        let mut few: Vec<f32> = (0..10_000).map(|index| if index % 50 == 0 { 3.0 } else { 0.0 }).collect();
        assert_close!(counted_noise(&mut few).0, 3.0 / 12.0_f64.sqrt(), abs = 1e-3, "rounding, which is more");
    }

    #[test]
    fn smooth_images_without_noise_have_none_that_is_known() {
        for level in [0.0_f32, 1000.0] {
            let star = |index: i32| level + 500.0 * libm::expf(-0.001 * (index * index) as f32);
            let mut pixels: Vec<f32> = (-3000..3000).map(star).collect();
            assert_eq!(counted_noise(&mut pixels).1, NoiseOrigin::Unknown, "on a level of {level}");
        }
        assert_eq!(counted_noise(&mut [7.0; 100]), (0.0, NoiseOrigin::Constant));
    }

    #[test]
    fn the_spacing_of_floats_is_no_step_of_the_detector() {
        // Whole numbers near 2^31 in steps of 256, which is what is left of 64-bit integers in 32-bit floats.
        let mut pixels: Vec<f32> =
            (0..1000).map(|index| 2.147_483_6e9 + if index % 10 == 0 { 512.0 } else { 0.0 }).collect();
        assert_eq!(counted_noise(&mut pixels).1, NoiseOrigin::Unknown);
    }
}
