//! Polynomials of the position on the image.

use nalgebra::{DMatrix, DVector};
use sky_coords::PixelPos;

use crate::PsfError;

/// Largest degree that is read.
const MAX_DEGREE: usize = 8;

/// Monomials of `(column - zero) / scale` up to a total degree, in PSFEx's order: 1, x, x2, y, xy, y2 for degree 2.
/// Zero and scale follow the FITS convention of X_IMAGE, Y_IMAGE (centre of the first pixel is 1), as POLZERO, POLSCAL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpatialPolynomial {
    degree: usize,
    zero: [f64; 2],
    scale: [f64; 2],
}

impl SpatialPolynomial {
    /// A polynomial of `degree` in `(X_IMAGE - zero[0]) / scale[0]` and `(Y_IMAGE - zero[1]) / scale[1]`. Fails for a degree
    /// above 8, a scale of 0, or numbers that are not finite.
    pub fn new(degree: usize, zero: [f64; 2], scale: [f64; 2]) -> Result<Self, PsfError> {
        let finite = zero.iter().chain(&scale).all(|value| value.is_finite());
        if degree > MAX_DEGREE || !finite || scale.contains(&0.0) {
            return Err(PsfError::Argument(format!(
                "PSF polynomial of degree {degree}, POLZERO {zero:?}, POLSCAL {scale:?}; expected a degree up to {MAX_DEGREE}, finite numbers and scales other than 0"
            )));
        }
        Ok(Self { degree, zero, scale })
    }

    /// The polynomial that maps the bounding box of the positions to -0.5..0.5, as PSFEx does.
    pub(crate) fn around(degree: usize, positions: impl Iterator<Item = PixelPos> + Clone) -> Result<Self, PsfError> {
        let span = |axis: fn((f64, f64)) -> f64| {
            let values = positions.clone().map(|position| axis(position.to_fits()));
            let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
            let scale = if high > low { high - low } else { 1.0 };
            (0.5 * (low + high), scale)
        };
        let ((x_zero, x_scale), (y_zero, y_scale)) = (span(|fits| fits.0), span(|fits| fits.1));
        Self::new(degree, [x_zero, y_zero], [x_scale, y_scale])
    }

    /// The same coordinates with another degree.
    pub(crate) fn of_degree(&self, degree: usize) -> Result<Self, PsfError> {
        Self::new(degree, self.zero, self.scale)
    }

    /// Total degree.
    pub const fn degree(&self) -> usize {
        self.degree
    }

    /// POLZERO1, POLZERO2.
    pub const fn zero(&self) -> [f64; 2] {
        self.zero
    }

    /// POLSCAL1, POLSCAL2.
    pub const fn scale(&self) -> [f64; 2] {
        self.scale
    }

    /// Number of monomials: (d + 1)(d + 2) / 2.
    pub const fn n_terms(&self) -> usize {
        (self.degree + 1) * (self.degree + 2) / 2
    }

    /// Index of the monomial x^i y^j among those up to a degree: rows of j = 0, 1, ... are one shorter each.
    const fn index_of(degree: usize, (i, j): (usize, usize)) -> usize {
        j * (degree + 1) - j * j.saturating_sub(1) / 2 + i
    }

    /// Exponents of the monomials up to a degree, in their order.
    fn exponents(degree: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..=degree).flat_map(move |j| (0..=degree - j).map(move |i| (i, j)))
    }

    /// Coefficients of a polynomial of a lower or the same `degree` as those of this one.
    pub(crate) fn raised(&self, coefficients: &DVector<f64>, degree: usize) -> DVector<f64> {
        let mut raised = DVector::zeros(self.n_terms());
        for (coefficient, exponents) in coefficients.iter().zip(Self::exponents(degree)) {
            raised[Self::index_of(self.degree, exponents)] = *coefficient;
        }
        raised
    }

    /// Product of two polynomials in the same coordinates, each as (coefficients, degree).
    pub(crate) fn product(
        (a, a_degree): (&DVector<f64>, usize),
        (b, b_degree): (&DVector<f64>, usize),
    ) -> (DVector<f64>, usize) {
        let degree = a_degree + b_degree;
        let mut product = DVector::zeros((degree + 1) * (degree + 2) / 2);
        for (factor, (i, j)) in a.iter().zip(Self::exponents(a_degree)) {
            for (other, (k, l)) in b.iter().zip(Self::exponents(b_degree)) {
                product[Self::index_of(degree, (i + k, j + l))] += factor * other;
            }
        }
        (product, degree)
    }

    /// The monomials at a position.
    pub fn terms(&self, position: PixelPos) -> Vec<f64> {
        let (column, row) = position.to_fits();
        let (x, y) = ((column - self.zero[0]) / self.scale[0], (row - self.zero[1]) / self.scale[1]);
        let mut terms = Vec::with_capacity(self.n_terms());
        let mut y_power = 1.0;
        for y_degree in 0..=self.degree {
            let mut term = y_power;
            for _ in 0..=self.degree - y_degree {
                terms.push(term);
                term *= x;
            }
            y_power *= y;
        }
        terms
    }
}

/// Coefficients of `n_terms` functions by least squares: each row holds their values at a place, and the value to meet there.
/// `None` where the rows do not determine them.
pub(crate) fn least_squares(n_terms: usize, rows: impl Iterator<Item = (Vec<f64>, f64)>) -> Option<DVector<f64>> {
    let (mut normal, mut right) = (DMatrix::<f64>::zeros(n_terms, n_terms), DVector::<f64>::zeros(n_terms));
    for (terms, value) in rows {
        let terms = DVector::from_vec(terms);
        normal.ger(1.0, &terms, &terms, 1.0);
        right.axpy(value, &terms, 1.0);
    }
    Some(normal.cholesky()?.solve(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monomials_stand_in_psfex_order() {
        let polynomial = SpatialPolynomial::new(2, [1.0, 1.0], [1.0, 1.0]).expect("a valid polynomial");
        let terms = polynomial.terms(PixelPos::new(2.0, 3.0));
        assert_eq!(terms, [1.0, 2.0, 4.0, 3.0, 6.0, 9.0], "1, x, x2, y, xy, y2 at x = 2, y = 3");
    }

    #[test]
    fn a_product_has_the_value_of_the_factors() {
        let polynomial = |degree| SpatialPolynomial::new(degree, [3.0, 4.0], [5.0, 6.0]).expect("a valid polynomial");
        let value = |coefficients: &DVector<f64>, degree: usize, place| -> f64 {
            polynomial(degree).terms(place).iter().zip(coefficients).map(|(term, factor)| term * factor).sum()
        };
        let (a, b) = (DVector::from_fn(6, |k, _| 1.0 + k as f64), DVector::from_fn(10, |k, _| 0.5 * k as f64 - 2.0));
        let (product, degree) = SpatialPolynomial::product((&a, 2), (&b, 3));
        let raised = polynomial(7).raised(&product, degree);
        for place in [PixelPos::new(0.0, 9.0), PixelPos::new(-4.0, 2.5), PixelPos::new(7.0, 7.0)] {
            let expected = value(&a, 2, place) * value(&b, 3, place);
            test_sky::assert_close!(value(&raised, 7, place), expected, abs = 1e-9, "at {place:?}");
        }
    }

    #[test]
    fn a_scale_of_zero_is_refused() {
        assert!(SpatialPolynomial::new(2, [0.0, 0.0], [1.0, 0.0]).is_err(), "POLSCAL2 = 0 divides by zero");
    }
}
