//! Simulated photographic plates with truth.
