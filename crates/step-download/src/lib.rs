//! The step download.
