//! Order statistics.

/// MAD to standard deviation of a Gaussian: 1 / Phi^-1(3/4).
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The median (mean of the two middle values for an even number); reorders `values`. `None` of none.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let upper = *values.select_nth_unstable_by(middle, f64::total_cmp).1;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let below = values[..middle].iter().copied().max_by(f64::total_cmp)?;
    Some(0.5 * (below + upper))
}

/// The same of f32 values.
pub fn median_f32(values: &mut [f32]) -> Option<f32> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let upper = *values.select_nth_unstable_by(middle, f32::total_cmp).1;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let below = values[..middle].iter().copied().max_by(f32::total_cmp)?;
    Some(0.5 * (below + upper))
}

/// Standard deviation of a Gaussian with the median absolute deviation of the values; reorders them. `None` of none.
pub fn mad_sigma(values: &mut [f64]) -> Option<f64> {
    let centre = median(values)?;
    for value in values.iter_mut() {
        *value = (*value - centre).abs();
    }
    median(values).map(|deviation| MAD_TO_SIGMA * deviation)
}

/// The quantile `fraction` (0 to 1) by linear interpolation between order statistics (Hyndman & Fan 1996, type 7, as
/// numpy's default); reorders `values`. `None` of none.
pub fn quantile(values: &mut [f64], fraction: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let place = fraction.clamp(0.0, 1.0) * (values.len() - 1) as f64;
    let index = place.floor() as usize;
    let low = *values.select_nth_unstable_by(index, f64::total_cmp).1;
    let high = values[index + 1..].iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (place - index as f64) * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_odd_and_even_numbers() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median_f32(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn quantiles_equal_numpys() {
        // numpy.quantile([1, 2, 4, 8], [0.1, 0.25, 0.5, 0.9]) = [1.3, 1.75, 3.0, 6.8]
        for (fraction, expected) in [(0.1, 1.3), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            let found = quantile(&mut [8.0, 1.0, 4.0, 2.0], fraction).expect("four values");
            assert!((found - expected).abs() < 1e-12, "quantile {fraction}: {found}, expected {expected}");
        }
    }

    #[test]
    fn the_mad_ignores_one_outlier() {
        let sigma = mad_sigma(&mut [1.0, 2.0, 3.0, 4.0, 1.0e9]).expect("five values");
        assert!((sigma - MAD_TO_SIGMA).abs() < 1e-12, "deviations 2 1 0 1 huge have median 1, found {sigma}");
    }
}
