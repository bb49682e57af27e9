//! The polynomial distortion of a TAN solution.

use crate::sip::Sip;
use crate::tpv::Tpv;

/// What stands between the linear solution and the tangent plane.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Distortion {
    /// Nothing.
    None,
    /// A polynomial of pixel offsets, before the matrix.
    Sip(Sip),
    /// A polynomial of plane coordinates, after the matrix.
    Tpv(Box<Tpv>),
}
