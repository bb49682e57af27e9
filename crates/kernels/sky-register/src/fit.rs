//! Transformations from pairs of positions, by least squares.

use nalgebra::{DMatrix, DVector, SMatrix, SVector};

use crate::params::Model;
use crate::transform::Transform;

/// A position of the frame and the one of the reference that belongs to it, (x, y) in pixels.
pub type Pair = ((f64, f64), (f64, f64));

/// Why a transformation cannot be fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError {
    /// Fewer pairs than the model has need of: found, needed.
    TooFewPairs(usize, usize),
    /// The positions lie on a line or on one point.
    Degenerate,
}

impl std::fmt::Display for FitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooFewPairs(found, needed) => write!(f, "{found} pairs of stars found, {needed} needed"),
            Self::Degenerate => f.write_str("the stars lie on one line or one point"),
        }
    }
}

impl std::error::Error for FitError {}

/// The transformation of that model with the least sum of squared distances in the reference.
///
/// `pairs`: positions of the frame and of the reference, pixels.
pub fn fit(pairs: &[Pair], model: Model) -> Result<Transform, FitError> {
    if pairs.len() < model.pairs_needed() {
        return Err(FitError::TooFewPairs(pairs.len(), model.pairs_needed()));
    }
    // Both sets are moved to their centres and scaled, so that the equations are well conditioned (Hartley 1997).
    let (from, frame) = centred(pairs.iter().map(|pair| pair.0)).ok_or(FitError::Degenerate)?;
    let (to, reference) = centred(pairs.iter().map(|pair| pair.1)).ok_or(FitError::Degenerate)?;
    let scaled: Vec<Pair> = frame.into_iter().zip(reference).collect();
    let inner = match model {
        Model::Similarity => similarity(&scaled),
        Model::Affine => affine(&scaled),
        Model::Homography => homography(&scaled),
    };
    let back = to.inverse().ok_or(FitError::Degenerate)?;
    inner.and_then(|inner| from.then(&inner)?.then(&back)).ok_or(FitError::Degenerate)
}

/// The transformation to centre 0 and mean square distance 2, and the positions after it.
fn centred(positions: impl Iterator<Item = (f64, f64)> + Clone) -> Option<(Transform, Vec<(f64, f64)>)> {
    let n = positions.clone().count() as f64;
    let (mut x, mut y) = (0.0, 0.0);
    for (px, py) in positions.clone() {
        x += px / n;
        y += py / n;
    }
    let square: f64 = positions.clone().map(|(px, py)| ((px - x).powi(2) + (py - y).powi(2)) / n).sum();
    let scale = (2.0 / square).sqrt();
    let transform = Transform::new([scale, 0.0, -scale * x, 0.0, scale, -scale * y, 0.0, 0.0, 1.0])?;
    Some((transform, positions.map(|(px, py)| transform.apply(px, py)).collect()))
}

/// Of a proper and a mirrored similarity the one that fits better. Positions are centred.
fn similarity(pairs: &[Pair]) -> Option<Transform> {
    let (mut cosine, mut sine, mut mirror_cosine, mut mirror_sine, mut square) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((x, y), (u, v)) in pairs {
        cosine += x * u + y * v;
        sine += x * v - y * u;
        mirror_cosine += x * u - y * v;
        mirror_sine += x * v + y * u;
        square += x * x + y * y;
    }
    if square <= 0.0 {
        return None;
    }
    let proper = cosine * cosine + sine * sine;
    let mirrored = mirror_cosine * mirror_cosine + mirror_sine * mirror_sine;
    if proper >= mirrored {
        let (a, b) = (cosine / square, sine / square);
        Transform::new([a, -b, 0.0, b, a, 0.0, 0.0, 0.0, 1.0])
    } else {
        let (a, b) = (mirror_cosine / square, mirror_sine / square);
        Transform::new([a, b, 0.0, b, -a, 0.0, 0.0, 0.0, 1.0])
    }
}

