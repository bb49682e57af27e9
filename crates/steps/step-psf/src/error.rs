//! How psf fails.

use sky_background::BackgroundError;
use sky_fits::FitsError;
use sky_psf::PsfError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError, ToolError};

/// An error of one frame.
#[derive(Debug, thiserror::Error)]
pub enum PsfStepError {
    /// There is no model of this frame.
    #[error(transparent)]
    Psf(#[from] PsfError),
    /// The image has no background.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// A column is missing in the catalogue.
    #[error("the catalogue has no column {0}; psf needs it")]
    MissingColumn(String),
    /// PSFEx needs a column that catalogues have only when asked for.
    #[error("the catalogue has no column {0}, which PSFEx reads; set detect.vignet = true in pass 1")]
    MissingForPsfex(String),
    /// PSFEx failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// Image, mask and catalogue do not fit together.
    #[error("{0}")]
    Frame(String),
    /// A file cannot be read or written as FITS.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl StepError for PsfStepError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Psf(error) if error.is_of_data() => {
                ErrorEnding::Unprocessable(Reason::new(error.kind(), self.to_string()))
            }
            Self::Psf(error) => failed(error.kind()),
            Self::Background(_) => ErrorEnding::Unprocessable(Reason::new("no_background", self.to_string())),
            Self::MissingColumn(_) | Self::MissingForPsfex(_) => failed("missing_column"),
            Self::Tool(error) => error.ending(),
            Self::Frame(_) => failed("frame"),
            Self::Fits(_) => failed("fits"),
            Self::Output(error) => {
                ErrorEnding::Disk(Reason::new("disk", format!("the model cannot be written: {}", error.source.kind())))
            }
        }
    }
}
