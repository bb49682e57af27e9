//! The step psf.
