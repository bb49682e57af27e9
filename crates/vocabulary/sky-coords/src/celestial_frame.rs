//! Celestial frames other than ICRS, and the way from them to it.
//!
//! FK5 and FK4 follow the definitions that astropy uses: the orientation of FK5 is that of USNO Circular 179, its precession
//! IAU 2006 (Capitaine et al. 2003, A&A 412, 567); FK4 loses its E-terms of aberration, is precessed by Newcomb's expressions
//! and turned by the rotating matrix of Murray 1989 (A&A 218, 325, equation 28 and 29).

use crate::angle::RAD_PER_DEG;
use crate::epoch::{julian_from_mjd, mjd_from_besselian};
use crate::matrix::{Matrix, about_x, about_y, about_z, inverse, product, transposed, turned};
use crate::position::{SkyPos, UnitVector};

/// Arc seconds in a degree, and milliarcseconds.
const ARCSEC: f64 = 3600.0;
const MAS: f64 = 3.6e6;
/// The pole of ICRS in FK5 J2000, and the offset of its origin, mas (USNO Circular 179, 3.4): eta0, xi0, da0.
const FK5_ORIENTATION_MAS: [f64; 3] = [-19.9, 9.1, -22.9];
/// FK4 B1950 without E-terms to FK5 J2000 at the epoch B1950 (Murray 1989).
const FK4_TO_FK5: Matrix = [
    [0.999_925_679_495_687_7, -0.011_181_483_220_466_2, -0.004_859_003_815_359_2],
    [0.011_181_483_239_171_7, 0.999_937_484_893_313_5, -0.000_027_162_594_714_2],
    [0.004_859_003_772_314_3, -0.000_027_170_293_744_0, 0.999_988_194_602_374_2],
];
/// Its change in 10^-6 a Julian century: FK4 turns.
const FK4_TURN: Matrix = [
    [-0.002_645_526_2, -1.153_991_868_9, 2.111_134_619_0],
    [1.154_062_816_1, -0.012_904_299_7, 0.023_602_147_8],
    [-2.111_297_904_8, -0.005_602_444_8, 0.010_258_773_4],
];
/// Constant of aberration, degrees (Explanatory Supplement 1992).
const ABERRATION_DEG: f64 = 0.005_693_2;
/// Rounds of the fixed point that puts the E-terms back; each gains four digits.
const E_TERM_ROUNDS: usize = 10;

/// The frame that right ascension and declination of a solution are in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CelestialFrame {
    /// ICRS.
    Icrs,
    /// Mean places of the FK5 at an equinox in Julian years.
    Fk5 {
        /// Equinox, Julian years.
        equinox_yr: f64,
    },
    /// Mean places of the FK4 at an equinox in Besselian years.
    Fk4 {
        /// Equinox, Besselian years.
        equinox_yr: f64,
        /// When the places were measured, Julian years: FK4 turns by 0.25" a century. `None`: at the equinox.
        epoch_yr: Option<f64>,
        /// Whether the places hold the E-terms of aberration, 0.34" (`FK4`), or not (`FK4-NO-E`).
        e_terms: bool,
    },
}

/// The way from one frame to ICRS and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToIcrs {
    matrix: Matrix,
    inverse: Matrix,
    e_terms: Option<UnitVector>,
}

impl std::fmt::Display for CelestialFrame {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Icrs => write!(out, "ICRS"),
            Self::Fk5 { equinox_yr } => write!(out, "FK5 J{equinox_yr:?}"),
            Self::Fk4 { equinox_yr, e_terms: true, .. } => write!(out, "FK4 B{equinox_yr:?}"),
            Self::Fk4 { equinox_yr, .. } => write!(out, "FK4-NO-E B{equinox_yr:?}"),
        }
    }
}

impl CelestialFrame {
    /// The way to ICRS; `None` of ICRS itself.
    pub fn to_icrs(self) -> Option<ToIcrs> {
        let (matrix, e_terms) = match self {
            Self::Icrs => return None,
            Self::Fk5 { equinox_yr } => (product(&icrs_from_fk5(), &transposed(&fk5_precession(equinox_yr))), None),
            Self::Fk4 { equinox_yr, epoch_yr, e_terms } => {
                let epoch_yr = epoch_yr.unwrap_or_else(|| julian_from_mjd(mjd_from_besselian(equinox_yr)));
                let centuries = (epoch_yr - 1950.0) / 100.0;
                let mut fk5_from_fk4 = FK4_TO_FK5;
                for (row, turn) in fk5_from_fk4.iter_mut().zip(FK4_TURN) {
                    row.iter_mut().zip(turn).for_each(|(cell, turn)| *cell += 1.0e-6 * centuries * turn);
                }
                let at_1950 = product(&fk5_from_fk4, &newcomb_precession(equinox_yr, 1950.0));
                (product(&icrs_from_fk5(), &at_1950), e_terms.then(|| e_terms_at(equinox_yr)))
            }
        };
        Some(ToIcrs { matrix, inverse: inverse(&matrix), e_terms })
    }
}

