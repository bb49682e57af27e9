//! Images, mask planes, Bayer patterns and FITS header cards in memory: the vocabulary of pixels.
//!
//! Arrays are `[y, x]` in C order, `f32`; bad pixels are NaN or carry a bit of the mask.

mod bayer;
mod frame_kind;
mod header;
mod image;
pub mod mask_bits;
mod rectangles;

pub use bayer::{BayerPattern, Colour, RowOrder};
pub use frame_kind::FrameKind;
pub use header::{Card, CardValue, Header};
pub use image::{Image, Mask};
pub use rectangles::Rectangles;
