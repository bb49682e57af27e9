//! One sorted column: its centre and spread, and one pass of clipping.

use std::ops::Range;

/// A pass of a clipping method keeps this many values whatever their deviation (Siril's guard: N - r <= 4).
pub(crate) const KEEP_AT_LEAST: usize = 4;
/// Passes end when this few values are left (Siril: N <= 3).
pub(crate) const END_AT: usize = 3;
/// Values are winsorized at this many sigma (Huber 1981; Siril, PixInsight).
pub(crate) const WINSORIZE_AT: f64 = 1.5;
/// Standard deviation of a Gaussian over that of the same winsorized at 1.5 sigma.
pub(crate) const WINSORIZED_TO_SIGMA: f64 = 1.134;
/// Winsorization has converged when sigma changes by less than this share of itself.
pub(crate) const CONVERGED: f64 = 0.0005;
/// Bound on the rounds of winsorization; real columns take 3 to 10.
pub(crate) const MAX_ROUNDS: usize = 50;

/// Takes off what lies outside [low, high], first the low end, while more than [`KEEP_AT_LEAST`] values are left.
pub(crate) fn one_pass(column: &[f32], mut kept: Range<usize>, low: f64, high: f64) -> Range<usize> {
    while kept.len() > KEEP_AT_LEAST && f64::from(column[kept.start]) < low {
        kept.start += 1;
    }
    while kept.len() > KEEP_AT_LEAST && f64::from(column[kept.end - 1]) > high {
        kept.end -= 1;
    }
    kept
}

/// Mean of the two middle values, or the middle one.
pub(crate) fn median(sorted: &[f32]) -> f64 {
    let n = sorted.len();
    0.5 * (f64::from(sorted[(n - 1) / 2]) + f64::from(sorted[n / 2]))
}

pub(crate) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64
}

/// Standard deviation of the sample (n - 1), with deviations from the median as working origin.
pub(crate) fn deviation(sorted: &[f32]) -> f64 {
    let origin = median(sorted);
    let (mut sum, mut squares) = (0.0, 0.0);
    for &value in sorted {
        let from_origin = f64::from(value) - origin;
        sum += from_origin;
        squares += from_origin * from_origin;
    }
    spread(sum, squares, sorted.len())
}

/// Standard deviation (n - 1) from the sums of deviations from any origin and of their squares.
pub(crate) fn spread(sum: f64, squares: f64, n: usize) -> f64 {
    let n = n as f64;
    ((squares - sum * sum / n).max(0.0) / (n - 1.0)).sqrt()
}

/// Median of the absolute deviations from the median of a sorted column: the deviations of both halves are sorted already.
pub(crate) fn mad(sorted: &[f32]) -> f64 {
    let centre = median(sorted);
    let mut deviations: Vec<f64> = sorted.iter().map(|&value| (f64::from(value) - centre).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let n = deviations.len();
    0.5 * (deviations[(n - 1) / 2] + deviations[n / 2])
}

/// Standard deviation of a sorted column from its winsorized values.
pub(crate) fn winsorized_sigma(sorted: &[f32]) -> f64 {
    let centre = median(sorted);
    let mut sigma = deviation(sorted);
    for _ in 0..MAX_ROUNDS {
        let limit = WINSORIZE_AT * sigma;
        let (mut sum, mut squares) = (0.0, 0.0);
        for &value in sorted {
            let from_centre = (f64::from(value) - centre).clamp(-limit, limit);
            sum += from_centre;
            squares += from_centre * from_centre;
        }
        let before = sigma;
        sigma = WINSORIZED_TO_SIGMA * spread(sum, squares, sorted.len());
        if (sigma - before).abs() <= CONVERGED * before {
            break;
        }
    }
    sigma
}
