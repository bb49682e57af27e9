//! The step mask.
