//! The step tiling.
