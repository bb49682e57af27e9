//! The Simple Imaging Polynomial (Shupe et al. 2005, ASP Conf. Ser. 347, 491).

use sky_image::{CardValue, Header};

use crate::cards::{number, optional_number};
use crate::error::WcsError;

/// Highest order of the convention.
const MAX_ORDER: usize = 9;

/// Polynomials of the pixel offset (u, v) from CRPIX, added to it before the matrix is applied. The inverse polynomials
/// AP and BP are never read: they are fits of limited accuracy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sip {
    a: Polynomial,
    b: Polynomial,
}

/// `sum of c[p][q] u^p v^q` over `p + q <= order`.
#[derive(Clone, Debug, PartialEq)]
struct Polynomial {
    order: usize,
    coefficients: Vec<((u8, u8), f64)>,
}

impl Sip {
    /// Whether the header holds forward SIP coefficients.
    pub(crate) fn is_present(header: &Header) -> bool {
        header.get("A_ORDER").is_some() || header.get("B_ORDER").is_some()
    }

    /// Reads A and B.
    pub(crate) fn from_header(header: &Header) -> Result<Self, WcsError> {
        Ok(Self { a: Polynomial::from_header(header, "A")?, b: Polynomial::from_header(header, "B")? })
    }

    /// The distorted offset.
    pub(crate) fn apply(&self, u: f64, v: f64) -> (f64, f64) {
        (u + self.a.value(u, v), v + self.b.value(u, v))
    }

    /// Writes A and B.
    pub(crate) fn write_to(&self, header: &mut Header) {
        for (letter, polynomial) in [("A", &self.a), ("B", &self.b)] {
            header.set(&format!("{letter}_ORDER"), CardValue::Integer(polynomial.order as i64), "SIP polynomial order");
            for ((p, q), coefficient) in &polynomial.coefficients {
                header.set(&format!("{letter}_{p}_{q}"), CardValue::Real(*coefficient), "SIP coefficient");
            }
        }
    }
}

impl Polynomial {
    fn from_header(header: &Header, letter: &str) -> Result<Self, WcsError> {
        let keyword = format!("{letter}_ORDER");
        let order = number(header, &keyword, "a SIP distortion")?;
        if order.fract() != 0.0 || !(0.0..=MAX_ORDER as f64).contains(&order) {
            return Err(WcsError::BadValue {
                keyword,
                found: order.to_string(),
                expected: "a whole number from 0 to 9",
            });
        }
        let order = order as usize;
        let mut coefficients = Vec::new();
        for p in 0..=order {
            for q in 0..=order - p {
                if let Some(value) =
                    optional_number(header, &format!("{letter}_{p}_{q}"))?.filter(|value| *value != 0.0)
                {
                    coefficients.push(((p as u8, q as u8), value));
                }
            }
        }
        Ok(Self { order, coefficients })
    }

    fn value(&self, u: f64, v: f64) -> f64 {
        let mut powers = [[1.0; MAX_ORDER + 1]; 2];
        for power in 1..=self.order {
            powers[0][power] = powers[0][power - 1] * u;
            powers[1][power] = powers[1][power - 1] * v;
        }
        self.coefficients.iter().map(|((p, q), c)| c * powers[0][usize::from(*p)] * powers[1][usize::from(*q)]).sum()
    }
}
