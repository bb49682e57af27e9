//! Background and noise of an image on a mesh, as SExtractor estimates them (Bertin & Arnouts 1996, A&AS 117, 393,
//! section 3; SExtractor manual, "Modeling the background").
//!
//! Each cell of the mesh gives a clipped mode and scatter; bad cells take their neighbours' values; a median filter
//! removes what bright stars left; natural cubic splines along y and then along x carry the cells to the pixels.

mod background;
mod cell;
mod floor;
mod mesh;
mod params;
mod spline;

pub use background::{Background, BackgroundError};
pub use cell::{CellStatistics, cell_statistics};
pub use floor::NoiseOrigin;
pub use mesh::Mesh;
pub use params::{BackgroundParams, EXCLUDED_FROM_BACKGROUND};
