//! Clipped statistics, medians and binomial intervals used by every kernel.
