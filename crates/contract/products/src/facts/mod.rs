//! Facts in parts: what a unit may say of itself, one part a file, used by every product that needs it.
//!
//! A part is a closed struct with a constructor or defaults; a product's facts hold each as an optional member of the part's
//! name. Who adds a fact adds it to its part: no literal elsewhere lists all members of a part that has defaults.

mod astrometry;
mod calibration;
mod camera;
mod depth;
mod exposure;
mod master;
mod plate;
mod quality;
mod registration;
mod selection;
mod stack;
mod time;
mod value_source;

pub use astrometry::AstrometryFacts;
pub use calibration::{CalibrationFacts, CosmeticFacts, DarkScaling, MissingMaster, PixelLayout};
pub use camera::{BayerFacts, BayerPattern, CameraFacts, RowOrder};
pub use depth::DepthFacts;
pub use exposure::ExposureFacts;
pub use master::{GlowFacts, MasterFacts};
pub use plate::{PlateFacts, is_plate};
pub use quality::QualityFacts;
pub use registration::{BackgroundPlane, RegistrationFacts, TransformationModel};
pub use selection::{SelectionFacts, SelectionReason};
pub use sky_image::FrameKind;
pub use stack::{Rejection, RejectionFacts, StackFacts, StackGap, StackMember};
pub use time::{NightRule, StartMeaning, TimeFacts};
pub use value_source::{ValueSource, ValueSources};
