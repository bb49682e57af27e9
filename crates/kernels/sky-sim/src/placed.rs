//! An object on a cutout.

use sky_coords::PixelPos;

/// Where an object of the scene falls.
pub(crate) struct Placed {
    /// Index among the scene's objects.
    pub(crate) object: usize,
    /// Its place on the cutout.
    pub(crate) pixel: PixelPos,
}
