//! Projective transformations of the plane.

/// A 3 x 3 matrix, row by row, that takes (x, y, 1) of the frame to the reference; its last element is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    matrix: [f64; 9],
}

impl Transform {
    /// Leaves positions where they are.
    pub const IDENTITY: Self = Self { matrix: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0] };

    /// From nine coefficients, row by row. `None` unless they are finite, the last one is not 0 and the matrix can be inverted.
    pub fn new(matrix: [f64; 9]) -> Option<Self> {
        let last = matrix[8];
        let scaled = matrix.map(|value| value / last);
        let transform = Self { matrix: scaled };
        let usable = scaled.iter().all(|value| value.is_finite()) && transform.determinant().abs() > f64::MIN_POSITIVE;
        usable.then_some(transform)
    }

    /// x' = a x + b y + c; y' = d x + e y + f.
    pub const fn affine(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64) -> Self {
        Self { matrix: [a, b, c, d, e, f, 0.0, 0.0, 1.0] }
    }

    /// The coefficients, row by row.
    pub const fn matrix(&self) -> &[f64; 9] {
        &self.matrix
    }

    /// Whether parallel lines stay parallel.
    pub fn is_affine(&self) -> bool {
        self.matrix[6] == 0.0 && self.matrix[7] == 0.0
    }

    /// Where a position of the frame lies in the reference.
    #[inline(always)]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let m = &self.matrix;
        let below = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / below, (m[3] * x + m[4] * y + m[5]) / below)
    }

    /// The way back. `None` where the matrix cannot be inverted.
    pub fn inverse(&self) -> Option<Self> {
        let m = &self.matrix;
        Self::new([
            m[4] * m[8] - m[5] * m[7],
            m[2] * m[7] - m[1] * m[8],
            m[1] * m[5] - m[2] * m[4],
            m[5] * m[6] - m[3] * m[8],
            m[0] * m[8] - m[2] * m[6],
            m[2] * m[3] - m[0] * m[5],
            m[3] * m[7] - m[4] * m[6],
            m[1] * m[6] - m[0] * m[7],
            m[0] * m[4] - m[1] * m[3],
        ])
    }

    /// First `self`, then `next`.
    pub fn then(&self, next: &Self) -> Option<Self> {
        let (a, b) = (&next.matrix, &self.matrix);
        let mut product = [0.0; 9];
        for (index, value) in product.iter_mut().enumerate() {
            let (row, column) = (index / 3, index % 3);
            *value = (0..3).map(|k| a[3 * row + k] * b[3 * k + column]).sum();
        }
        Self::new(product)
    }

    /// Square root of the change of area at the origin: reference pixels for one frame pixel.
    pub fn scale(&self) -> f64 {
        (self.matrix[0] * self.matrix[4] - self.matrix[1] * self.matrix[3]).abs().sqrt()
    }

    /// Whether the frame is mirrored against the reference.
    pub fn is_mirrored(&self) -> bool {
        self.matrix[0] * self.matrix[4] - self.matrix[1] * self.matrix[3] < 0.0
    }

    /// Rotation from frame to reference in degrees, -180 to 180, counted from x towards y.
    pub fn rotation_deg(&self) -> f64 {
        libm::atan2(self.matrix[3], self.matrix[0]).to_degrees()
    }

    fn determinant(&self) -> f64 {
        let m = &self.matrix;
        m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transformation_and_its_inverse_cancel() {
        let turn = Transform::new([0.8, -0.6, 31.0, 0.6, 0.8, -12.0, 1.0e-5, -2.0e-5, 1.0]).expect("a projection");
        let back = turn.inverse().expect("an inverse");
        for (x, y) in [(0.0, 0.0), (1000.0, 20.0), (-7.5, 812.25)] {
            let (u, v) = turn.apply(x, y);
            let (x_again, y_again) = back.apply(u, v);
            assert!((x_again - x).abs() < 1e-8 && (y_again - y).abs() < 1e-8, "({x}, {y})");
        }
        let both = turn.then(&back).expect("a product");
        assert!(both.matrix().iter().zip(Transform::IDENTITY.matrix()).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    #[test]
    fn rotation_scale_and_mirror_are_told() {
        let quarter = Transform::affine(0.0, -2.0, 5.0, 2.0, 0.0, 1.0);
        assert!((quarter.rotation_deg() - 90.0).abs() < 1e-12 && (quarter.scale() - 2.0).abs() < 1e-12);
        assert!(!quarter.is_mirrored() && Transform::affine(1.0, 0.0, 0.0, 0.0, -1.0, 9.0).is_mirrored());
    }

    #[test]
    fn a_flat_matrix_is_refused() {
        assert_eq!(Transform::new([1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]), None);
        assert_eq!(Transform::new([1.0, 0.0, f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]), None);
    }
}
