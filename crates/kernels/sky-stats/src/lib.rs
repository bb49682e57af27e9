//! Clipped statistics, medians, quantiles, binomial intervals, histograms and correlations: small and exact.
//!
//! Every function takes values in any order and gives the same bits for the same multiset in the same order. Values must
//! be finite or ordered by `total_cmp` (a NaN sorts last); callers remove masked values.

mod binomial;
mod clip;
mod correlation;
mod histogram;
mod order;

pub use binomial::{Interval, clopper_pearson, wilson};
pub use clip::{Clipped, pearson_mode, sigma_clip};
pub use correlation::NoiseCorrelation;
pub use histogram::Histogram;
pub use order::{MAD_TO_SIGMA, mad_sigma, median, median_f32, quantile};
