//! Apertures, Kron ellipses, half-light radii and Gaussian windows, as SExtractor measures them (Bertin & Arnouts 1996,
//! A&AS 117, 393; SExtractor manual, "Photometry" and "Windowed positional parameters").
//!
//! Pixels are above the background. Pixels of neighbours and pixels without data are replaced by their mirror images
//! through the source's centre (MASK_TYPE CORRECT), or by zero where the mirror image is no better.

mod aperture;
mod class_star;
mod correlation;
mod density;
mod empty;
mod field;
mod kron;
mod local;
mod measure;
mod overlap;
mod params;
mod petrosian;
mod radius;
mod segmentation;
mod spread_score;
mod window;
mod windowed;

pub use aperture::{ApertureFlux, aperture_flux};
pub use class_star::{ClassStarParams, Classifier, ClassifierError};
pub use correlation::noise_correlation;
pub use density::{DensityError, linearise};
pub use empty::{EmptyScatter, aperture_scatter, empty_places, profile_scatter};
pub use field::{Field, Noise};
pub use kron::{Kron, kron_flux};
pub use local::local_background_adu;
pub use measure::measure;
pub use overlap::circle_pixel_overlap;
pub use params::{NeighbourPixels, PhotometryParams};
pub use petrosian::petrosian_flux;
pub use radius::{half_light_radius, light_radius};
pub use segmentation::{REJECTED, Segmentation, Span};
pub use spread_score::spread_scores;
pub use windowed::windowed;
