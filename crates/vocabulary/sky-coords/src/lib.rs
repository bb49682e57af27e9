//! Sky and pixel positions, angles, epochs and proper motion: the vocabulary of place.
//!
//! Conventions of the whole workspace (CONVENTIONS.md says the same for users):
//! * a [`PixelPos`] is 0-based: the centre of the first pixel is (0, 0); FITS columns (`X_IMAGE`) add one;
//! * a [`SkyPos`] is ICRS in degrees, right ascension in `[0, 360)`;
//! * an epoch is a Julian year, a moment a modified Julian date (MJD) in the time scale of its header;
//! * transcendental functions come from `libm`, so that the bytes of a result do not follow the C library.

mod angle;
mod calendar;
mod celestial_frame;
mod date_obs;
mod epoch;
mod matrix;
mod motion;
mod position;
mod sexagesimal;
mod tangent;

pub use angle::{ARCSEC_PER_DEG, ARCSEC_PER_RAD, DEG_PER_RAD, RAD_PER_DEG, wrap_ra_deg};
pub use calendar::{CalendarDate, iso_from_mjd};
pub use celestial_frame::{CelestialFrame, ToIcrs};
pub use date_obs::{DateObs, DateObsError};
pub use epoch::{besselian_from_mjd, julian_from_mjd, mjd_from_besselian, mjd_from_julian};
pub use position::{PixelPos, SkyPos, UnitVector};
pub use sexagesimal::{AngleError, format_dec, format_ra, parse_dec_deg, parse_ra_deg};
pub use tangent::{StandardPos, TangentPlane};
