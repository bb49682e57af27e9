//! Any rectangle of a frame, calibrated while it is read.

mod noise;
mod parts;
mod reader;

pub use noise::{difference_noise_adu, pixel_noise_adu};
pub use parts::{Debayer, FrameError, FrameHow, FrameParts, Want};
pub use reader::{FrameReader, FrameRectangle};
