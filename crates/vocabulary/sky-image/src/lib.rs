//! Images, mask planes and FITS header cards in memory: the vocabulary of pixels.
//!
//! Arrays are `[y, x]` in C order, `f32`; bad pixels are NaN or carry a bit of the mask.

mod header;
mod image;
pub mod mask_bits;
mod rectangles;

pub use header::{Card, CardValue, Header};
pub use image::{Image, Mask};
pub use rectangles::Rectangles;
