//! Histograms.

use crate::axis::{Frame, Ticks};
use crate::picture::{Ink, Mark, Picture};

/// Counts in bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin, which belongs to it.
    pub high: f64,
    /// Values in each bin.
    pub counts: Vec<u64>,
    /// Values that are not finite and so in no bin.
    pub missing: u64,
}

impl Bins {
    /// `n_bins` bins from the smallest to the largest finite value: their counts sum to the number of finite values.
    /// Without any value the bins span 0 to 1; where all are equal, one unit around them.
    pub fn new(values: &[f64], n_bins: usize) -> Self {
        let n_bins = n_bins.max(1);
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (mut low, mut high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            (low, high) = (0.0, 1.0);
        } else if high - low <= 1e-12 * high.abs().max(1.0) {
            (low, high) = (low - 0.5, high + 0.5);
        }
        let mut counts = vec![0_u64; n_bins];
        for value in finite() {
            let bin = ((value - low) / (high - low) * n_bins as f64) as usize;
            counts[bin.min(n_bins - 1)] += 1;
        }
        let binned: u64 = counts.iter().sum();
        Self { low, high, counts, missing: values.len() as u64 - binned }
    }

    /// Lower edge of a bin.
    pub fn edge(&self, bin: usize) -> f64 {
        self.low + (self.high - self.low) * bin as f64 / self.counts.len() as f64
    }
}

/// A histogram of 800 x 500 pixels.
pub fn histogram(title: &str, x_label: &str, y_label: &str, bins: &Bins) -> Picture {
    let mut picture = Picture::new(800, 500, title);
    let most = bins.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let frame = Frame::new(&picture, (bins.low, bins.high), (0.0, 1.08 * most));
    let (x_ticks, y_ticks) = (Ticks::new(bins.low, bins.high, 8, 0.0), Ticks::new(0.0, 1.08 * most, 6, 1.0));
    frame.draw(&mut picture, x_label, y_label, &x_ticks, &y_ticks, |value| x_ticks.label(value));
    for (bin, count) in bins.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (left, top) = frame.pixel(bins.edge(bin), *count as f64);
        let (right, bottom) = frame.pixel(bins.edge(bin + 1), 0.0);
        picture.marks.push(Mark::Rect { corners: [left + 0.5, top, right - 0.5, bottom], ink: Ink::Series(0) });
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::Bins;

    #[test]
    fn every_finite_value_is_in_one_bin() {
        let bins = Bins::new(&[0.0, 1.0, 2.0, 9.99, 10.0, f64::NAN], 10);
        assert_eq!(bins.counts, [1, 1, 1, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!((bins.low, bins.high, bins.missing), (0.0, 10.0, 1));
    }

    #[test]
    fn none_and_equal_values_have_bins_too() {
        assert_eq!(Bins::new(&[], 10).counts.iter().sum::<u64>(), 0);
        assert_eq!(Bins::new(&[3.0, 3.0], 4).counts, [0, 0, 2, 0]);
    }
}
