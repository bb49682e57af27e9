//! Matrices that turn directions.

use crate::position::UnitVector;

/// Rows of a matrix.
pub(crate) type Matrix = [[f64; 3]; 3];

/// Turns the frame about its first axis by an angle in radians.
pub(crate) fn about_x(angle: f64) -> Matrix {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    [[1.0, 0.0, 0.0], [0.0, cos, sin], [0.0, -sin, cos]]
}

/// Turns the frame about its second axis by an angle in radians.
pub(crate) fn about_y(angle: f64) -> Matrix {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    [[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]]
}

/// Turns the frame about its third axis by an angle in radians.
pub(crate) fn about_z(angle: f64) -> Matrix {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]]
}

/// The left matrix after the right one.
pub(crate) fn product(left: &Matrix, right: &Matrix) -> Matrix {
    left.map(|row| [0, 1, 2].map(|column| (0..3).map(|k| row[k] * right[k][column]).sum()))
}

/// Rows for columns.
pub(crate) fn transposed(matrix: &Matrix) -> Matrix {
    [0, 1, 2].map(|column| matrix.map(|row| row[column]))
}

/// The inverse of a matrix that is nearly a rotation.
pub(crate) fn inverse(matrix: &Matrix) -> Matrix {
    let minor = |row: usize, column: usize| {
        let (r1, r2, c1, c2) = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3);
        matrix[r1][c1] * matrix[r2][c2] - matrix[r1][c2] * matrix[r2][c1]
    };
    let determinant: f64 = (0..3).map(|column| matrix[0][column] * minor(0, column)).sum();
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| minor(column, row) / determinant))
}

/// A direction turned by a matrix.
pub(crate) fn turned(matrix: &Matrix, vector: UnitVector) -> UnitVector {
    let [x, y, z] = matrix.map(|row| row[0] * vector.x + row[1] * vector.y + row[2] * vector.z);
    UnitVector { x, y, z }
}
