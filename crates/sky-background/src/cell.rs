//! Level and scatter of the sky in one cell.

use sky_stats::pearson_mode;

/// Half range of the histogram, in scatters of the first clipping.
const HISTOGRAM_HALF_RANGE_SIGMA: f32 = 5.0;
/// Samples that a bin of the histogram would hold at the peak of a Gaussian.
const SAMPLES_IN_PEAK_BIN: f64 = 4.0;
/// Most bins of the histogram.
const MAX_BINS: usize = 4096;
/// Clipping of the first pass, in standard deviations from the mean.
const FIRST_CLIP_SIGMA: f64 = 2.0;
/// Clipping of the histogram, in standard deviations from the median (Bertin & Arnouts 1996: kappa = 3).
const CLIP_SIGMA: f64 = 3.0;
/// The clipping of the histogram ends when its scatter changes by less than this fraction.
const CONVERGED: f64 = 1.0e-4;
/// ... or when the scatter is below this fraction of a bin.
const NARROW_BINS: f64 = 0.1;
/// ... or after so many rounds.
const MAX_ROUNDS: usize = 100;
/// Running sums kept apart, so that the order of summation is fixed and the loop vectorises.
const LANES: usize = 8;

/// Clipped mode and scatter of the sky, ADU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellStatistics {
    /// Level of the sky.
    pub level_adu: f32,
    /// Standard deviation of the clipped pixels.
    pub rms_adu: f32,
}

/// Room that is used again from cell to cell.
#[derive(Default)]
pub(crate) struct Scratch {
    counts: Vec<u32>,
    sums: Vec<Sums>,
}

/// Sums of the counts of all bins before one: of n, n i, n i^2. Whole numbers, so exact.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: u64,
    first: u64,
    second: u64,
}

/// Level and scatter of the sky from `pixels` (ADU, finite, any order that is the same each time); `None` of none.
///
/// Pixels beyond 2 sigma of the mean are left out, the rest defines a histogram over 5 sigma; this is clipped at 3 sigma
/// around its median until it settles; the level is the mode `factor` median - (`factor` - 1) mean, or the median where
/// both differ by 0.3 sigma and more (SExtractor manual, "Modeling the background").
pub fn cell_statistics(pixels: &[f32], pearson_factor: f64) -> Option<CellStatistics> {
    statistics(pixels, pearson_factor, &mut Scratch::default())
}

pub(crate) fn statistics(pixels: &[f32], pearson_factor: f64, scratch: &mut Scratch) -> Option<CellStatistics> {
    let (mean, sigma, _) = moments(pixels, f32::NEG_INFINITY, f32::INFINITY)?;
    let low = (mean - FIRST_CLIP_SIGMA * sigma) as f32;
    let high = (mean + FIRST_CLIP_SIGMA * sigma) as f32;
    let (mean, sigma, n) = moments(pixels, low, high).unwrap_or((mean, sigma, pixels.len()));
    let (mean, sigma) = (mean as f32, sigma as f32);

    let bins_per_sample =
        (2.0 / std::f64::consts::PI).sqrt() * f64::from(HISTOGRAM_HALF_RANGE_SIGMA) / SAMPLES_IN_PEAK_BIN;
    let n_bins = ((bins_per_sample * n as f64 + 1.0) as usize).clamp(1, MAX_BINS);
    let bin_adu = if sigma > 0.0 { 2.0 * HISTOGRAM_HALF_RANGE_SIGMA * sigma / n_bins as f32 } else { 1.0 };
    let zero_adu = mean - HISTOGRAM_HALF_RANGE_SIGMA * sigma;
    fill_histogram(pixels, zero_adu, bin_adu, n_bins, scratch);

    let clipped = clip_histogram(n_bins, scratch)?;
    let mode = pearson_mode(clipped.median, clipped.mean, clipped.sigma, pearson_factor);
    Some(CellStatistics {
        level_adu: (f64::from(zero_adu) + mode * f64::from(bin_adu)) as f32,
        rms_adu: (clipped.sigma * f64::from(bin_adu)) as f32,
    })
}

/// Mean, standard deviation and number of the pixels within [low, high].
fn moments(pixels: &[f32], low: f32, high: f32) -> Option<(f64, f64, usize)> {
    let mut sum = [0.0_f64; LANES];
    let mut square = [0.0_f64; LANES];
    let mut number = [0_u32; LANES];
    let mut add = |lane: usize, pixel: f32| {
        let inside = pixel >= low && pixel <= high;
        let value = if inside { f64::from(pixel) } else { 0.0 };
        sum[lane] += value;
        square[lane] += value * value;
        number[lane] += u32::from(inside);
    };
    let chunks = pixels.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &pixel) in chunk.iter().enumerate() {
            add(lane, pixel);
        }
    }
    for (lane, &pixel) in rest.iter().enumerate() {
        add(lane, pixel);
    }
    let n: u32 = number.iter().sum();
    if n == 0 {
        return None;
    }
    let mean = sum.iter().sum::<f64>() / f64::from(n);
    let variance = square.iter().sum::<f64>() / f64::from(n) - mean * mean;
    Some((mean, variance.max(0.0).sqrt(), n as usize))
}

