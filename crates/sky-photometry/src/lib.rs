//! Apertures, Kron and windowed measurements of sources.
