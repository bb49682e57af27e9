//! Positional cross-match on the sphere by declination zones.
