//! Robust fits of the correction to matched offsets.

use sky_coords::StandardPos;

use crate::polynomial::{Degree, Equation, Polynomial};

/// Rounds of reweighting; the least absolute deviations settle to a few hundredths of an arc second in about ten.
const ROUNDS: usize = 15;
/// Residual below which the weight of least absolute deviations no longer grows, arcsec.
const SMALLEST_RESIDUAL_ARCSEC: f64 = 0.05;

/// Least absolute deviations by iterated weights: half of the offsets may lie anywhere (to one side, too).
pub(crate) fn least_absolute(degree: Degree, scale_arcsec: f64, equations: &[Equation]) -> Option<Polynomial> {
    let mut weights = vec![1.0; equations.len()];
    let mut fit = Polynomial::fit(degree, scale_arcsec, equations, &weights)?;
    for _ in 0..ROUNDS {
        for (weight, equation) in weights.iter_mut().zip(equations) {
            *weight = 1.0 / residual_arcsec(&fit, equation).max(SMALLEST_RESIDUAL_ARCSEC);
        }
        fit = Polynomial::fit(degree, scale_arcsec, equations, &weights)?;
    }
    Some(fit)
}

/// Least squares with Tukey's biweight, (1 - (r / clip)^2)^2 inside the clip and nothing outside, from a first fit: what
/// passes the clip but lies near it hardly counts.
pub(crate) fn biweight(
    start: &Polynomial,
    degree: Degree,
    scale_arcsec: f64,
    equations: &[Equation],
    clip_arcsec: f64,
) -> Option<Polynomial> {
    let mut fit = start.clone();
    for _ in 0..ROUNDS {
        let weights: Vec<f64> = equations
            .iter()
            .map(|equation| {
                let share = residual_arcsec(&fit, equation) / clip_arcsec;
                if share < 1.0 { (1.0 - share * share) * (1.0 - share * share) } else { 0.0 }
            })
            .collect();
        fit = Polynomial::fit(degree, scale_arcsec, equations, &weights)?;
    }
    Some(fit)
}

/// What a fit leaves of an offset.
pub(crate) fn residual(fit: &Polynomial, equation: &Equation) -> StandardPos {
    let offset = fit.offset(equation.place);
    StandardPos::new(equation.offset.xi_arcsec - offset.xi_arcsec, equation.offset.eta_arcsec - offset.eta_arcsec)
}

/// Length of what a fit leaves of an offset, arcsec.
pub(crate) fn residual_arcsec(fit: &Polynomial, equation: &Equation) -> f64 {
    let left = residual(fit, equation);
    (left.xi_arcsec * left.xi_arcsec + left.eta_arcsec * left.eta_arcsec).sqrt()
}
