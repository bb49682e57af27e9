//! Bayer mosaics.

mod bilinear;
mod green;
mod plane;
mod rcd;
mod superpixel;

pub use bilinear::bilinear;
pub use green::{green_filled, green_plane};
pub use plane::{Mosaic, Planes};
pub use rcd::{RCD_MARGIN_PX, rcd};
pub use superpixel::superpixel;
