//! The radius of a match: always arc seconds, always inclusive.

use sky_coords::{ARCSEC_PER_DEG, ARCSEC_PER_RAD};

/// Largest radius that a match accepts, arc seconds (10 degrees): anything larger is a mistake of unit.
pub const MAX_RADIUS_ARCSEC: f64 = 36_000.0;

/// What rounding of positions in degrees and of unit vectors may add to a separation, arc seconds.
///
/// A right ascension near 360 degrees has steps of 5.7e-14 degrees (2e-10 arcsec), a unit vector steps of 1.1e-16 (2.3e-11 arcsec).
const ROUNDING_ARCSEC: f64 = 1.0e-9;

/// A radius that no match can be made with.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("match radius is {found} arcsec; expected 0 to {MAX_RADIUS_ARCSEC} arcsec")]
pub struct RadiusError {
    /// The radius that was asked for, arc seconds.
    pub found: f64,
}

/// An accepted radius.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Radius {
    arcsec: f64,
}

impl Radius {
    pub(crate) fn new(arcsec: f64) -> Result<Self, RadiusError> {
        if (0.0..=MAX_RADIUS_ARCSEC).contains(&arcsec) {
            Ok(Self { arcsec })
        } else {
            Err(RadiusError { found: arcsec })
        }
    }

    /// Whether a separation lies within the radius; the boundary does (5.000 yes, 5.0001 no).
    pub(crate) fn contains(self, separation_arcsec: f64) -> bool {
        separation_arcsec <= self.arcsec + ROUNDING_ARCSEC
    }

    /// The radius with a margin wider than [`ROUNDING_ARCSEC`], for searches whose answers [`Self::contains`] decides, degrees.
    pub(crate) fn search_deg(self) -> f64 {
        (self.arcsec + 1.0e-6) / ARCSEC_PER_DEG
    }

    /// Square of the chord that belongs to [`Self::search_deg`] on the unit sphere.
    pub(crate) fn search_chord2(self) -> f64 {
        let chord = 2.0 * libm::sin(0.5 * (self.arcsec + 1.0e-6) / ARCSEC_PER_RAD);
        chord * chord
    }
}
