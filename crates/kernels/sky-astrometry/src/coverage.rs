//! Whether the ties span the field: a polynomial says nothing where no tie holds it.

use nalgebra::SMatrix;
use sky_coords::StandardPos;

use crate::polynomial::{Degree, TERMS, features};

/// A part of the field must hold ties if so many are expected in it: with 5 expected none is there once in 150 cases.
const TIES_EXPECTED: f64 = 5.0;
/// Largest share of the detections whose corrected place is worse known than [`crate::TieParams::max_extrapolation`] allows.
const UNHELD_SHARE_MAX: f64 = 0.02;

/// Parts along each side in which the ties of a fit of that degree must lie: a plane is held by the quarters, a bent one needs its middles too.
const fn parts(degree: Degree) -> usize {
    match degree {
        Degree::One => 2,
        Degree::Two => 3,
    }
}

/// What is wrong with the spread of the ties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gap {
    /// So many of so many parts with detections hold no tie.
    EmptyParts { empty: usize, parts: usize },
    /// The fit is so many times less certain than one tie at more than a few detections.
    Extrapolated { factor: f64 },
}

/// Looks for detections that no tie holds; `None` where the ties span the field.
///
/// A part without a tie counts if, with ties as frequent among its detections as over the field, it should have [`TIES_EXPECTED`]. The standard error
/// of the fit at a place is `sqrt(f (F'F)^-1 f)` times that of one tie: beyond `max_extrapolation` the place is extrapolated.
pub(crate) fn gap(
    degree: Degree,
    scale_arcsec: f64,
    detections: &[StandardPos],
    ties: &[StandardPos],
    max_extrapolation: f64,
) -> Option<Gap> {
    empty_parts(parts(degree), detections, ties)
        .or_else(|| extrapolated(degree, scale_arcsec, detections, ties, max_extrapolation))
}

fn empty_parts(side: usize, detections: &[StandardPos], ties: &[StandardPos]) -> Option<Gap> {
    let range = |of: fn(&StandardPos) -> f64| {
        detections
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)))
    };
    let (xi, eta) = (range(|at| at.xi_arcsec), range(|at| at.eta_arcsec));
    let index = |at: f64, (low, high): (f64, f64)| {
        let share = (at - low) / (high - low);
        ((share * side as f64) as usize).min(side - 1)
    };
    let part = |at: &StandardPos| index(at.eta_arcsec, eta) * side + index(at.xi_arcsec, xi);
    let count = |places: &[StandardPos]| {
        let mut counts = vec![0_usize; side * side];
        places.iter().for_each(|at| counts[part(at)] += 1);
        counts
    };
    let (of_detections, of_ties) = (count(detections), count(ties));
    let frequency = ties.len() as f64 / detections.len() as f64;
    let must_hold = |part: &usize| of_detections[*part] as f64 * frequency >= TIES_EXPECTED;
    let empty = (0..side * side).filter(must_hold).filter(|part| of_ties[*part] == 0).count();
    (empty > 0).then_some(Gap::EmptyParts { empty, parts: side * side })
}

fn extrapolated(
    degree: Degree,
    scale_arcsec: f64,
    detections: &[StandardPos],
    ties: &[StandardPos],
    max_extrapolation: f64,
) -> Option<Gap> {
    let mut normal = SMatrix::<f64, TERMS, TERMS>::zeros();
    for place in ties {
        let features = features(degree, *place, scale_arcsec);
        normal += features * features.transpose();
    }
    for unused in degree.terms()..TERMS {
        normal[(unused, unused)] = 1.0;
    }
    let inverse = normal.cholesky()?.inverse();
    let mut factors: Vec<f64> = detections
        .iter()
        .map(|place| {
            let features = features(degree, *place, scale_arcsec);
            features.dot(&(inverse * features)).max(0.0).sqrt()
        })
        .collect();
    factors.sort_by(f64::total_cmp);
    let allowed = (factors.len() as f64 * (1.0 - UNHELD_SHARE_MAX)) as usize;
    let factor = *factors.get(allowed.min(factors.len().checked_sub(1)?))?;
    (factor > max_extrapolation).then_some(Gap::Extrapolated { factor })
}
