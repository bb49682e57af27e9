//! Rejection on one sorted column.

use std::ops::Range;

use sky_stats::MAD_TO_SIGMA;

use crate::esd::CriticalValues;
use crate::line;
use crate::method::{Rejection, RejectionParams};
use crate::passes::{END_AT, mean, one_pass};

/// Values are winsorized at this many sigma (Huber 1981; Siril, PixInsight).
pub(crate) const WINSORIZE_AT: f64 = 1.5;
/// Standard deviation of a Gaussian over that of the same winsorized at 1.5 sigma.
pub(crate) const WINSORIZED_TO_SIGMA: f64 = 1.134;
/// Winsorization has converged when sigma changes by less than this share of itself.
pub(crate) const CONVERGED: f64 = 0.0005;
/// Bound on the rounds of winsorization; real columns take 3 to 10.
pub(crate) const MAX_ROUNDS: usize = 50;

/// The range of a sorted column that a method keeps. `column`: finite values of one pixel, ascending.
///
/// The clipping methods repeat until nothing is rejected any more. In each pass the low end goes first; at least four
/// values stay. `esd`: critical values of the ESD test for this number of values (needed by that method only).
pub fn kept_range(column: &[f32], method: Rejection, params: &RejectionParams) -> Range<usize> {
    match method.for_count(column.len()) {
        Rejection::Esd => CriticalValues::new(column.len(), params).kept_range(column),
        Rejection::LinearFit => line::kept_range(column, params.line_low, params.line_high),
        Rejection::Auto | Rejection::None => 0..column.len(),
        Rejection::Percentile => percentile(column, params),
        Rejection::Sigma => clipped(column, params, |kept| (mean(kept), deviation(kept))),
        Rejection::MedianSigma => clipped(column, params, |kept| (median(kept), deviation(kept))),
        Rejection::Mad => clipped(column, params, |kept| (median(kept), MAD_TO_SIGMA * mad(kept))),
        Rejection::WinsorizedSigma => clipped(column, params, |kept| (median(kept), winsorized_sigma(kept))),
    }
}

fn percentile(column: &[f32], params: &RejectionParams) -> Range<usize> {
    if column.is_empty() {
        return 0..0;
    }
    let centre = median(column);
    let (low, high) = (centre - params.percentile_low * centre.abs(), centre + params.percentile_high * centre.abs());
    let begin = column.partition_point(|&value| f64::from(value) < low);
    let end = column.partition_point(|&value| f64::from(value) <= high);
    begin..end.max(begin)
}

/// Passes of a method that gives a centre and a deviation of what is still kept.
fn clipped(column: &[f32], params: &RejectionParams, describe: impl Fn(&[f32]) -> (f64, f64)) -> Range<usize> {
    let mut kept = 0..column.len();
    while kept.len() > END_AT {
        let (centre, sigma) = describe(&column[kept.clone()]);
        let (low, high) = (centre - params.low_sigma * sigma, centre + params.high_sigma * sigma);
        let next = one_pass(column, kept.clone(), low, high);
        if next == kept {
            break;
        }
        kept = next;
    }
    kept
}

/// Mean of the two middle values, or the middle one.
pub(crate) fn median(sorted: &[f32]) -> f64 {
    let n = sorted.len();
    0.5 * (f64::from(sorted[(n - 1) / 2]) + f64::from(sorted[n / 2]))
}

/// Standard deviation of the sample (n - 1), with deviations from the median as working origin.
fn deviation(sorted: &[f32]) -> f64 {
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
fn mad(sorted: &[f32]) -> f64 {
    let centre = median(sorted);
    let mut deviations: Vec<f64> = sorted.iter().map(|&value| (f64::from(value) - centre).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let n = deviations.len();
    0.5 * (deviations[(n - 1) / 2] + deviations[n / 2])
}

/// Standard deviation of a sorted column from its winsorized values.
fn winsorized_sigma(sorted: &[f32]) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(values: &[f32], method: Rejection) -> Vec<f32> {
        let mut column = values.to_vec();
        column.sort_unstable_by(f32::total_cmp);
        let range = kept_range(&column, method, &RejectionParams::default());
        column[range].to_vec()
    }

    /// The worked columns of the published rule (limits 3 and 3): kept values, mean.
    #[test]
    fn winsorized_columns_end_as_worked_by_hand() {
        let columns: [(&[f32], usize, f64); 3] = [
            (&[10.0, 11.0, 12.0, 11.0, 10.0, 12.0, 11.0, 100.0], 7, 11.0),
            (&[100.0, 102.0, 98.0, 101.0, 99.0, 103.0, 97.0, 100.0, 180.0, 100.0], 9, 100.0),
            (&[1000.0, 1010.0, 990.0, 1005.0, 995.0, 1002.0, 998.0, 1400.0, 1003.0, 997.0, 600.0, 1001.0], 10, 1000.1),
        ];
        for (values, n_kept, expected) in columns {
            let left = kept(values, Rejection::WinsorizedSigma);
            assert_eq!(left.len(), n_kept, "{values:?}");
            assert!((mean(&left) - expected).abs() < 1e-6, "mean {} of {left:?}", mean(&left));
        }
    }

    #[test]
    fn the_first_sigma_of_the_worked_columns_is_reproduced() {
        let columns: [(&[f32], f64); 3] = [
            (&[10.0, 10.0, 11.0, 11.0, 11.0, 12.0, 12.0, 100.0], 1.07324),
            (&[97.0, 98.0, 99.0, 100.0, 100.0, 100.0, 101.0, 102.0, 103.0, 180.0], 2.37284),
            (&[600.0, 990.0, 995.0, 997.0, 998.0, 1000.0, 1001.0, 1002.0, 1003.0, 1005.0, 1010.0, 1400.0], 8.27103),
        ];
        for (sorted, expected) in columns {
            let found = winsorized_sigma(sorted);
            assert!((found - expected).abs() < 5e-4 * expected, "sigma {found}, expected {expected}");
        }
    }

    #[test]
    fn every_method_rejects_a_wild_value_of_many_and_keeps_the_rest() {
        let mut values: Vec<f32> = (0..30).map(|i| 1000.0 + ((i * 7) % 30) as f32).collect();
        values.push(60_000.0);
        for method in [
            Rejection::Percentile,
            Rejection::Sigma,
            Rejection::MedianSigma,
            Rejection::Mad,
            Rejection::WinsorizedSigma,
            Rejection::LinearFit,
            Rejection::Esd,
        ] {
            let left = kept(&values, method);
            assert!(!left.contains(&60_000.0), "{method:?} keeps the wild value");
            assert!(left.len() >= 28, "{method:?} keeps {} of 30 good values", left.len());
        }
        assert_eq!(kept(&values, Rejection::None).len(), 31);
    }

    #[test]
    fn four_values_are_never_rejected_and_equal_values_stay() {
        assert_eq!(kept(&[1.0, 1.0, 1.0, 900.0], Rejection::WinsorizedSigma).len(), 4);
        assert_eq!(kept(&[5.0; 20], Rejection::WinsorizedSigma).len(), 20);
        assert_eq!(kept(&[], Rejection::Sigma).len(), 0);
    }
}
