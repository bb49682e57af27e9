//! A simulated camera at a telescope: bias, dark, flat and light frames whose parts are known in closed form.
//!
//! A light is (sky + stars) x flat field + dark current + hot pixels, in electrons, with photon and read noise, cosmic rays and
//! trails, divided by the gain, on a bias level. Every frame follows from the seed of the camera and its own number.

mod frame;
mod params;
mod pose;

pub use frame::SimulatedCamera;
pub use params::{CameraParams, DustMote, Exposure, FieldStar};
pub use pose::Pose;
