//! Histograms, sky maps, plate maps, curves, strips of a night, funnels and cutouts.
//!
//! Every plot is a [`Picture`]: lines, rectangles, discs, texts and grey images in pixels, which two back ends draw:
//! [`Picture::to_svg`] (text, light and dark) and [`Picture::to_png`] (own rasteriser, own font). Both give the same bytes
//! for the same picture on every machine: coordinates have fixed decimals, and no font or library of the system is asked.

mod autostretch;
mod axis;
mod base64;
mod contact_sheet;
mod curve;
mod cutout;
mod font;
mod funnel;
mod histogram;
mod picture;
mod raster;
mod scatter;
mod strip;
mod svg;

pub use autostretch::{ColourImage, autostretch, midtones};
pub use contact_sheet::{Stamp, contact_sheet};
pub use curve::{Curve, curves};
pub use cutout::{GreyImage, Stretch, cut, grey};
pub use funnel::{Stage, funnel};
pub use histogram::{Bins, histogram};
pub use picture::{Ink, Mark, Picture, TextAnchor};
pub use raster::PlotError;
pub use scatter::{PlateSeries, SkySeries, plate_map, sky_map};
pub use strip::{StripRow, strip};
