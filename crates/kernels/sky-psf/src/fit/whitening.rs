//! A filter that makes correlated noise white.

use sky_stats::NoiseCorrelation;

/// Pixels on each side that the filter reads. Three hold what grain of a correlation length of 1.5 pixels needs: one more
/// changes the scatter of positions by 0.5 % and that of fluxes by 1.5 %.
pub(super) const REACH_PX: usize = 3;
/// Taps along a row or a column.
const SIDE: usize = 2 * REACH_PX + 1;
/// Frequencies along an axis at which the filter is designed.
const FREQUENCIES: usize = 32;
/// Power below this share of that of white noise counts as so much: what is hardly there, and hardly known, is not amplified
/// without end. Of 0.02, 0.05, 0.1 and 0.2, positions of a star of 2.7 px on grain of 1.5 px scatter least with 0.1: 0.753 of
/// those of independent pixels (0.801, 0.762 and 0.765 with the others).
const LEAST_POWER: f64 = 0.1;
/// Correlation of the nearest pixels below which noise counts as white: five errors of what a thousand patches of empty sky say.
const LEAST_CORRELATION: f64 = 0.05;

/// A symmetric filter h on the pixels, so that the noise behind it is nearly independent from pixel to pixel and as large as
/// before.
///
/// A fit with the inverse covariance of its noise is an ordinary one of filtered pixels to a filtered model (Aitken 1935, Proc.
/// R. Soc. Edinburgh 55, 42). The amplitude of h is 1 / sqrt(power of the noise) at each frequency.
#[derive(Clone, Debug)]
pub(super) struct Whitening {
    /// Row by row.
    taps: [f32; SIDE * SIDE],
    /// Variance that white noise of variance one has behind the filter.
    pub(super) white_power: f64,
}

impl Whitening {
    /// The filter for noise of that correlation; `None` where it is white.
    pub(super) fn new(noise: &NoiseCorrelation) -> Option<Self> {
        let nearest = [noise.at(1, 0), noise.at(0, 1), noise.at(1, 1), noise.at(1, -1)];
        if nearest.iter().all(|correlation| correlation.abs() < LEAST_CORRELATION) {
            return None;
        }
        let n = FREQUENCIES as i64;
        let cosine: Vec<f64> =
            (0..n).map(|k| libm::cos(std::f64::consts::TAU * k as f64 / FREQUENCIES as f64)).collect();
        let wave = |turns: i64| cosine[turns.rem_euclid(n) as usize];
        let reach = noise.reach_px() as i64;
        let power = |kx: i64, ky: i64| -> f64 {
            let of_row =
                |dy: i64| -> f64 { (-reach..=reach).map(|dx| noise.at(dx, dy) * wave(kx * dx + ky * dy)).sum() };
            (-reach..=reach).map(of_row).sum()
        };
        let frequencies: Vec<(i64, i64)> = (0..n).flat_map(|ky| (0..n).map(move |kx| (kx, ky))).collect();
        let amplitude: Vec<f64> =
            frequencies.iter().map(|&(kx, ky)| 1.0 / power(kx, ky).max(LEAST_POWER).sqrt()).collect();
        let half = REACH_PX as i64;
        let mut taps: Vec<f64> = (-half..=half)
            .flat_map(|dy| (-half..=half).map(move |dx| (dx, dy)))
            .map(|(dx, dy)| frequencies.iter().zip(&amplitude).map(|(&(kx, ky), a)| a * wave(kx * dx + ky * dy)).sum())
            .collect();
        let scale = 1.0 / noise.variance_of_sum(&taps, SIDE).sqrt();
        taps.iter_mut().for_each(|tap| *tap *= scale);
        let white_power = taps.iter().map(|tap| tap * tap).sum();
        Some(Self { taps: std::array::from_fn(|index| taps[index] as f32), white_power })
    }