impl ToIcrs {
    /// The ICRS place of a place in the frame.
    pub fn apply(&self, place: SkyPos) -> SkyPos {
        let mut vector = place.to_vector();
        if let Some(e_terms) = self.e_terms {
            let along = e_terms.dot(vector);
            vector = vector.plus(e_terms, -1.0).plus(vector, along).normalised();
        }
        turned(&self.matrix, vector).to_sky()
    }

    /// The place in the frame of an ICRS place.
    pub fn revert(&self, icrs: SkyPos) -> SkyPos {
        let plain = turned(&self.inverse, icrs.to_vector()).normalised();
        let Some(e_terms) = self.e_terms else { return plain.to_sky() };
        let shifted = plain.plus(e_terms, 1.0);
        let mut vector = plain;
        for _ in 0..E_TERM_ROUNDS {
            let scale = 1.0 / (1.0 + e_terms.dot(vector));
            vector = UnitVector { x: scale * shifted.x, y: scale * shifted.y, z: scale * shifted.z };
        }
        vector.to_sky()
    }
}

fn icrs_from_fk5() -> Matrix {
    let [eta0, xi0, da0] = FK5_ORIENTATION_MAS.map(|mas| mas / MAS * RAD_PER_DEG);
    transposed(&product(&about_x(-eta0), &product(&about_y(xi0), &about_z(da0))))
}

/// Precession from J2000 to an equinox, IAU 2006: the equatorial angles of Capitaine et al. 2003, equations 40.
fn fk5_precession(equinox_yr: f64) -> Matrix {
    const ZETA: [f64; 6] = [2.650_545, 2306.083_227, 0.298_849_9, 0.018_018_28, -0.000_005_971, -0.000_000_317_3];
    const Z: [f64; 6] = [-2.650_545, 2306.077_181, 1.092_734_8, 0.018_268_37, -0.000_028_596, -0.000_000_290_4];
    const THETA: [f64; 6] = [0.0, 2004.191_903, -0.429_493_4, -0.041_822_64, -0.000_007_089, -0.000_000_127_4];
    let centuries = (equinox_yr - 2000.0) / 100.0;
    if centuries == 0.0 {
        return about_z(0.0);
    }
    let angle = |series: &[f64; 6]| {
        series.iter().rev().fold(0.0, |sum, coefficient| sum * centuries + coefficient) / ARCSEC * RAD_PER_DEG
    };
    product(&about_z(-angle(&Z)), &product(&about_y(angle(&THETA)), &about_z(-angle(&ZETA))))
}

/// Precession between two Besselian equinoxes by Newcomb's expressions (Kinoshita 1975, SAO Special Report 364, as astropy).
fn newcomb_precession(from_yr: f64, to_yr: f64) -> Matrix {
    let t = (from_yr - 1850.0) / 1000.0;
    let dt = (to_yr - 1850.0) / 1000.0 - t;
    let radians = |arcsec: f64| arcsec * dt / ARCSEC * RAD_PER_DEG;
    let common = (0.060 * t + 139.720) * t + 23_035.545;
    let zeta = radians((17.995 * dt - 0.27 * t + 30.240) * dt + common);
    let z = radians((18.325 * dt + 109.480 + 0.39 * t) * dt + common);
    let theta = radians((-41.8 * dt - 0.37 * t - 42.65) * dt + (-0.37 * t - 85.29) * t + 20_051.12);
    product(&about_z(-z), &product(&about_y(theta), &about_z(-zeta)))
}

/// The vector of the E-terms at a Besselian equinox: the part of the annual aberration that the ellipse of the orbit makes.
fn e_terms_at(equinox_yr: f64) -> UnitVector {
    let mjd = mjd_from_besselian(equinox_yr);
    let t = (mjd - mjd_from_besselian(1950.0)) / 36_525.0;
    let eccentricity = (-0.000_000_126 * t - 0.000_041_93) * t + 0.016_730_11;
    let perigee = (((0.012 * t + 1.65) * t + 6190.67) * t + 1_015_489.951) / ARCSEC * RAD_PER_DEG;
    // Mean obliquity of the ecliptic, IAU 1980.
    let centuries = (julian_from_mjd(mjd) - 2000.0) / 100.0;
    let obliquity =
        (((0.001_813 * centuries - 0.000_59) * centuries - 46.8150) * centuries + 84_381.448) / ARCSEC * RAD_PER_DEG;
    let size = eccentricity * ABERRATION_DEG * RAD_PER_DEG;
    let along = -size * libm::cos(perigee);
    UnitVector { x: size * libm::sin(perigee), y: along * libm::cos(obliquity), z: along * libm::sin(obliquity) }
}
