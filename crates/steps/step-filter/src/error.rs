//! Errors of the step.

use sky_candidates::PairFault;
use sky_fits::{FitsError, FitsErrorKind};
use sky_match::RadiusError;
use sky_table::TableFileError;
use sky_wcs::WcsError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

/// Faults of the validator that a reason names.
const FAULTS_NAMED: usize = 5;

/// Why a tile was not judged.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// A file could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The source catalogue cannot be read.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// The source catalogue lacks a column that a rule needs.
    #[error("the source catalogue: {0}")]
    Column(FitsErrorKind),
    /// The header in the source catalogue has no world coordinates.
    #[error(transparent)]
    Wcs(#[from] WcsError),
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableFileError),
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

impl StepError for FilterError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        let disk = |source: &std::io::Error| ErrorEnding::Disk(Reason::new("disk", source.kind().to_string()));
        match self {
            Self::Output(error) => disk(&error.source),
            Self::Fits(FitsError { kind: FitsErrorKind::Io(source), .. }) => disk(source),
            Self::Table(TableFileError::Io { source, .. }) => disk(source),
            // A FITS error names its file with the folder; its kind does not.
            Self::Fits(error) => {
                ErrorEnding::Failed { reason: Reason::new("bad_catalogue", error.kind.to_string()), temporary: false }
            }
            Self::Column(_) => failed("missing_column"),
            Self::Wcs(_) => failed("no_wcs"),
            Self::Table(_) => failed("bad_table"),
            Self::Within5 { .. } => failed("within5"),
            Self::UnknownDetection { .. } => failed("unknown_detection"),
            Self::Radius(_) | Self::NotEvidence { .. } => failed("configuration"),
        }
    }
}
