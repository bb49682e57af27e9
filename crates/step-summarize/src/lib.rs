//! The step summarize.
