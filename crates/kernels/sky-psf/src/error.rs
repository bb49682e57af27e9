//! Why there is no model or no fit.

/// A PSF model cannot be made or used. [`PsfError::kind`] names the outcome; [`PsfError::is_of_data`] tells bad data from a bad argument.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PsfError {
    /// Too few stars for any model.
    #[error(
        "{accepted} stars of {candidates} candidates are fit for a PSF model, at least {needed} are needed; lower min_snr or widen the FWHM range"
    )]
    InsufficientStars {
        /// Sources offered.
        candidates: usize,
        /// Stars left.
        accepted: usize,
        /// Least number.
        needed: usize,
    },
    /// The residuals of the stars are not those of noise.
    #[error(
        "reduced chi-square of the PSF model is {found:.3}, at most {allowed} is allowed; the stars do not share one smooth PSF"
    )]
    BadChi2 {
        /// Median reduced chi-square of the stars.
        found: f64,
        /// Largest allowed.
        allowed: f64,
    },
    /// The model has no peak, or a number in it is not finite.
    #[error("the PSF model is not a peak: {0}")]
    Degenerate(&'static str),
    /// An argument does not fit the others.
    #[error("{0}")]
    Argument(String),
}

impl PsfError {
    /// Name of the outcome in snake_case.
    pub const fn kind(&self) -> &'static str {
        match self {
            // mark: too-few-psf-stars
            Self::InsufficientStars { .. } => "psf_insufficient_stars",
            Self::BadChi2 { .. } => "psf_bad_chi2",
            Self::Degenerate(_) => "psf_degenerate_model",
            Self::Argument(_) => "configuration",
        }
    }

    /// Whether the data, not the arguments, are the reason.
    pub const fn is_of_data(&self) -> bool {
        !matches!(self, Self::Argument(_))
    }
}
