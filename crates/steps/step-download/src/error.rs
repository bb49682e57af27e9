//! How download fails.

use sky_services::{FetchError, Fetched, ServiceError};
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// An error of one tile, or of the whole step where it cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// A service failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The archive could not be set up.
    #[error(transparent)]
    Setup(#[from] ServiceError),
    /// The configuration asks for what the inputs do not give.
    #[error("{0}")]
    Configuration(String),
    /// The image is not what was asked for, and asking again would not help.
    #[error("{message}")]
    Unprocessable {
        /// `wrong_survey`, `no_wcs`, `no_image`, `blank_image`, `no_plate`.
        kind: &'static str,
        /// What was found and expected.
        message: String,
        /// The answer of the service, where one sent it.
        body: Option<AnswerBody>,
    },
    /// A local image is damaged.
    #[error("{message}")]
    Damaged {
        /// `truncated`, `not_fits`.
        kind: &'static str,
        /// What was found and expected.
        message: String,
    },
    /// A file could not be read.
    #[error("read an image: {0}")]
    Read(std::io::Error),
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// An answer that was complete, but not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerBody {
    /// Its SHA-256.
    pub sha256: String,
    /// Its first characters, printable.
    pub prefix: String,
}

impl AnswerBody {
    /// The reason with the answer's sum and first characters.
    pub(crate) fn add_to(&self, reason: Reason) -> Reason {
        reason.with("body_sha256", &self.sha256).with("body_prefix", &self.prefix)
    }
}

impl From<&Fetched> for AnswerBody {
    fn from(fetched: &Fetched) -> Self {
        Self { sha256: fetched.sha256.clone(), prefix: fetched.prefix() }
    }
}

impl DownloadError {
    /// An image that is not what was asked for.
    pub(crate) const fn unprocessable(kind: &'static str, message: String) -> Self {
        Self::Unprocessable { kind, message, body: None }
    }

    /// The same error with the answer that it is about.
    pub(crate) fn about(self, answer: Option<&AnswerBody>) -> Self {
        match self {
            Self::Unprocessable { kind, message, .. } => Self::Unprocessable { kind, message, body: answer.cloned() },
            other => other,
        }
    }
}

impl StepError for DownloadError {
    fn ending(&self) -> ErrorEnding {
        let permanent =
            |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Fetch(error) => service_harness::ending(error),
            Self::Setup(error) => service_harness::setup_ending(error),
            Self::Configuration(_) => permanent("configuration"),
            Self::Unprocessable { kind, body, .. } => {
                let reason = Reason::new(*kind, self.to_string());
                ErrorEnding::Unprocessable(match body {
                    Some(body) => body.add_to(reason),
                    None => reason,
                })
            }
            Self::Damaged { kind, .. } => permanent(kind),
            Self::Read(error) => step_harness::of_disk(error),
            Self::Output(error) => error.ending(),
        }
    }
}
