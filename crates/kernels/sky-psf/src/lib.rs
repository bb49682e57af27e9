//! Point spread function: star selection, spatially varying model, PSF fits and SPREAD_MODEL.
//!
//! The model is PSFEx's (Bertin 2011, ADASS XX, ASP Conf. 442, 435): images of the *effective* (pixel-integrated) PSF on
//! a grid finer than the pixels, one for each monomial of the position. It says what flux falls into a pixel whose
//! centre lies at a given offset from the source, so that comparing it with an image needs no integral.
//!
//! * [`build_psf`] selects stars and makes a [`PsfModel`] with its [`PsfQuality`];
//! * [`PsfModel::at`] evaluates it, [`LocalPsf::render`] puts it on pixels;
//! * [`fit_sources`] measures positions, fluxes and SPREAD_MODEL (Desai et al. 2012, ApJ 757, 83).
//!
//! Positions are 0-based pixels; fluxes ADU of the whole light, of which the sum over the model's grid holds what a Moffat
//! profile of its width does not have beyond it.

mod basis;
mod build;
mod building;
mod candidate;
mod error;
mod extended;
mod fit;
mod image;
mod lanczos;
mod local;
mod model;
mod neighbours;
mod params;
mod polynomial;
mod quality;
mod select;
mod shape;
mod star;
mod widths;

pub use build::{PsfBuild, build_psf};
pub use building::MIN_STARS;
pub use candidate::PsfCandidate;
pub use error::PsfError;
pub use fit::{FitParams, FitTarget, fit_flags, fit_sources};
pub use image::{Noise, PsfImage};
pub use local::{LocalPsf, PixelBox, Rendering};
pub use model::PsfModel;
pub use params::PsfParams;
pub use polynomial::SpatialPolynomial;
pub use quality::{DegreeReason, PsfQuality, Verdict};
pub use select::{Rejection, Selection, select_stars};
pub use shape::PsfShape;
