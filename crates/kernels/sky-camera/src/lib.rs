//! Camera frames: what their headers say, Bayer mosaics, calibration.
//!
//! * `header`: one table of aliases turns the header of any capture program into one record; each property keeps its source.
//! * `mosaic`: the phase of a Bayer mosaic under flips, crops and row orders; debayering.
//! * `correct`: bias, dark, flat, scaled darks and bad pixels on rows of pixels.
//! * `frame`: any rectangle of a frame, calibrated while it is read.
//! * `matching`: which master belongs to which light, and why not another one.
//!
//! Pixels are f32 in ADU, `[y, x]`, row by row; NaN where there is no datum.

pub mod correct;
pub mod frame;
pub mod header;
pub mod matching;
pub mod mosaic;
