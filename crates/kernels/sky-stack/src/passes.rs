//! One pass over a sorted column, which the methods that repeat passes share.

use std::ops::Range;

/// A pass of a clipping method keeps this many values whatever their deviation (Siril's guard: N - r <= 4).
pub(crate) const KEEP_AT_LEAST: usize = 4;
/// Passes end when this few values are left (Siril: N <= 3).
pub(crate) const END_AT: usize = 3;

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

/// Mean of values, summed in their order.
pub(crate) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64
}
