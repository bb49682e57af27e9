//! Registration of frames on their stars.
//!
//! Stars of two frames are matched by triangles at any rotation, also mirrored; a transformation is fitted and refused
//! where chance would give as many pairs; pixels are taken through it by Lanczos-4 interpolation or by area.
//!
//! Positions are [`sky_coords::PixelPos`]: the centre of the first pixel is (0, 0). A transformation takes a position of the
//! *frame* to one of the *reference*.

mod chance;
mod fit;
mod grid;
mod lanczos;
mod matching;
mod params;
mod resample;
mod transform;
mod triangle;

pub use fit::{FitError, Pair, fit};
pub use matching::{MatchError, Registration, register};
pub use params::{Model, RegisterParams};
pub use resample::{Interpolation, Tile, resample, source_rectangle};
pub use transform::Transform;

/// A star of a frame: where it is and how bright, in any unit that orders stars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Star {
    /// Column, pixels, 0 at the centre of the first pixel.
    pub x_px: f64,
    /// Row, pixels.
    pub y_px: f64,
    /// Flux, larger is brighter.
    pub flux: f64,
}
