//! Pairs of errors, ours and theirs, of the same sources.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sky_stats::{MAD_TO_SIGMA, median, quantile};

/// Resamplings of the bootstrap.
const RESAMPLES: usize = 300;
/// Least number of sources of a bin that is judged.
pub(crate) const MIN_SOURCES: usize = 300;
/// Width of a bin, magnitudes.
pub(crate) const BIN_MAG: f64 = 0.5;

/// One source: what is known and what both sides erred by. Positions have two errors, magnitudes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) mag: f64,
    pub(crate) snr: f64,
    pub(crate) ours: [f64; 2],
    pub(crate) theirs: [f64; 2],
}

/// The scatter of ours over that of theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    /// Middle of the bin, magnitudes.
    pub(crate) mag: f64,
    /// Sources.
    pub(crate) n: usize,
    /// Robust standard deviations.
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    /// Ends of its 95 % bootstrap interval.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Ratio {
    /// Ours over theirs.
    pub(crate) fn value(&self) -> f64 {
        self.ours / self.theirs
    }
}

/// Ratios of the bins with enough sources. `axes`: 2 for positions, 1 for magnitudes.
pub(crate) fn ratios(pairs: &[Pair], axes: usize, seed: u64) -> Vec<Ratio> {
    bins(pairs)
        .into_iter()
        .filter(|(_, bin)| bin.len() >= MIN_SOURCES)
        .map(|(mag, bin)| ratio(mag, &bin, axes, seed))
        .collect()
}

/// Half-magnitude bins, brightest first.
pub(crate) fn bins(pairs: &[Pair]) -> Vec<(f64, Vec<Pair>)> {
    let bin_of = |pair: &Pair| (pair.mag / BIN_MAG).floor() as i64;
    let mut sorted: Vec<Pair> = pairs.to_vec();
    sorted.sort_by(|a, b| a.mag.total_cmp(&b.mag));
    sorted
        .chunk_by(|a, b| bin_of(a) == bin_of(b))
        .map(|bin| ((bin_of(&bin[0]) as f64 + 0.5) * BIN_MAG, bin.to_vec()))
        .collect()
}

fn ratio(mag: f64, bin: &[Pair], axes: usize, seed: u64) -> Ratio {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let all: Vec<usize> = (0..bin.len()).collect();
    let (ours, theirs) = (scatter(bin, &all, axes, |pair| pair.ours), scatter(bin, &all, axes, |pair| pair.theirs));
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let sample: Vec<usize> = (0..bin.len()).map(|_| random.random_range(0..bin.len())).collect();
            scatter(bin, &sample, axes, |pair| pair.ours) / scatter(bin, &sample, axes, |pair| pair.theirs)
        })
        .collect();
    let mut end = |fraction| quantile(&mut drawn, fraction).unwrap_or(f64::NAN);
    Ratio { mag, n: bin.len(), ours, theirs, low: end(0.025), high: end(0.975) }
}

/// Robust standard deviation around the median of each axis, all axes together.
fn scatter(bin: &[Pair], sample: &[usize], axes: usize, of: fn(&Pair) -> [f64; 2]) -> f64 {
    let mut deviations = Vec::with_capacity(axes * sample.len());
    for axis in 0..axes {
        let mut values: Vec<f64> = sample.iter().map(|&k| of(&bin[k])[axis]).collect();
        let middle = median(&mut values).unwrap_or(f64::NAN);
        deviations.extend(values.into_iter().map(|value| (value - middle).abs()));
    }
    MAD_TO_SIGMA * median(&mut deviations).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_twice_the_size_have_a_ratio_of_two() {
        let wave = |k: usize, step: f64| (k as f64 * step).fract() - 0.5;
        let pairs: Vec<Pair> = (0..1000)
            .map(|k| {
                let theirs = [wave(k, 0.618_033_99), wave(k, 0.754_877_67)];
                Pair { mag: 15.2, snr: 30.0, ours: theirs.map(|error| 2.0 * error + 3.0), theirs }
            })
            .collect();
        let found = ratios(&pairs, 2, 1);
        assert_eq!(found.len(), 1, "one bin");
        test_sky::assert_close!(found[0].value(), 2.0, abs = 1e-12, "a constant shift is no scatter");
        assert!(found[0].low <= 2.0 && found[0].high >= 2.0, "{found:?}");
    }
}
