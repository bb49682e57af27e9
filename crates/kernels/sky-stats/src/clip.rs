//! Means and scatters without outliers.

use crate::order::median;

/// What is left after clipping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// Mean of the values left.
    pub mean: f64,
    /// Their median.
    pub median: f64,
    /// Their standard deviation (of the sample, n - 1).
    pub sigma: f64,
    /// How many are left.
    pub n: usize,
}

/// Removes values farther than `kappa` standard deviations from the median, again and again until none goes or
/// `max_iterations` are over. `None` where fewer than two values are given.
pub fn sigma_clip(values: &[f64], kappa: f64, max_iterations: usize) -> Option<Clipped> {
    let mut kept = values.to_vec();
    let mut statistics = describe(&mut kept)?;
    for _ in 0..max_iterations {
        let before = kept.len();
        kept.retain(|value| (value - statistics.median).abs() <= kappa * statistics.sigma);
        if kept.len() == before || kept.len() < 2 {
            break;
        }
        statistics = describe(&mut kept)?;
    }
    Some(statistics)
}

/// The mode of a moderately skewed distribution: `factor` median - (`factor` - 1) mean, with `factor` 2.5
/// (Bertin & Arnouts 1996, A&AS 117, 393, section 3; Pearson's rule has 3), or the median where mean and median differ by
/// 0.3 sigma and more: then the field is too crowded for the rule.
pub fn pearson_mode(median: f64, mean: f64, sigma: f64, factor: f64) -> f64 {
    /// Difference of mean and median, in sigma, from which the rule does not hold.
    const CROWDED: f64 = 0.3;
    if sigma == 0.0 {
        mean
    } else if ((mean - median) / sigma).abs() < CROWDED {
        factor * median - (factor - 1.0) * mean
    } else {
        median
    }
}

fn describe(values: &mut [f64]) -> Option<Clipped> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1) as f64;
    Some(Clipped { mean, sigma: variance.sqrt(), median: median(values)?, n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_value_is_clipped() {
        let mut values: Vec<f64> = (0..101).map(|i| f64::from(i) / 100.0).collect();
        values.push(1000.0);
        let clipped = sigma_clip(&values, 3.0, 10).expect("many values");
        assert_eq!(clipped.n, 101, "the wild value is gone");
        assert!((clipped.mean - 0.5).abs() < 1e-12 && (clipped.median - 0.5).abs() < 1e-12, "{clipped:?}");
    }

    #[test]
    fn the_mode_follows_the_rule_and_falls_back_to_the_median() {
        assert!((pearson_mode(10.0, 10.2, 1.0, 2.5) - 9.7).abs() < 1e-12, "2.5 x 10 - 1.5 x 10.2");
        assert_eq!(pearson_mode(10.0, 10.4, 1.0, 2.5), 10.0, "mean - median is 0.4 sigma");
        assert_eq!(pearson_mode(10.0, 10.4, 0.0, 2.5), 10.4, "no scatter");
    }
}