    /// The filter's image of `from`, which is [`REACH_PX`] pixels larger on each side than `width` x `height`. A pixel that is
    /// missing (NaN) leaves out all that read it.
    pub(super) fn apply(&self, from: &[f32], width: usize, height: usize, to: &mut Vec<f32>) {
        let stride = width + 2 * REACH_PX;
        to.clear();
        to.resize(width * height, 0.0);
        for (y, line) in to.chunks_exact_mut(width.max(1)).enumerate() {
            for (row, taps) in self.taps.as_chunks::<SIDE>().0.iter().enumerate() {
                let source = &from[(y + row) * stride..][..stride];
                for (sum, pixels) in line.iter_mut().zip(source.windows(SIDE)) {
                    let products: [f32; SIDE] = std::array::from_fn(|k| taps[k] * pixels[k]);
                    let pairs = (products[0] + products[6], products[1] + products[5], products[2] + products[4]);
                    *sum += (pairs.0 + pairs.1) + (pairs.2 + products[3]);
                }
            }
        }
    }

    /// The weights on `side + 6` x `side + 6` unfiltered pixels that come to `weights` on `side` x `side` filtered ones.
    pub(super) fn unfiltered_weights(&self, weights: &[f32], side: usize) -> Vec<f64> {
        let outer = side + 2 * REACH_PX;
        let mut unfiltered = vec![0.0; outer * outer];
        for (index, weight) in weights.iter().enumerate() {
            let (x, y) = (index % side, index / side);
            for (tap_index, tap) in self.taps.iter().enumerate() {
                let at = (y + tap_index / SIDE) * outer + x + tap_index % SIDE;
                unfiltered[at] += f64::from(*tap) * f64::from(*weight);
            }
        }
        unfiltered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_sky::assert_close;

    /// Grain: a Gaussian correlation that falls to 1/e at 1.5 pixels.
    fn grain() -> NoiseCorrelation {
        NoiseCorrelation::from_fn(6, |dx, dy| libm::exp(-((dx * dx + dy * dy) as f64) / 2.25))
    }

    #[test]
    fn white_noise_needs_no_filter() {
        assert!(Whitening::new(&NoiseCorrelation::white()).is_none());
    }

    #[test]
    fn behind_the_filter_grain_is_nearly_white_and_as_large_as_before() {
        let (noise, filter) = (grain(), Whitening::new(&grain()).expect("correlated"));
        let taps: Vec<f64> = filter.taps.iter().map(|tap| f64::from(*tap)).collect();
        assert_close!(noise.variance_of_sum(&taps, SIDE), 1.0, abs = 1e-4, "unit variance");
        // Covariance of neighbours behind the filter: by the variance of their sum, 2 + 2 c.
        let mut pair = vec![0.0; (SIDE + 1) * (SIDE + 1)];
        for (index, tap) in taps.iter().enumerate() {
            pair[(index / SIDE) * (SIDE + 1) + index % SIDE] += tap;
            pair[(index / SIDE) * (SIDE + 1) + index % SIDE + 1] += tap;
        }
        let correlation = 0.5 * noise.variance_of_sum(&pair, SIDE + 1) - 1.0;
        assert!(correlation.abs() < 0.25, "{correlation} of {} before", noise.at(1, 0));
    }

    #[test]
    fn a_missing_pixel_leaves_out_its_surroundings_only() {
        let filter = Whitening::new(&grain()).expect("correlated");
        let (width, height) = (9, 8);
        let mut from = vec![1.0_f32; (width + 2 * REACH_PX) * (height + 2 * REACH_PX)];
        from[(REACH_PX + 4) * (width + 2 * REACH_PX) + REACH_PX + 4] = f32::NAN;
        let mut to = Vec::new();
        filter.apply(&from, width, height, &mut to);
        let missing = to.iter().filter(|value| value.is_nan()).count();
        assert_eq!(missing, SIDE * SIDE, "all that read it, inside the rows 1 to 7 and columns 1 to 7");
        let sum: f32 = filter.taps.iter().sum();
        assert_close!(f64::from(to[0]), f64::from(sum), abs = 1e-5, "a constant is multiplied by the sum of the taps");
    }
}