/// Counts the pixels in `n_bins` bins; bin i is centred on `zero_adu` + i `bin_adu`.
fn fill_histogram(pixels: &[f32], zero_adu: f32, bin_adu: f32, n_bins: usize, scratch: &mut Scratch) {
    /// Half a bin, a little less, so that what lies between two bins falls into the lower one.
    const ROUND: f32 = 0.499_999;
    let offset = ROUND - zero_adu / bin_adu;
    scratch.counts.clear();
    scratch.counts.resize(n_bins, 0);
    let limit = n_bins as f32;
    for &pixel in pixels {
        let place = pixel / bin_adu + offset;
        if place > -1.0 && place < limit {
            scratch.counts[place as usize] += 1;
        }
    }
}

/// Median, mean and standard deviation of what clipping left, in bins.
struct Settled {
    median: f64,
    mean: f64,
    sigma: f64,
}

fn clip_histogram(n_bins: usize, scratch: &mut Scratch) -> Option<Settled> {
    let mut running = Sums::default();
    scratch.sums.clear();
    scratch.sums.push(running);
    for (i, &count) in scratch.counts.iter().enumerate() {
        let (n, i) = (u64::from(count), i as u64);
        running.n += n;
        running.first += n * i;
        running.second += n * i * i;
        scratch.sums.push(running);
    }
    if running.n == 0 {
        return None;
    }

    let (mut low, mut high) = (0, n_bins - 1);
    let mut settled = Settled { median: 0.0, mean: 0.0, sigma: 10.0 * (n_bins - 1) as f64 };
    let mut sigma_before = 1.0;
    for _ in 0..MAX_ROUNDS {
        if settled.sigma < NARROW_BINS || (settled.sigma / sigma_before - 1.0).abs() <= CONVERGED {
            break;
        }
        sigma_before = settled.sigma;
        let (before, through) = (scratch.sums[low], scratch.sums[high + 1]);
        let n = (through.n - before.n) as f64;
        if n == 0.0 {
            break;
        }
        settled.median = histogram_median(&scratch.counts, &scratch.sums, low, high);
        settled.mean = (through.first - before.first) as f64 / n;
        let variance = (through.second - before.second) as f64 / n - settled.mean * settled.mean;
        settled.sigma = variance.max(0.0).sqrt();
        let nearest = |place: f64| (place.max(0.0) + 0.5) as usize;
        low = nearest(settled.median - CLIP_SIGMA * settled.sigma).min(n_bins - 1);
        high = nearest(settled.median + CLIP_SIGMA * settled.sigma).clamp(low, n_bins - 1);
    }
    Some(settled)
}

/// Median of the bins `low..=high`, interpolated within the middle bin.
///
/// The bins are split where the counts on both sides balance best: the first `a` bins against the rest, with the smallest
/// `a` for which the counts before `a` and before `a + 1` add up to the total.
fn histogram_median(counts: &[u32], sums: &[Sums], low: usize, high: usize) -> f64 {
    let before = |bin: usize| sums[bin].n - sums[low].n;
    let total = before(high + 1);
    let (mut first, mut last) = (low, high);
    while first < last {
        let middle = (first + last) / 2;
        if before(middle) + before(middle + 1) >= total {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    let split = first;
    let below = before(split);
    let above = total - below;
    let neighbour = if split > 0 { counts[split - 1] } else { 0 };
    let widest = counts[split].max(neighbour).max(1);
    split as f64 - 0.5 + (above as f64 - below as f64) / (2.0 * f64::from(widest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_sky::{assert_close, white_noise};

    #[test]
    fn white_noise_gives_its_level_and_scatter() {
        let noise = white_noise(64, 64, 10.0, 1);
        let pixels: Vec<f32> = noise.iter().map(|v| v + 1000.0).collect();
        let found = cell_statistics(&pixels, 2.5).expect("4096 pixels");
        assert_close!(found.level_adu, 1000.0, abs = 0.8, "4 standard errors of the mode of 4096 pixels");
        assert_close!(found.rms_adu, 10.0, abs = 0.45, "4 standard errors of the scatter");
    }

    #[test]
    fn stars_do_not_move_the_level() {
        let noise = white_noise(64, 64, 10.0, 2);
        let with_stars: Vec<f32> =
            noise.iter().enumerate().map(|(i, v)| v + if i % 20 == 0 { 3000.0 } else { 1000.0 }).collect();
        let found = cell_statistics(&with_stars, 2.5).expect("4096 pixels");
        assert_close!(found.level_adu, 1000.0, abs = 1.0, "5 % of the pixels are 2000 ADU bright");
    }

    #[test]
    fn a_constant_cell_has_no_scatter() {
        let found = cell_statistics(&[7.0; 100], 2.5).expect("100 pixels");
        assert_eq!((found.level_adu, found.rms_adu), (7.0, 0.0));
        assert_eq!(cell_statistics(&[], 2.5), None);
    }
}
