//! How many solutions chance alone would give.

/// Natural logarithm of the probability that at least `hits` of `trials` independent stars have a neighbour, each with
/// probability `p` (binomial tail, bounded by Chernoff: exp(-n KL(k/n, p))).
pub(crate) fn ln_tail(hits: usize, trials: usize, p: f64) -> f64 {
    if hits == 0 || trials == 0 {
        return 0.0;
    }
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    let n = trials as f64;
    let share = (hits as f64 / n).min(1.0);
    if share <= p {
        return 0.0;
    }
    let rest = if share < 1.0 { (1.0 - share) * libm::log((1.0 - share) / (1.0 - p)) } else { 0.0 };
    -n * (share * libm::log(share / p) + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_lies_above_the_exact_tail() {
        // P(X >= 10 of 20, p = 0.1) = 7.15e-6 (binomial table); Chernoff gives 1.2e-4 at most.
        let bound = libm::exp(ln_tail(10, 20, 0.1));
        assert!(bound > 7.15e-6 && bound < 1.3e-4, "{bound}");
        assert_eq!(ln_tail(1, 20, 0.1), 0.0, "fewer than expected says nothing");
        assert!((ln_tail(20, 20, 0.1) - 20.0 * libm::log(0.1)).abs() < 1e-9);
    }
}
