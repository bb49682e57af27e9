//! Frames of cameras as steps open them.
//!
//! A unit of a frame-set says which file the pixels are in, which masters are applied to it and how. This crate opens the files at
//! the one door to pixels (`sky-fits`) and gives them to the kernel that calibrates while it reads (`sky_camera::frame`), which
//! knows no file. It also says what of a frame's facts a master must share.

mod defects;
mod error;
mod frames;
mod setup;
mod unpack;

pub use defects::{COLD, HOT, defect_places, write_defects};
pub use error::FrameOpenError;
pub use frames::{Frame, Frames, MasterPaths};
pub use setup::{master_kind, setup_of};
