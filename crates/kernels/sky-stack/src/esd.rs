//! Rejection by generalised extreme Studentised deviates (Rosner 1983, Technometrics 25, 165).

use std::ops::Range;

use crate::method::RejectionParams;
use crate::passes::mean;
use crate::student;

/// Critical values of the test for columns of one length.
#[derive(Clone, Debug)]
pub(crate) struct CriticalValues {
    /// lambda of the first, second, ... outlier.
    lambda: Vec<f64>,
}

impl CriticalValues {
    /// For columns of `n` values: at most `esd_outliers` of them are looked at, at `esd_significance`.
    pub(crate) fn new(n: usize, params: &RejectionParams) -> Self {
        let most = ((params.esd_outliers * n as f64) as usize).min(n.saturating_sub(3));
        let lambda = (1..=most).map(|i| {
            // Rosner 1983, equation 2.5.
            let left = (n - i + 1) as f64;
            let t = student::quantile(1.0 - params.esd_significance / (2.0 * left), left - 2.0);
            t * (left - 1.0) / ((left - 2.0 + t * t) * left).sqrt()
        });
        Self { lambda: lambda.collect() }
    }

    /// The range of a sorted column that is kept. The extreme value is always one of the two ends.
    pub(crate) fn kept_range(&self, column: &[f32]) -> Range<usize> {
        let mut left = 0..column.len();
        let mut kept = left.clone();
        for lambda in &self.lambda {
            let values = &column[left.clone()];
            let centre = mean(values);
            let squares: f64 = values.iter().map(|&value| (f64::from(value) - centre).powi(2)).sum();
            let sigma = (squares / (values.len() - 1) as f64).sqrt();
            let (low, high) = (centre - f64::from(values[0]), f64::from(values[values.len() - 1]) - centre);
            let extreme = low.max(high);
            if low > high {
                left.start += 1;
            } else {
                left.end -= 1;
            }
            if extreme > lambda * sigma {
                kept = left.clone();
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosner's own data (54 values), as NIST's handbook prints them (1.3.5.17.3): three outliers of at most ten at 0.05.
    #[test]
    fn rosners_example_has_three_outliers() {
        let mut values: Vec<f32> = vec![
            -0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65, 1.69,
            1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15, 2.23, 2.24, 2.26, 2.35, 2.37,
            2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92, 2.92, 2.93, 3.21, 3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42,
            6.01,
        ];
        values.sort_unstable_by(f32::total_cmp);
        let params = RejectionParams { esd_outliers: 10.0 / 54.0 + 1e-9, ..RejectionParams::default() };
        let critical = CriticalValues::new(values.len(), &params);
        // NIST prints 3.158 for the first and 3.085 for the tenth.
        assert!((critical.lambda[0] - 3.158).abs() < 1e-3, "lambda 1 = {}", critical.lambda[0]);
        assert!((critical.lambda[9] - 3.085).abs() < 1e-3, "lambda 10 = {}", critical.lambda[9]);
        let kept = critical.kept_range(&values);
        assert_eq!((kept.start, kept.end), (0, 51), "5.34, 5.42 and 6.01 are outliers");
    }
}
