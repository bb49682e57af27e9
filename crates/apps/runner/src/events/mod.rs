//! The stream of events of a run: numbered and written by the runner, read by whoever shows it.

mod follow;
mod recorder;

pub use follow::{Follow, follow};
pub(crate) use recorder::Recorder;
