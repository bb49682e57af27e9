//! One thing in the simulated sky.

use sky_coords::SkyPos;

use crate::geometry::deproject;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A star of the modern catalogues.
    Star,
    /// A galaxy of the modern catalogues.
    Galaxy,
    /// A star on the plate and in no modern catalogue.
    Vanished,
    /// A star that has moved by many arc seconds since.
    HighProperMotion,
    /// The same, and no catalogue knows its motion.
    UnmeasuredMotion,
    /// A minor planet, trailed, in no catalogue.
    Asteroid,
}

impl ObjectKind {
    /// The kind's name in the truth table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Star => "star",
            Self::Galaxy => "galaxy",
            Self::Vanished => "vanished",
            Self::HighProperMotion => "high_proper_motion",
            Self::UnmeasuredMotion => "unmeasured_motion",
            Self::Asteroid => "asteroid",
        }
    }
}

/// One object as it was when the plate was exposed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SkyObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Index within its kind (stars and galaxies count together).
    pub index: u32,
    /// Place at the plate's epoch (middle of the exposure), ICRS.
    pub position: SkyPos,
    /// Proper motion in right ascension times cos(declination), mas/yr.
    pub pm_ra_mas_yr: f64,
    /// Proper motion in declination, mas/yr.
    pub pm_dec_mas_yr: f64,
    /// Red magnitude on the plate.
    pub mag: f64,
    /// Colour BP - RP, magnitudes.
    pub colour_mag: f64,
    /// Own FWHM, arc seconds; 0 for a point.
    pub extent_arcsec: f64,
    /// Minor over major axis.
    pub axis_ratio: f64,
    /// Position angle of the major axis or of the motion, degrees, north through east.
    pub position_angle_deg: f64,
    /// Length of the trail during the exposure, arc seconds.
    pub trail_arcsec: f64,
}

impl SkyObject {
    /// Its place `years` after the plate's epoch: motion on the tangent, without parallax or radial velocity.
    pub fn position_after(&self, years: f64) -> SkyPos {
        let moved_arcsec = |mas_yr: f64| mas_yr / 1000.0 * years;
        deproject(self.position, moved_arcsec(self.pm_ra_mas_yr), moved_arcsec(self.pm_dec_mas_yr))
    }

    /// Flux summed over pixels of `scale_arcsec`, ADU. Counts are per area of the plate, so a finer pixel sums to more.
    pub fn flux_adu(&self, scale_arcsec: f64) -> f64 {
        flux_adu(self.mag, scale_arcsec)
    }
}

/// Magnitude that sums to 1 ADU in pixels of [`REFERENCE_SCALE_ARCSEC`]. A star of magnitude 20 then peaks at 4 sigma of the
/// grain: the limit of the survey's red plates.
const ZERO_POINT_MAG: f64 = 29.6;
/// Pixel of the 25 micrometre scans, arc seconds.
pub(crate) const REFERENCE_SCALE_ARCSEC: f64 = 1.7;

/// Flux of a magnitude, ADU summed over pixels of `scale_arcsec`.
pub(crate) fn flux_adu(mag: f64, scale_arcsec: f64) -> f64 {
    let finer = REFERENCE_SCALE_ARCSEC / scale_arcsec;
    libm::pow(10.0, 0.4 * (ZERO_POINT_MAG - mag)) * finer * finer
}

/// Magnitude of a flux in ADU summed over pixels of [`REFERENCE_SCALE_ARCSEC`].
pub(crate) fn mag_of_reference_flux(flux_adu: f64) -> f64 {
    ZERO_POINT_MAG - 2.5 * libm::log10(flux_adu)
}

#[cfg(test)]
mod tests {
    use super::{ObjectKind, SkyObject, SkyPos};

    #[test]
    fn half_an_arcsecond_a_year_is_thirty_arcseconds_in_sixty_years() {
        let star = SkyObject {
            kind: ObjectKind::HighProperMotion,
            index: 0,
            position: SkyPos::new(0.001, 80.0),
            pm_ra_mas_yr: -300.0,
            pm_dec_mas_yr: 400.0,
            mag: 15.0,
            colour_mag: 1.0,
            extent_arcsec: 0.0,
            axis_ratio: 1.0,
            position_angle_deg: 0.0,
            trail_arcsec: 0.0,
        };
        let later = star.position_after(60.0);
        assert!((star.position.separation_arcsec(later) - 30.0).abs() < 1e-4);
        assert!(later.ra_deg > 359.9, "it moved west over RA 0");
        assert!((later.dec_deg - star.position.dec_deg) * 3600.0 - 24.0 < 2e-3);
    }
}
