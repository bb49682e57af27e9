//! Newton's method in the plane.

/// Largest number of iterations; a smooth distortion needs three to six.
const MAX_ITERATIONS: usize = 40;
/// A step below this ends the search, pixels.
const STEP_END_PX: f64 = 1e-9;
/// Half width of the central differences that make the derivative, pixels. Polynomials of degree 7 over 10^4 pixels
/// are straight enough over this, and a step this size is far above the rounding of the map.
const DIFFERENCE_PX: f64 = 0.05;

/// The point whose image under `map` is `target`, searched from `start`.
///
/// `None` where the steps do not end within [`MAX_ITERATIONS`], leave the finite numbers, or cross a fold of the map
/// (the sign of the Jacobian determinant must stay that at `start`; the other side of a fold is not the image).
pub(crate) fn invert(
    start: (f64, f64),
    target: (f64, f64),
    map: impl Fn(f64, f64) -> (f64, f64),
) -> Option<(f64, f64)> {
    let (mut x, mut y) = start;
    let mut orientation = None;
    for _ in 0..MAX_ITERATIONS {
        let [[a, b], [c, d]] = jacobian((x, y), &map);
        let determinant = a * d - b * c;
        if !determinant.is_finite()
            || determinant == 0.0
            || *orientation.get_or_insert(determinant > 0.0) != (determinant > 0.0)
        {
            return None;
        }
        let (u, v) = map(x, y);
        let (du, dv) = (target.0 - u, target.1 - v);
        let step = ((d * du - b * dv) / determinant, (a * dv - c * du) / determinant);
        if !(step.0.is_finite() && step.1.is_finite()) {
            return None;
        }
        (x, y) = (x + step.0, y + step.1);
        if step.0.abs().max(step.1.abs()) < STEP_END_PX.max(4.0 * f64::EPSILON * x.abs().max(y.abs())) {
            return Some((x, y));
        }
    }
    None
}

/// Derivatives `[[du/dx, du/dy], [dv/dx, dv/dy]]` by central differences.
pub(crate) fn jacobian(at: (f64, f64), map: impl Fn(f64, f64) -> (f64, f64)) -> [[f64; 2]; 2] {
    let (x, y) = at;
    let along_x = (map(x - DIFFERENCE_PX, y), map(x + DIFFERENCE_PX, y));
    let along_y = (map(x, y - DIFFERENCE_PX), map(x, y + DIFFERENCE_PX));
    let slope = |low: f64, high: f64| (high - low) / (2.0 * DIFFERENCE_PX);
    [
        [slope(along_x.0.0, along_x.1.0), slope(along_y.0.0, along_y.1.0)],
        [slope(along_x.0.1, along_x.1.1), slope(along_y.0.1, along_y.1.1)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_map_is_inverted_to_its_root() {
        let map = |x: f64, y: f64| (x + 1e-8 * x * x * x, y - 2e-5 * x * y);
        let (x, y) = invert((900.0, -480.0), map(1000.0, -500.0), map).expect("smooth map");
        assert!((x - 1000.0).abs() < 1e-9 && (y + 500.0).abs() < 1e-9, "({x}, {y})");
    }

    #[test]
    fn a_target_without_a_source_has_no_answer() {
        // x^2 + 1 never reaches 0: the search crosses the fold at x = 0.
        assert_eq!(invert((10.0, 0.0), (0.0, 0.0), |x, y| (x * x + 1.0, y)), None);
    }
}
