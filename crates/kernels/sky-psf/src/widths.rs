//! Width of the stars over the image, so that stars are selected around what is usual where they stand.

use nalgebra::DVector;
use sky_coords::PixelPos;

use crate::polynomial::least_squares;
use crate::{PsfError, SpatialPolynomial};

/// Degree of the width as a function of the position.
const DEGREE: usize = 2;
/// Stars below which the width is taken as the same everywhere.
const MIN_STARS: usize = 60;
/// Largest over smallest width below which it is taken as the same everywhere. The quadratic of the 270 stars of the M67
/// plate, whose half-light radii grow with their brightness, reaches 1.11 by chance; that of the simulated plates 1.17.
const LEAST_RATIO: f64 = 1.14;
/// Rounds in which the window follows the width; each reaches a window's half width farther.
const ROUNDS: usize = 6;

/// Usual half-light diameter at each place.
#[derive(Clone, Debug)]
pub(crate) struct Widths {
    polynomial: SpatialPolynomial,
    coefficients: DVector<f64>,
}

impl Widths {
    /// The same everywhere, pixels.
    pub(crate) fn constant(diameter_px: f64) -> Self {
        let polynomial = SpatialPolynomial::new(0, [0.0; 2], [1.0; 2]).expect("degree 0 is valid");
        Self { polynomial, coefficients: DVector::from_vec(vec![diameter_px]) }
    }

    /// A quadratic through the stars' diameters: least squares of those within a factor `share` of the quadratic before,
    /// which begins as `mode_px` everywhere and so moves to where diameters crowd (Fukunaga & Hostetler 1975, mean shift).
    /// The same everywhere where fewer than 60 stars are left, or where it varies too little to be told from chance.
    pub(crate) fn following(stars: &[(PixelPos, f64)], mode_px: f64, share: f64) -> Self {
        let mut widths = Self::constant(mode_px);
        let Ok(polynomial) = SpatialPolynomial::around(DEGREE, stars.iter().map(|star| star.0)) else { return widths };
        for _ in 0..ROUNDS {
            let usual = |star: &&(PixelPos, f64)| {
                let ratio = star.1 / widths.at(star.0);
                ratio > 1.0 / share && ratio < share
            };
            let members: Vec<&(PixelPos, f64)> = stars.iter().filter(usual).collect();
            if members.len() < MIN_STARS {
                return Self::constant(mode_px);
            }
            let Some(coefficients) = fit(&polynomial, members.into_iter()) else { return Self::constant(mode_px) };
            widths = Self { polynomial, coefficients };
        }
        let places: Vec<PixelPos> = stars.iter().map(|star| star.0).collect();
        if widths.ratio_over(&places) < LEAST_RATIO { Self::constant(mode_px) } else { widths }
    }

    /// Whether it is the same everywhere.
    pub(crate) const fn is_constant(&self) -> bool {
        self.polynomial.degree() == 0
    }

    /// Degree of the polynomial.
    pub(crate) const fn degree(&self) -> usize {
        self.polynomial.degree()
    }

    /// Largest over smallest width at these places.
    pub(crate) fn ratio_over(&self, places: &[PixelPos]) -> f64 {
        let widths = places.iter().map(|place| self.at(*place));
        let (low, high) = widths.fold((f64::INFINITY, 0.0_f64), |(low, high), width| (low.min(width), high.max(width)));
        high / low
    }

    /// Width over its mean at these places, less one, as a polynomial of its own degree in the coordinates of `around`.
    pub(crate) fn excess(&self, around: &SpatialPolynomial, places: &[PixelPos]) -> Result<DVector<f64>, PsfError> {
        let polynomial = around.of_degree(self.degree())?;
        let mean_px = places.iter().map(|place| self.at(*place)).sum::<f64>() / places.len() as f64;
        let stars: Vec<(PixelPos, f64)> =
            places.iter().map(|place| (*place, self.at(*place) / mean_px - 1.0)).collect();
        fit(&polynomial, stars.iter()).ok_or(PsfError::Degenerate("its stars lie on a line"))
    }

    /// At a place, pixels; never below a tenth of a pixel.
    pub(crate) fn at(&self, place: PixelPos) -> f64 {
        let terms = self.polynomial.terms(place);
        terms.iter().zip(&self.coefficients).map(|(term, factor)| term * factor).sum::<f64>().max(0.1)
    }
}

/// Coefficients by least squares through values at places; `None` where these do not determine them.
fn fit<'a>(polynomial: &SpatialPolynomial, values: impl Iterator<Item = &'a (PixelPos, f64)>) -> Option<DVector<f64>> {
    least_squares(polynomial.n_terms(), values.map(|(place, value)| (polynomial.terms(*place), *value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Diameters that grow by a third across the image, and a fifth of galaxies.
    fn stars(share_of_galaxies: f64) -> Vec<(PixelPos, f64)> {
        let turn = |k: usize, step: f64| (k as f64 * step).fract();
        (0..900)
            .map(|k| {
                let place = PixelPos::new(1000.0 * turn(k, 0.754_877_67), 1000.0 * turn(k, 0.569_840_29));
                let own = 3.0 + 0.5e-3 * (place.x_px + place.y_px);
                let galaxy = turn(k, 0.618_033_99) < share_of_galaxies;
                (place, if galaxy { own * (1.0 + 2.0 * turn(k, 0.414_213_56)) } else { own })
            })
            .collect()
    }

    #[test]
    fn the_width_of_the_corners_is_found() {
        let widths = Widths::following(&stars(0.2), 3.5, 1.06);
        for (x, y, expected) in [(0.0, 0.0, 3.0), (999.0, 999.0, 4.0), (0.0, 999.0, 3.5)] {
            test_sky::assert_close!(widths.at(PixelPos::new(x, y)), expected, abs = 0.06, "at {x}, {y}");
        }
    }

    #[test]
    fn few_stars_share_one_width() {
        let widths = Widths::following(&stars(0.2)[..40], 3.5, 1.06);
        test_sky::assert_close!(widths.at(PixelPos::new(999.0, 999.0)), 3.5, abs = 1e-12, "the mode");
    }
}
