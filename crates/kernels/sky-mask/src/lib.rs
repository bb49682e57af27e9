//! Masks that flag what a bright star or a defect spoils; pixel values are never changed.
//!
//! * [`StarLaw`]: how far the halo and the spikes of a star of some magnitude reach;
//! * [`mask_stars`]: discs and spikes of catalogue stars, those outside the frame included;
//! * [`saturation_plateau_adu`] and [`mark_saturated`]: the density at which the emulsion no longer responds;
//! * [`mark_defects`]: blank pixels, dead and repeated rows and columns;
//! * [`broken_fraction`]: pixels that no emulsion gives.
//!
//! Bits are those of [`sky_image::mask_bits`].

mod broken;
mod defects;
mod law;
mod plateau;
mod stars;

pub use broken::{BrokenParams, broken_fraction};
pub use defects::{DefectCounts, DefectParams, mark_defects};
pub use law::StarLaw;
pub use plateau::{PlateauParams, mark_saturated, saturation_plateau_adu};
pub use stars::{BrightStar, StarCounts, mask_stars};
