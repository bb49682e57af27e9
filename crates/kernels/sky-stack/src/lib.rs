//! Stacks of frames: normalisation, weights, rejection and combination.
//!
//! A stack is made in blocks of rows, so that its memory is a block of every frame, never a whole frame. Pixels are f32 in
//! ADU, NaN where a frame has no datum; sums are f64 in the order of the frames, so that the result is the same for any
//! number of threads and any instruction set.
//!
//! Rejection works on the sorted values of one pixel (a *column*). Each method takes off the low and the high end of the
//! column, so that what is kept is a range of it.

mod combine;
mod esd;
mod lanes;
mod level;
mod line;
mod method;
mod network;
mod passes;
mod sorted;
mod student;
mod terms;
mod trails;
mod weights;

pub use combine::{CombineError, Combined, Combiner};
pub use level::{Level, frame_level};
pub use method::{Rejection, RejectionParams};
pub use sorted::kept_range;
pub use terms::{Normalisation, Terms, terms_of};
pub use trails::TrailParams;
pub use weights::{FrameQuality, WeightParams, Weighting, weights_of};
