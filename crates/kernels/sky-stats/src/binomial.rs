//! Confidence intervals of a proportion.

/// Lower and upper end of a proportion, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's score interval of `successes` out of `trials` for `z` standard deviations (1.96 for 95 %)
/// (Wilson 1927, JASA 22, 209). All of [0, 1] where nothing was tried.
pub fn wilson(successes: u64, trials: u64, z: f64) -> Interval {
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let n = trials as f64;
    let p = successes.min(trials) as f64 / n;
    let scale = 1.0 / (1.0 + z * z / n);
    let centre = scale * (p + z * z / (2.0 * n));
    let half = scale * z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// The exact interval of `successes` out of `trials` at `confidence` (0.95) (Clopper & Pearson 1934, Biometrika 26, 404),
/// by bisection of the binomial tail to 1e-12.
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Interval {
    let tail = 0.5 * (1.0 - confidence);
    let successes = successes.min(trials);
    let low = if successes == 0 { 0.0 } else { bisect(|p| 1.0 - at_most(successes - 1, trials, p) < tail) };
    let high = if successes == trials { 1.0 } else { bisect(|p| at_most(successes, trials, p) > tail) };
    Interval { low, high }
}

/// The place in [0, 1] where `below` turns from true to false.
fn bisect(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-12 {
        let middle = 0.5 * (low + high);
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Probability of at most `k` successes in `n` trials.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return if k >= n { 1.0 } else { 0.0 };
    }
    let (ln_p, ln_q) = (libm::log(p), libm::log1p(-p));
    let mut ln_choose = 0.0;
    let mut sum = 0.0;
    for i in 0..=k {
        if i > 0 {
            ln_choose += libm::log((n - i + 1) as f64) - libm::log(i as f64);
        }
        sum += libm::exp(ln_choose + i as f64 * ln_p + (n - i) as f64 * ln_q);
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_equals_the_published_example() {
        // Newcombe 1998, Stat. Med. 17, 857, table I: 81 of 263, 95 %: 0.2553 to 0.3662.
        let interval = wilson(81, 263, 1.959_964);
        assert!((interval.low - 0.2553).abs() < 5e-5 && (interval.high - 0.3662).abs() < 5e-5, "{interval:?}");
    }

    #[test]
    fn clopper_pearson_equals_the_published_example() {
        // Newcombe 1998, table I: 81 of 263, 95 %: 0.2527 to 0.3676; 0 of 20: 0 to 0.1684.
        let interval = clopper_pearson(81, 263, 0.95);
        assert!((interval.low - 0.2527).abs() < 5e-5 && (interval.high - 0.3676).abs() < 5e-5, "{interval:?}");
        let none = clopper_pearson(0, 20, 0.95);
        assert!(none.low == 0.0 && (none.high - 0.1684).abs() < 5e-5, "{none:?}");
    }
}
