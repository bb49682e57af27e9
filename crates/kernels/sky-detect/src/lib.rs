//! Detection of sources, as SExtractor does it (Bertin & Arnouts 1996, A&AS 117, 393, sections 4 and 6).
//!
//! The image above its background is convolved with a filter; pixels above the threshold that touch each other
//! (8-connected) make a footprint; footprints are split where they branch at 32 thresholds; what would not have been found
//! without a brighter neighbour's wing is cleaned away; each source that is left is measured.
//!
//! The filtered image exists in strips of rows only: what is kept of it are the runs of pixels above the threshold. The
//! result is the same for any number of threads and any height of the strips.

mod clean;
mod deblend;
mod detect;
mod filter;
mod footprint;
mod gather;
mod isophote;
mod limit;
mod noise_map;
mod object;
mod params;
mod runs;
mod scan_order;
mod tree;
mod vignet;
mod weight;

pub use detect::{DetectError, Detection, DetectionCounts, Exposure, detect, detect_exposure};
pub use filter::{Filter, FilterError};
pub use limit::{InjectedStar, limiting_fluxes_adu};
pub use sky_photometry::{REJECTED, Segmentation};

pub use params::{DetectParams, ThresholdMap};
pub use vignet::{vignet, vignet_rows};
pub use weight::{WeightError, WeightKind, WeightMap};
