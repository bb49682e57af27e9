//! Proper motion: a star carried from one epoch to another.

use crate::angle::{ARCSEC_PER_RAD, RAD_PER_DEG};
use crate::position::{SkyPos, UnitVector};

impl SkyPos {
    /// Directions of growing right ascension and of growing declination here, as unit vectors. Right at a pole, east is
    /// that of the meridian `ra_deg`.
    pub fn east_and_north(self) -> (UnitVector, UnitVector) {
        let (ra, dec) = (self.ra_deg * RAD_PER_DEG, self.dec_deg * RAD_PER_DEG);
        let (sin_ra, cos_ra) = (libm::sin(ra), libm::cos(ra));
        let (sin_dec, cos_dec) = (libm::sin(dec), libm::cos(dec));
        let east = UnitVector { x: -sin_ra, y: cos_ra, z: 0.0 };
        let north = UnitVector { x: -sin_dec * cos_ra, y: -sin_dec * sin_ra, z: cos_dec };
        (east, north)
    }

    /// The position at epoch `to_epoch_yr` of a star seen here at `from_epoch_yr` (Julian years), with proper motion in
    /// mas/yr (`pm_ra_cosdec_mas_yr` = mu_alpha cos delta, as in Gaia, PS1 and Tycho-2).
    ///
    /// Rigorous for a star without parallax and radial velocity: the unit vector moves in a straight line,
    /// `normalise(p + mu dt)` (The Hipparcos and Tycho Catalogues, ESA SP-1200, vol. 1, eq. 1.5.16 with vanishing
    /// parallax and radial velocity). Over 65 years the neglect costs 2.6" for Barnard's star and 0.3" for Proxima.
    pub fn moved(self, pm_ra_cosdec_mas_yr: f64, pm_dec_mas_yr: f64, from_epoch_yr: f64, to_epoch_yr: f64) -> Self {
        let years_rad_per_mas = (to_epoch_yr - from_epoch_yr) / (1000.0 * ARCSEC_PER_RAD);
        let along_east = pm_ra_cosdec_mas_yr * years_rad_per_mas;
        let along_north = pm_dec_mas_yr * years_rad_per_mas;
        if along_east == 0.0 && along_north == 0.0 {
            return self;
        }
        let (east, north) = self.east_and_north();
        self.to_vector().plus(east, along_east).plus(north, along_north).to_sky()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 214 mas/yr from 2016.0 to 1953.3: 62.7 years give 13.42".
    #[test]
    fn a_star_of_214_mas_a_year_was_13_42_arcsec_away_on_the_plate() {
        let gaia = SkyPos::new(187.4, 41.0);
        for (pm_ra, pm_dec) in [(214.0, 0.0), (0.0, -214.0), (151.320_9, 151.320_9)] {
            let plate = gaia.moved(pm_ra, pm_dec, 2016.0, 1953.3);
            let offset_arcsec = gaia.separation_arcsec(plate);
            assert!((offset_arcsec - 13.4178).abs() < 1e-3, "({pm_ra}, {pm_dec}) moved {offset_arcsec} arcsec");
        }
    }

    #[test]
    fn motion_east_raises_right_ascension_by_the_cosine_of_declination() {
        let moved = SkyPos::new(10.0, 60.0).moved(1000.0, 0.0, 2000.0, 2010.0);
        let expected_ra = 10.0 + 10.0 / 3600.0 / 0.5;
        assert!((moved.ra_deg - expected_ra).abs() < 1e-8, "RA {} instead of {expected_ra}", moved.ra_deg);
    }

    /// erfa.pmsafe with zero parallax and velocity, RA 30, Dec 89.9, (580, 300) mas/yr, 2016.0 to 1951.0:
    /// `python -c "import erfa,numpy as np; r=np.radians; m=r(1/3.6e6); d=r(89.9); print(np.degrees(erfa.pmsafe(
    ///  r(30.),d,580*m/np.cos(d),300*m,0,0,2457389.0,0,2433647.75,0)[:2]))"`
    #[test]
    fn near_the_pole_the_motion_equals_that_of_erfa() {
        let moved = SkyPos::new(30.0, 89.9).moved(580.0, 300.0, 2016.0, 2016.0 - 23741.25 / 365.25);
        let reference = SkyPos::new(REFERENCE_POLE.0, REFERENCE_POLE.1);
        let off_mas = moved.separation_arcsec(reference) * 1000.0;
        assert!(off_mas < 1e-3, "{moved:?} is {off_mas} mas from erfa's {reference:?}");
    }
    const REFERENCE_POLE: (f64, f64) = (24.326_776_689_046_515, 89.894_064_449_221_18);

    #[test]
    fn there_and_back_along_the_sky_returns_within_the_curvature_of_the_motion() {
        let start = SkyPos::new(359.999, -45.0);
        let there = start.moved(200.0, -100.0, 2016.0, 1951.0);
        let back = there.moved(200.0, -100.0, 1951.0, 2016.0);
        assert!(there.ra_deg > 359.9 && start.separation_arcsec(there) > 14.0, "the motion crosses no frame edge");
        assert!(start.separation_arcsec(back) < 2e-3, "came back {} arcsec away", start.separation_arcsec(back));
    }
}
