//! Simulated photographic plates with truth.
//!
//! A [`Scene`] is a piece of sky and the plate that was exposed on it: stars with proper motion, galaxies, stars that have
//! since vanished, asteroids, and the defects of the emulsion. [`Scene::cutout`] exposes it as a digitized plate (grain,
//! saturation, halos, spikes, a header as the archive writes it) and tells what was planted where; [`Scene::catalogue`]
//! gives what modern catalogues say of the same sky at their own epochs. Everything follows from one seed: each object has
//! its own stream of random numbers, so that more of one class changes nothing in another, and grain belongs to the plate's
//! pixels, so that overlapping cutouts agree where they overlap.

pub mod camera;
mod catalogue;
mod cutout;
mod date;
mod defect;
mod draw;
mod expose;
mod geometry;
mod grain;
mod header;
mod light;
mod object;
mod params;
mod placed;
mod population;
mod random;
mod scene;
mod truth;

pub use catalogue::{CATALOGUES, CatalogueError};
pub use cutout::{Cutout, CutoutError};
pub use defect::{Defect, DefectKind};
pub use object::{ObjectKind, SkyObject};
pub use params::{PlateParams, RenderParams, SceneKind, SceneParams};
pub use scene::Scene;
