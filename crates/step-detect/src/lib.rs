//! The step detect.
