//! The step filter.
