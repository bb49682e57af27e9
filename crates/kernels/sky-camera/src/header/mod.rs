//! What the header of a camera frame says, whatever program wrote it.

mod alias;
mod frame_type;
mod night;
mod record;

pub use alias::{Key, Source, Sourced};
pub use frame_type::{FrameType, is_master, normalise_type};
pub use night::{NightDate, night_date};
pub use record::{CameraRecord, StackSign, TimeQuality, read_record};
