//! Why an archive cannot be made or read.

use std::path::PathBuf;

use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// An archive cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file could not be read.
    #[error("{path}: cannot be read: {source}; look at its path and its rights")]
    Read {
        /// The file as the archive names it.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The archive could not be written.
    #[error("write the archive: {0}")]
    Write(std::io::Error),
    /// A manifest is missing or is not what it was when the step began.
    #[error("manifest of {label}: {message}; run that step again")]
    Manifest {
        /// Label of the step.
        label: String,
        /// What is wrong.
        message: String,
    },
    /// A listed file differs from its manifest.
    #[error("{path}: found {found}, expected {expected} as the manifest of {label} says; run that step again")]
    Differs {
        /// The file as the archive names it.
        path: String,
        /// Label of the step that wrote it.
        label: String,
        /// What is there.
        found: String,
        /// What the manifest says.
        expected: String,
    },
    /// Two manifests say different things of one path.
    #[error("{path}: two manifests list it with different sums; run the later step again")]
    Conflict {
        /// The file as the archive names it.
        path: String,
    },
    /// The zip is not one that a careful reader accepts.
    #[error("{}: {problem}; do not use it: fetch it again, or make it anew with the step package", archive.display())]
    Zip {
        /// The archive.
        archive: PathBuf,
        /// Where, what was found, what was expected.
        problem: Problem,
    },
    /// What was written does not verify.
    #[error("the archive that was just written does not verify: {0}")]
    Verify(String),
    /// The harness could not write.
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// What is wrong with an archive: a place in it, what is there, what should be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: found {found}, expected {expected}")]
pub struct Problem {
    /// An entry, a row, or a structure of the zip.
    pub place: String,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

impl Problem {
    /// A problem of a place.
    pub(crate) fn new(place: impl Into<String>, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { place: place.into(), found: found.into(), expected: expected.into() }
    }
}

impl StepError for PackageError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => failed("input_missing"),
            Self::Read { .. } | Self::Write(_) | Self::Output(_) => {
                ErrorEnding::Disk(Reason::new("disk", self.to_string()))
            }
            Self::Manifest { .. } => failed("bad_manifest"),
            Self::Differs { .. } => failed("input_changed"),
            Self::Conflict { .. } => failed("conflict"),
            Self::Zip { .. } | Self::Verify(_) => failed("archive_unsound"),
        }
    }
}
