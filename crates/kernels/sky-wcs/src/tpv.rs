//! The TPV distortion and the PV cards that SCAMP writes with TAN (FITS registry of conventions, "TPV").

use sky_image::{CardValue, Header};

use crate::cards::optional_number;
use crate::error::WcsError;

/// Terms of the convention: (power of the own coordinate, power of the other one, power of the radius).
const TERMS: [(u8, u8, u8); TERM_COUNT] = terms();
const TERM_COUNT: usize = 40;

/// Polynomials of the intermediate world coordinates (degrees) that give the standard coordinates (degrees).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tpv {
    /// Coefficients of the longitude axis: x is the own coordinate.
    longitude: [f64; TERM_COUNT],
    /// Coefficients of the latitude axis: y is the own coordinate.
    latitude: [f64; TERM_COUNT],
}

/// Which of the two meanings of PV cards a header with `TAN` has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PvMeaning {
    /// SCAMP's polynomial.
    Distortion,
    /// Parameters of the projection (paper II, 2.5), of which TAN has none but the native reference point.
    Parameters,
}

/// The first index that is no parameter of a projection: from here on PV cards of a TAN header are SCAMP's.
const FIRST_OF_SCAMP: usize = 5;

impl Tpv {
    /// What the PV cards of a `TAN` header mean: one of index 5 or more on either axis makes all of them SCAMP's polynomial, as
    /// wcslib decides (`wcsset`, 5.9 and later).
    pub(crate) fn meaning(header: &Header) -> PvMeaning {
        let is_scamps =
            |axis: usize| (FIRST_OF_SCAMP..TERM_COUNT).any(|term| header.get(&format!("PV{axis}_{term}")).is_some());
        if is_scamps(1) || is_scamps(2) { PvMeaning::Distortion } else { PvMeaning::Parameters }
    }

    /// Reads the PV cards; absent coefficients are 0 but for the first, which is 1.
    pub(crate) fn from_header(header: &Header, longitude_axis: usize, latitude_axis: usize) -> Result<Self, WcsError> {
        let read = |axis: usize| -> Result<[f64; TERM_COUNT], WcsError> {
            if header.get(&format!("PV{axis}_{TERM_COUNT}")).is_some() {
                let what = format!("distortion term PV{axis}_{TERM_COUNT}");
                return Err(WcsError::Unsupported { what, cure: "TPV ends at term 39" });
            }
            let mut coefficients = [0.0; TERM_COUNT];
            for (term, coefficient) in coefficients.iter_mut().enumerate() {
                let absent = if term == 1 { 1.0 } else { 0.0 };
                *coefficient = optional_number(header, &format!("PV{axis}_{term}"))?.unwrap_or(absent);
            }
            Ok(coefficients)
        };
        Ok(Self { longitude: read(longitude_axis)?, latitude: read(latitude_axis)? })
    }

    /// Standard coordinates in degrees from intermediate world coordinates in degrees.
    pub(crate) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let radius = (x * x + y * y).sqrt();
        (polynomial(&self.longitude, x, y, radius), polynomial(&self.latitude, y, x, radius))
    }

    /// Writes the coefficients, longitude as axis 1.
    pub(crate) fn write_to(&self, header: &mut Header) {
        for (axis, coefficients) in [(1, &self.longitude), (2, &self.latitude)] {
            for (term, coefficient) in coefficients.iter().enumerate().filter(|(term, c)| *term == 1 || **c != 0.0) {
                header.set(&format!("PV{axis}_{term}"), CardValue::Real(*coefficient), "TPV coefficient");
            }
        }
    }
}

fn polynomial(coefficients: &[f64; TERM_COUNT], own: f64, other: f64, radius: f64) -> f64 {
    let mut powers = [[1.0; 8]; 3];
    for (row, base) in powers.iter_mut().zip([own, other, radius]) {
        for power in 1..8 {
            row[power] = row[power - 1] * base;
        }
    }
    let term =
        |(p, q, r): (u8, u8, u8)| powers[0][usize::from(p)] * powers[1][usize::from(q)] * powers[2][usize::from(r)];
    coefficients.iter().zip(TERMS).filter(|(c, _)| **c != 0.0).map(|(c, powers)| c * term(powers)).sum()
}

/// Terms in the order of the convention: degree by degree, falling power of the own coordinate, and after each odd
/// degree that power of the radius.
const fn terms() -> [(u8, u8, u8); TERM_COUNT] {
    let mut table = [(0, 0, 0); TERM_COUNT];
    let mut index = 1;
    let mut degree = 1;
    while degree <= 7 {
        let mut other = 0;
        while other <= degree {
            table[index] = (degree - other, other, 0);
            index += 1;
            other += 1;
        }
        if degree % 2 == 1 {
            table[index] = (0, 0, degree);
            index += 1;
        }
        degree += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terms_stand_where_the_registry_puts_them() {
        for (term, powers) in [
            (0, (0, 0, 0)),
            (1, (1, 0, 0)),
            (2, (0, 1, 0)),
            (3, (0, 0, 1)),
            (4, (2, 0, 0)),
            (8, (2, 1, 0)),
            (11, (0, 0, 3)),
            (16, (0, 4, 0)),
            (23, (0, 0, 5)),
            (24, (6, 0, 0)),
            (31, (7, 0, 0)),
            (38, (0, 7, 0)),
            (39, (0, 0, 7)),
        ] {
            assert_eq!(TERMS[term], powers, "term {term}");
        }
    }
}
