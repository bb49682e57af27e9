//! The correction polynomial.

use nalgebra::{SMatrix, SVector};
use sky_coords::StandardPos;

/// Terms of the second degree: 1, x, y, x^2, x y, y^2.
pub(crate) const TERMS: usize = 6;
/// A pivot of the normal matrix below this share of the largest one: the ties do not determine the polynomial.
const MIN_PIVOT_SHARE: f64 = 1e-6;

/// Degree of the correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Degree {
    /// Shift, scale, rotation, shear.
    One,
    /// And quadratic terms.
    Two,
}

/// An offset as a polynomial of the place on the tangent plane.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Polynomial {
    pub(crate) degree: Degree,
    /// Place of x = 1, y = 1 on the plane, arcsec.
    scale_arcsec: f64,
    /// Coefficients of the offset in xi and in eta, arcsec.
    xi: SVector<f64, TERMS>,
    eta: SVector<f64, TERMS>,
}

/// One equation of a fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Equation {
    /// Place of the detection.
    pub(crate) place: StandardPos,
    /// Reference minus detection, arcsec.
    pub(crate) offset: StandardPos,
}

impl Degree {
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    pub(crate) const fn terms(self) -> usize {
        match self {
            Self::One => 3,
            Self::Two => TERMS,
        }
    }
}

impl Polynomial {
    /// A constant offset.
    pub(crate) fn constant(offset: StandardPos, scale_arcsec: f64) -> Self {
        let mut polynomial = Self { degree: Degree::One, scale_arcsec, xi: SVector::zeros(), eta: SVector::zeros() };
        polynomial.xi[0] = offset.xi_arcsec;
        polynomial.eta[0] = offset.eta_arcsec;
        polynomial
    }

    /// Weighted least squares by the normal equations (features within -1 to 1 keep them well conditioned); `None` where
    /// they are singular.
    pub(crate) fn fit(degree: Degree, scale_arcsec: f64, equations: &[Equation], weights: &[f64]) -> Option<Self> {
        let mut normal = SMatrix::<f64, TERMS, TERMS>::zeros();
        let (mut right_xi, mut right_eta) = (SVector::<f64, TERMS>::zeros(), SVector::<f64, TERMS>::zeros());
        for (equation, weight) in equations.iter().zip(weights) {
            let features = features(degree, equation.place, scale_arcsec);
            normal += features * features.transpose() * *weight;
            right_xi += features * (*weight * equation.offset.xi_arcsec);
            right_eta += features * (*weight * equation.offset.eta_arcsec);
        }
        for unused in degree.terms()..TERMS {
            normal[(unused, unused)] = normal[(0, 0)];
        }
        let cholesky = normal.cholesky()?;
        let pivots = cholesky.l_dirty().diagonal();
        if pivots.min() * pivots.min() < MIN_PIVOT_SHARE * pivots.max() * pivots.max() {
            return None;
        }
        Some(Self { degree, scale_arcsec, xi: cholesky.solve(&right_xi), eta: cholesky.solve(&right_eta) })
    }

    /// The offset at a place, arcsec.
    pub(crate) fn offset(&self, place: StandardPos) -> StandardPos {
        let features = features(self.degree, place, self.scale_arcsec);
        StandardPos::new(self.xi.dot(&features), self.eta.dot(&features))
    }
}

/// The terms of the polynomial at a place.
pub(crate) fn features(degree: Degree, place: StandardPos, scale_arcsec: f64) -> SVector<f64, TERMS> {
    let (x, y) = (place.xi_arcsec / scale_arcsec, place.eta_arcsec / scale_arcsec);
    match degree {
        Degree::One => SVector::from([1.0, x, y, 0.0, 0.0, 0.0]),
        Degree::Two => SVector::from([1.0, x, y, x * x, x * y, y * y]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equations(offset: impl Fn(f64, f64) -> (f64, f64)) -> Vec<Equation> {
        (0..49)
            .map(|i| {
                let (x, y) = (f64::from(i % 7) * 600.0 - 1800.0, f64::from(i / 7) * 600.0 - 1800.0);
                let (xi, eta) = offset(x / 1800.0, y / 1800.0);
                Equation { place: StandardPos::new(x, y), offset: StandardPos::new(xi, eta) }
            })
            .collect()
    }

    #[test]
    fn a_quadratic_offset_is_found_exactly() {
        let truth = |x: f64, y: f64| (1.0 - 2.0 * x + 3.0 * x * y, -0.5 + y * y - 0.3 * x);
        let ties = equations(truth);
        let fit = Polynomial::fit(Degree::Two, 1800.0, &ties, &[1.0; 49]).expect("a full grid");
        let found = fit.offset(StandardPos::new(900.0, -450.0));
        let (xi, eta) = truth(0.5, -0.25);
        assert!((found.xi_arcsec - xi).abs() < 1e-12 && (found.eta_arcsec - eta).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn ties_on_a_line_determine_nothing() {
        let mut ties = equations(|_, _| (1.0, 1.0));
        for tie in &mut ties {
            tie.place.eta_arcsec = 0.5 * tie.place.xi_arcsec;
        }
        assert_eq!(Polynomial::fit(Degree::One, 1800.0, &ties, &[1.0; 49]), None);
    }
}
