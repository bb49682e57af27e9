//! Metrics of one frame: its stars and what they say of focus, tracking, clouds and seeing.
//!
//! Made for many large frames: the sky is read from a sample of each cell, candidates are pixels above a threshold, and
//! only the brightest stars are measured. Deep, complete detection is `sky-detect`'s work.
//!
//! Pixels are f32 in ADU, row by row; NaN where there is no datum. Positions: the centre of the first pixel is (0, 0).

mod finder;
mod params;
mod plane;
mod screen;
mod shape;
mod sky;
mod summary;
mod trails;
mod transparency;

pub use finder::{Found, find_stars};
pub use params::FinderParams;
pub use plane::SkyPlane;
pub use screen::{Emptiness, screen};
pub use shape::{StarShape, measure_star};
pub use sky::{Sky, measure_sky};
pub use summary::{FrameSummary, summarise};
pub use trails::{Trail, TrailParams, find_trails};
pub use transparency::{Occlusion, occlusion, transparency};
