//! Bayer mosaics.

mod bilinear;
mod green;
mod phase;
mod plane;
mod rcd;
mod superpixel;

pub use bilinear::bilinear;
pub use green::green_plane;
pub use phase::{Colour, Phase, RowOrder};
pub use plane::{Mosaic, Planes};
pub use rcd::rcd;
pub use superpixel::superpixel;
