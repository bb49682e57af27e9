//! Sky and pixel positions, angles, epochs and proper motion: the vocabulary of place.
//!
//! Conventions of the whole workspace (CONVENTIONS.md says the same for users):
//! * a [`PixelPos`] is 0-based: the centre of the first pixel is (0, 0); FITS columns (`X_IMAGE`) add one;
//! * a [`SkyPos`] is ICRS in degrees, right ascension in `[0, 360)`;
//! * transcendental functions come from `libm`, so that the bytes of a result do not follow the C library.

mod angle;
mod position;

pub use angle::{ARCSEC_PER_DEG, ARCSEC_PER_RAD, DEG_PER_RAD, RAD_PER_DEG, wrap_ra_deg};
pub use position::{PixelPos, SkyPos, UnitVector};
