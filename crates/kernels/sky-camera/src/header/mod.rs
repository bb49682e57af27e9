//! What the header of a camera frame says, whatever program wrote it.

mod alias;
mod frame_type;
mod night;
mod pointing;
mod record;
mod signs;

pub use alias::{Key, Source, Sourced};
pub use frame_type::{is_master, normalise_type};
pub use night::{NightDate, night_date};
pub use record::{CameraRecord, TimeQuality, iso, read_record};
pub use signs::{ProcessingSign, StackSign};
