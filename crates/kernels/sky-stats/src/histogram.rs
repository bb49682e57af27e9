//! Histograms with bins of equal width.

/// Counts in bins of equal width; what lies outside is counted apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin.
    pub high: f64,
    /// Counts.
    pub counts: Vec<u64>,
    /// Values below `low`.
    pub below: u64,
    /// Values at or above `high`.
    pub above: u64,
}

impl Histogram {
    /// Counts `values` in `n_bins` bins of [low, high); NaN is not counted. `None` for no bin or an empty range.
    pub fn new(values: impl IntoIterator<Item = f64>, low: f64, high: f64, n_bins: usize) -> Option<Self> {
        let valid = n_bins > 0 && low < high && (high - low).is_finite();
        if !valid {
            return None;
        }
        let mut histogram = Self { low, high, counts: vec![0; n_bins], below: 0, above: 0 };
        let per_unit = n_bins as f64 / (high - low);
        for value in values {
            if value < low {
                histogram.below += 1;
            } else if value >= high {
                histogram.above += 1;
            } else if value >= low {
                histogram.counts[(((value - low) * per_unit) as usize).min(n_bins - 1)] += 1;
            }
        }
        Some(histogram)
    }

    /// Centre of a bin.
    pub fn centre(&self, bin: usize) -> f64 {
        self.low + (bin as f64 + 0.5) * (self.high - self.low) / self.counts.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_counted_once_and_nan_never() {
        let histogram = Histogram::new([-1.0, 0.0, 0.49, 0.5, 1.0, f64::NAN], 0.0, 1.0, 2).expect("a range");
        assert_eq!(histogram.counts, [2, 1]);
        assert_eq!((histogram.below, histogram.above), (1, 1));
        assert_eq!(histogram.centre(1), 0.75);
    }
}
