//! The functions of the position that each sample of a model is made of.
//!
//! Where the width of the PSF varies, its samples are no polynomials of the position of the same degree: the centre of a
//! star of width w is as bright as 1 / w^2. On an exact field whose width grows quadratically from 2.5 to 3.2 px, samples
//! of degree 2 are 7 % too wide in the worst corner, of degree 3 still 3 %. A sample is however a smooth function of the
//! width, s(w) = s0 + s1 u + s2 u^2 + ... with u = w / w0 - 1, and w(x, y) is known from the stars: so powers of u join the
//! monomials. With u^2 and u^3 the same field is represented to 0.1 %. All is linear in the unknowns still, and as w is a
//! polynomial the model is one: of a higher degree, which PSFEx's format holds.

use nalgebra::{DMatrix, DVector};
use sky_coords::PixelPos;

use crate::polynomial::least_squares;
use crate::widths::Widths;
use crate::{PsfError, SpatialPolynomial};

/// Least ratio of the largest to the smallest width from which a power of the width joins. Widths that vary by less are
/// [`Widths`] of one value, and a quadratic is 1 % off at most: its error goes with the square of the variation.
const POWERS: [(i32, f64); 2] = [(2, 1.0), (3, 1.2)];
/// Degree of the monomials from which powers of the width join; below it stars are too few.
const MIN_DEGREE: usize = 2;
/// Stars that a model with powers of the width needs, as many as one of degree 3.
const MIN_STARS: usize = 100;

/// Monomials, and powers of the width where it varies.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    monomials: SpatialPolynomial,
    /// Polynomial that holds all of them.
    whole: SpatialPolynomial,
    /// `[term of the whole][term of this basis]`.
    expansion: DMatrix<f64>,
}

impl Basis {
    /// The basis of `degree` for stars at these positions whose width is `widths`.
    pub(crate) fn new(degree: usize, positions: &[PixelPos], widths: &Widths) -> Result<Self, PsfError> {
        let monomials = SpatialPolynomial::around(degree, positions.iter().copied())?;
        let ratio = widths.ratio_over(positions);
        let powers: Vec<i32> = POWERS.iter().filter(|(_, least)| ratio > *least).map(|(power, _)| *power).collect();
        let Some(highest) = powers.last().filter(|_| degree >= MIN_DEGREE && positions.len() >= MIN_STARS) else {
            let n_terms = monomials.n_terms();
            return Ok(Self { monomials, whole: monomials, expansion: DMatrix::identity(n_terms, n_terms) });
        };
        let width = widths.excess(&monomials, positions)?;
        let whole = monomials.of_degree(degree.max(widths.degree() * *highest as usize))?;
        let mut columns: Vec<DVector<f64>> = (0..monomials.n_terms())
            .map(|term| {
                let unit = DVector::from_fn(monomials.n_terms(), |k, _| f64::from(u8::from(k == term)));
                whole.raised(&unit, degree)
            })
            .collect();
        for power in powers {
            let mut product = (width.clone(), widths.degree());
            for _ in 1..power {
                product = SpatialPolynomial::product((&product.0, product.1), (&width, widths.degree()));
            }
            columns.push(whole.raised(&product.0, product.1));
        }
        Ok(Self { monomials, whole, expansion: DMatrix::from_columns(&columns) })
    }

    /// Number of functions.
    pub(crate) fn n_terms(&self) -> usize {
        self.expansion.ncols()
    }

    /// Degree of the monomials.
    pub(crate) const fn degree(&self) -> usize {
        self.monomials.degree()
    }

    /// The polynomial that a model of this basis is.
    pub(crate) const fn whole(&self) -> &SpatialPolynomial {
        &self.whole
    }

    /// The functions at a position.
    pub(crate) fn terms(&self, position: PixelPos) -> Vec<f64> {
        if self.whole == self.monomials {
            return self.whole.terms(position);
        }
        let monomials = self.whole.terms(position);
        self.expansion.column_iter().map(|column| column.iter().zip(&monomials).map(|(a, b)| a * b).sum()).collect()
    }

    /// Coefficients of the whole polynomial, by least squares in this basis through a value at each of these places; `None`
    /// where they do not determine them.
    pub(crate) fn fit(&self, places: &[PixelPos], value: impl Fn(&PixelPos) -> f64) -> Option<DVector<f64>> {
        let rows = places.iter().map(|place| (self.terms(*place), value(place)));
        least_squares(self.n_terms(), rows).map(|coefficients| self.expand(&coefficients))
    }

    /// What coefficients of these functions are as coefficients of the whole polynomial.
    pub(crate) fn expand(&self, coefficients: &DVector<f64>) -> DVector<f64> {
        &self.expansion * coefficients
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stars on a grid of 20 x 20 places, with a width that is 3 px in the middle and `rise` wider in the corners.
    fn field(rise: f64) -> (Vec<PixelPos>, Widths) {
        let places: Vec<PixelPos> =
            (0..400).map(|k| PixelPos::new(50.0 * f64::from(k % 20), 50.0 * f64::from(k / 20))).collect();
        let width = |p: &PixelPos| {
            let (x, y) = (p.x_px / 475.0 - 1.0, p.y_px / 475.0 - 1.0);
            3.0 * (1.0 + 0.5 * rise * (x * x + y * y))
        };
        let stars: Vec<(PixelPos, f64)> = places.iter().map(|place| (*place, width(place))).collect();
        (places, Widths::following(&stars, 3.0 * (1.0 + 0.3 * rise), 1.3))
    }

    #[test]
    fn powers_of_the_width_join_where_it_varies() {
        let terms = |rise: f64| {
            let (places, widths) = field(rise);
            let basis = Basis::new(2, &places, &widths).expect("a valid basis");
            (basis.n_terms(), basis.whole().degree())
        };
        assert_eq!(terms(0.08), (6, 2), "8 % of the width: the quadratic alone");
        assert_eq!(terms(0.17), (7, 4), "17 %: its square as well");
        assert_eq!(terms(0.4), (8, 6), "40 %: its cube as well");
    }

    #[test]
    fn few_stars_have_the_quadratic_alone() {
        let (places, widths) = field(0.4);
        let basis = Basis::new(2, &places[..80], &widths).expect("a valid basis");
        assert_eq!(basis.n_terms(), 6, "80 stars");
    }

    #[test]
    fn the_brightness_of_a_core_is_followed() {
        // 1 / w^2 over a field whose width grows by 40 %, by least squares in the basis, then as the whole polynomial.
        let (places, widths) = field(0.4);
        let basis = Basis::new(2, &places, &widths).expect("a valid basis");
        let peak = |place: &PixelPos| 9.0 / (widths.at(*place) * widths.at(*place));
        let whole = basis.fit(&places, peak).expect("independent functions");
        for place in &places {
            let found: f64 = basis.whole().terms(*place).iter().zip(&whole).map(|(term, factor)| term * factor).sum();
            // The quadratic alone misses it by 0.09 at worst.
            test_sky::assert_close!(found, peak(place), abs = 0.01, "at {place:?}");
        }
    }
}
