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
/// Bins that are summed together before sums over ranges are asked for. A power of two.
const BLOCK: usize = 16;
/// Pixels whose bins are found at once.
const PIXELS_AT_ONCE: usize = 16;

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
    /// Pixels in each bin; the bins are followed by one for what lies outside and by empty ones up to a whole block.
    counts: Vec<u32>,
    /// Sums over all bins before each block.
    before: Vec<Sums>,
}

/// Sums of counts n: of n, n i, n i^2, where i is the number of the bin. Whole numbers, so exact.
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
    let (chunks, rest) = pixels.as_chunks::<LANES>();
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
    /// 2^23: from here on floats are whole numbers, and the next one's bits are one more.
    const WHOLE: f32 = 8_388_608.0;
    let offset = ROUND - zero_adu / bin_adu;
    let limit = n_bins as f32;
    let bin_of = |pixel: f32| {
        let place = pixel / bin_adu + offset;
        let inside = place > -1.0 && place < limit;
        let place = if inside { place } else { limit };
        // `place as u32` by adding 2^23, which rounds, and going down where that went up: a cast saturates, one value at a time.
        let place = if place > 0.0 { place } else { 0.0 };
        let rounded = place + WHOLE;
        let up = u32::from(rounded - WHOLE > place);
        rounded.to_bits().wrapping_sub(WHOLE.to_bits()).wrapping_sub(up)
    };
    scratch.counts.clear();
    scratch.counts.resize((n_bins + 1).next_multiple_of(BLOCK), 0);
    let (chunks, rest) = pixels.as_chunks::<PIXELS_AT_ONCE>();
    let mut bins = [0; PIXELS_AT_ONCE];
    for chunk in chunks {
        for (bin, &pixel) in bins.iter_mut().zip(chunk) {
            *bin = bin_of(pixel);
        }
        for bin in bins {
            scratch.counts[bin as usize] += 1;
        }
    }
    for &pixel in rest {
        scratch.counts[bin_of(pixel) as usize] += 1;
    }
    scratch.counts[n_bins] = 0;
    scratch.sum_up();
}

impl Scratch {
    /// Sums over the bins before each block. A cell has fewer than 2^24 pixels, so the sums within a block fit 32 bits.
    fn sum_up(&mut self) {
        let mut running = Sums::default();
        self.before.clear();
        for (block, counts) in self.counts.as_chunks::<BLOCK>().0.iter().enumerate() {
            self.before.push(running);
            let (mut n, mut first, mut second) = (0_u32, 0_u32, 0_u32);
            for (i, &count) in counts.iter().enumerate() {
                let i = i as u32;
                n += count;
                first += count * i;
                second += count * i * i;
            }
            let (start, n, first) = ((block * BLOCK) as u64, u64::from(n), u64::from(first));
            running.n += n;
            running.first += first + start * n;
            running.second += u64::from(second) + 2 * start * first + start * start * n;
        }
        self.before.push(running);
    }

    /// Sums over the bins before `bin`.
    fn before(&self, bin: usize) -> Sums {
        let block = bin / BLOCK;
        let mut sums = self.before[block];
        for i in block * BLOCK..bin {
            let (n, i) = (u64::from(self.counts[i]), i as u64);
            sums.n += n;
            sums.first += n * i;
            sums.second += n * i * i;
        }
        sums
    }
}

/// Median, mean and standard deviation of what clipping left, in bins.
struct Settled {
    median: f64,
    mean: f64,
    sigma: f64,
}

fn clip_histogram(n_bins: usize, scratch: &Scratch) -> Option<Settled> {
    if scratch.before(n_bins).n == 0 {
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
        let (before, through) = (scratch.before(low), scratch.before(high + 1));
        let n = (through.n - before.n) as f64;
        if n == 0.0 {
            break;
        }
        settled.median = histogram_median(scratch, low, high, before.n, through.n);
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
fn histogram_median(scratch: &Scratch, low: usize, high: usize, before_low: u64, before_end: u64) -> f64 {
    let (counts, total) = (&scratch.counts, before_end - before_low);
    // Both counts together at the first bin of a block tell whether the split lies before it.
    let blocks = low / BLOCK + 1..high / BLOCK + 1;
    let later = scratch.before[blocks.clone()].iter().zip(blocks.clone());
    let passed = later.take_while(|(sums, block)| 2 * (sums.n - before_low) + u64::from(counts[block * BLOCK]) < total);
    let block = blocks.start - 1 + passed.count();
    let mut split = low.max(block * BLOCK);
    let mut below = scratch.before(split).n - before_low;
    while split < high && 2 * below + u64::from(counts[split]) < total {
        below += u64::from(counts[split]);
        split += 1;
    }
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

    #[test]
    fn sums_over_blocks_are_the_sums_over_bins() {
        let mut scratch = Scratch::default();
        let pixels: Vec<f32> = (0..5000_u32).map(|i| (i * i % 977) as f32 / 10.0 - 3.0).collect();
        fill_histogram(&pixels, 2.0, 0.5, 150, &mut scratch);
        let counts = scratch.counts.clone();
        assert_eq!((counts.len(), counts[150]), (160, 0), "what lies outside is not kept");
        for bin in 0..=150 {
            let found = scratch.before(bin);
            let sum = |power: u32| counts[..bin].iter().zip(0_u64..).map(|(n, i)| u64::from(*n) * i.pow(power)).sum();
            assert_eq!((found.n, found.first, found.second), (sum(0), sum(1), sum(2)), "before bin {bin}");
        }
        // The split by its definition: the first bin from which on the counts before it and through it reach the total.
        for (low, high) in [(0, 149), (3, 60), (17, 31), (70, 149), (40, 40)] {
            let (start, end) = (scratch.before(low).n, scratch.before(high + 1).n);
            let reaches = |bin: &usize| scratch.before(*bin).n + scratch.before(bin + 1).n - 2 * start >= end - start;
            let split = (low..high).find(reaches).unwrap_or(high);
            let below = scratch.before(split).n - start;
            let widest = counts[split].max(if split > 0 { counts[split - 1] } else { 0 }).max(1);
            let expected =
                split as f64 - 0.5 + ((end - start - below) as f64 - below as f64) / (2.0 * f64::from(widest));
            assert_eq!(histogram_median(&scratch, low, high, start, end), expected, "bins {low} to {high}");
        }
    }
}
