//! What the engines make.

use sky_psf::{PsfModel, PsfQuality};

/// A model and how good it is.
pub(crate) struct Made {
    pub(crate) model: PsfModel,
    pub(crate) quality: PsfQuality,
}