fn affine(pairs: &[Pair]) -> Option<Transform> {
    let mut normal = SMatrix::<f64, 3, 3>::zeros();
    let mut right = SMatrix::<f64, 3, 2>::zeros();
    for ((x, y), (u, v)) in pairs {
        let row = SVector::<f64, 3>::new(*x, *y, 1.0);
        normal += row * row.transpose();
        right += row * SMatrix::<f64, 1, 2>::new(*u, *v);
    }
    let solved = normal.cholesky()?.solve(&right);
    Transform::new([
        solved[(0, 0)],
        solved[(1, 0)],
        solved[(2, 0)],
        solved[(0, 1)],
        solved[(1, 1)],
        solved[(2, 1)],
        0.0,
        0.0,
        1.0,
    ])
}

/// Starts from the affine solution and follows the distances in the reference down (Gauss and Newton).
fn homography(pairs: &[Pair]) -> Option<Transform> {
    /// Rounds; two are enough for the small perspective of frames of one night.
    const ROUNDS: usize = 8;
    let start = affine(pairs)?;
    let mut parameters = DVector::from_column_slice(&start.matrix()[..8]);
    for _ in 0..ROUNDS {
        let mut jacobian = DMatrix::<f64>::zeros(2 * pairs.len(), 8);
        let mut residual = DVector::<f64>::zeros(2 * pairs.len());
        for (index, ((x, y), (u, v))) in pairs.iter().enumerate() {
            let p = &parameters;
            let below = p[6] * x + p[7] * y + 1.0;
            let (fu, fv) = ((p[0] * x + p[1] * y + p[2]) / below, (p[3] * x + p[4] * y + p[5]) / below);
            for (column, value) in [x / below, y / below, 1.0 / below].into_iter().enumerate() {
                jacobian[(2 * index, column)] = value;
                jacobian[(2 * index + 1, column + 3)] = value;
            }
            jacobian[(2 * index, 6)] = -fu * x / below;
            jacobian[(2 * index, 7)] = -fu * y / below;
            jacobian[(2 * index + 1, 6)] = -fv * x / below;
            jacobian[(2 * index + 1, 7)] = -fv * y / below;
            residual[2 * index] = u - fu;
            residual[2 * index + 1] = v - fv;
        }
        let transposed = jacobian.transpose();
        let step = (&transposed * &jacobian).cholesky()?.solve(&(&transposed * residual));
        parameters += &step;
        if step.amax() < 1e-14 {
            break;
        }
    }
    let p = parameters.as_slice();
    Transform::new([p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], 1.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(truth: &Transform) -> Vec<Pair> {
        let places = (0..25).map(|i| (f64::from(i % 5) * 700.0 + 13.0 * f64::from(i), f64::from(i / 5) * 500.0));
        places.map(|(x, y)| ((x, y), truth.apply(x, y))).collect()
    }

    #[test]
    fn each_model_finds_its_own_transformation() {
        let mirrored = Transform::affine(0.6, 0.8, 3000.0, 0.8, -0.6, 40.0);
        let sheared = Transform::affine(1.01, 0.02, -40.0, -0.01, 0.99, 7.0);
        let tilted = Transform::new([0.99, 0.1, 5.0, -0.1, 1.0, 9.0, 2.0e-6, -1.0e-6, 1.0]).expect("a projection");
        for (truth, model) in [(mirrored, Model::Similarity), (sheared, Model::Affine), (tilted, Model::Homography)] {
            let found = fit(&pairs(&truth), model).expect("25 pairs");
            for ((x, y), (u, v)) in pairs(&truth) {
                let (a, b) = found.apply(x, y);
                assert!((a - u).hypot(b - v) < 1e-7, "{model:?} at ({x}, {y}): ({a}, {b}), expected ({u}, {v})");
            }
        }
    }

    #[test]
    fn stars_on_one_line_are_no_affine_solution() {
        let line: Vec<Pair> = (0..9).map(|i| ((f64::from(i), 0.0), (f64::from(i), 0.0))).collect();
        assert_eq!(fit(&line, Model::Affine), Err(FitError::Degenerate));
        assert_eq!(fit(&line[..2], Model::Affine), Err(FitError::TooFewPairs(2, 3)));
        assert_eq!(fit(&[((1.0, 1.0), (1.0, 1.0)); 5], Model::Similarity), Err(FitError::Degenerate));
    }
}
