//! Errors of the step.

use sky_candidates::PairFault;
use sky_fits::FitsErrorKind;
use sky_match::RadiusError;
use sky_wcs::WcsError;
use step_contract::Reason;
use step_harness::{ErrorEnding, FileError, StepError};

/// Faults of the validator that a reason names.
const FAULTS_NAMED: usize = 5;

/// Why a tile was not judged.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(FileError),
    /// The source catalogue lacks a column that a rule needs.
    #[error("the source catalogue: {0}")]
    Column(FitsErrorKind),
    /// The header in the source catalogue has no world coordinates.
    #[error(transparent)]
    Wcs(#[from] WcsError),
    /// A radius of the configuration.
    #[error(transparent)]
    Radius(#[from] RadiusError),
    /// Stored separations are not those of the stored positions, or too wide.
    #[error("{} of {pairs} pairs of the match table are wrong: {}", faults.len(), named(faults))]
    Within5 {
        /// Pairs looked at.
        pairs: usize,
        /// What is wrong.
        faults: Vec<PairFault>,
    },
    /// A pair names a detection that the source catalogue does not have.
    #[error("the match table names detection {number}, the source catalogue has no such NUMBER; match again")]
    UnknownDetection {
        /// NUMBER.
        number: i64,
    },
    /// A catalogue that decides is not evidence.
    #[error("{catalog} stands in {list} and not in evidence; add it there, so that a tile without it is blocked")]
    NotEvidence {
        /// Name.
        catalog: String,
        /// Parameter that names it.
        list: &'static str,
    },
}

fn named(faults: &[PairFault]) -> String {
    faults.iter().take(FAULTS_NAMED).map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

step_harness::file_errors!(FilterError::File);

impl StepError for FilterError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::File(error) => error.ending(),
            Self::Column(_) => failed("columns_missing"),
            Self::Wcs(_) => ErrorEnding::Unprocessable(Reason::new("no_wcs", self.to_string())),
            Self::Within5 { .. } => failed("within5"),
            Self::UnknownDetection { .. } => failed("unknown_detection"),
            Self::Radius(_) | Self::NotEvidence { .. } => failed("configuration"),
        }
    }
}
