//! The step catalog.
