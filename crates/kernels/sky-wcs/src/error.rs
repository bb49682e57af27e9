//! Why a header gives no world coordinates.

/// Why a header gives no world coordinates.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WcsError {
    /// Neither CTYPE cards nor a plate polynomial.
    #[error("header has no astrometric solution: neither CTYPE1/CTYPE2 nor the plate polynomial AMDX/AMDY")]
    NoSolution,
    /// A card that the solution needs is not there.
    #[error("header has no {keyword}, which {needed_by} needs")]
    Missing {
        /// The keyword.
        keyword: String,
        /// Which solution needs it.
        needed_by: &'static str,
    },
    /// A card holds something that it must not.
    #[error("header card {keyword} is {found}, expected {expected}")]
    BadValue {
        /// The keyword.
        keyword: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// The two axis types do not belong together.
    #[error(
        "axis types \"{ctype1}\" and \"{ctype2}\" do not match; expected one RA--- and one DEC-- of the same projection"
    )]
    AxisMismatch {
        /// CTYPE1.
        ctype1: String,
        /// CTYPE2.
        ctype2: String,
    },
    /// A projection, frame or form that is not supported.
    #[error("{what} is not supported; {cure}")]
    Unsupported {
        /// What was found.
        what: String,
        /// What to do.
        cure: &'static str,
    },
    /// The matrix cannot be inverted.
    #[error("matrix of the linear solution is singular (determinant {determinant}); check CD, PC and CDELT")]
    Singular {
        /// The determinant, square degrees per square pixel.
        determinant: f64,
    },
}
