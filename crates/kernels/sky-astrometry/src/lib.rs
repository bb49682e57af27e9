//! A robust tie of detections to a reference frame: what vasco calls WCSFIX.
//!
//! A plate's own solution is good to 0.5" to 2.4"; a polynomial of low degree, fitted to the offsets between detections
//! and reference stars, takes the rest away. [`tie`] finds the constant part by a vote of all pairs, matches, and fits
//! robustly; references must stand at the epoch of the plate (carry them with `SkyPos::moved`), for after 65 years
//! one star in a hundred is elsewhere. A tie is whole or not at all: with too few stars, with stars in
//! one part of the field only, or with residuals of no star there is an error and no correction.

mod coverage;
mod error;
mod fit;
mod matching;
mod params;
mod polynomial;
mod quality;
mod tie;
mod vote;

pub use error::TieError;
pub use params::TieParams;
pub use quality::TieQuality;
pub use tie::{Tie, tie};
