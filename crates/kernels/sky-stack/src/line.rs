//! Rejection by a line through the sorted values.

use std::ops::Range;

use crate::passes::{END_AT, one_pass};

/// The range that lies within `low` and `high` mean absolute deviations of the line through the sorted values by their
/// order, repeated until nothing goes.
pub(crate) fn kept_range(column: &[f32], low: f64, high: f64) -> Range<usize> {
    let mut kept = 0..column.len();
    while kept.len() > END_AT {
        let values = &column[kept.clone()];
        let (at_zero, slope) = line(values);
        let residual = |i: usize| f64::from(values[i]) - (at_zero + slope * i as f64);
        let deviation = (0..values.len()).map(|i| residual(i).abs()).sum::<f64>() / values.len() as f64;
        let last = values.len() - 1;
        // The ends are where a line misses most; only they can go without a hole in the range.
        let limits = (at_zero - low * deviation, at_zero + slope * last as f64 + high * deviation);
        let next = one_pass(column, kept.clone(), limits.0, limits.1);
        if next == kept {
            break;
        }
        kept = next;
    }
    kept
}

/// Least squares of value against order: value at order 0 and slope.
fn line(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let middle = 0.5 * (n - 1.0);
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let (mut products, mut squares) = (0.0, 0.0);
    for (i, &value) in values.iter().enumerate() {
        let from_middle = i as f64 - middle;
        products += from_middle * (f64::from(value) - mean);
        squares += from_middle * from_middle;
    }
    let slope = products / squares;
    (mean - slope * middle, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_on_a_line_stay_and_those_far_beyond_its_ends_go() {
        let mut column: Vec<f32> = (0..40).map(|i| 100.0 + i as f32).collect();
        assert_eq!(kept_range(&column, 5.0, 5.0), 0..40);
        column[39] = 400.0;
        assert_eq!(kept_range(&column, 5.0, 5.0), 0..39);
        column[0] = -300.0;
        assert_eq!(kept_range(&column, 5.0, 5.0), 1..39);
    }
}
