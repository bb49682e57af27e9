//! The step package.
