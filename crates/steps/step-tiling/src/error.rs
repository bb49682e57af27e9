//! How tiling can end without a plan.

use sky_tiling::TilingError;
use step_contract::Reason;
use step_harness::{ErrorEnding, OutputError, StepError};

use crate::plates::PlateRefused;
use crate::targets::TargetFileError;

/// How tiling, or one tile of it, can fail.
#[derive(Debug, thiserror::Error)]
pub enum TilingStepError {
    /// There is nothing to plan, or the parameters make no sense.
    #[error(transparent)]
    Plan(#[from] TilingError),
    /// A list of targets cannot be used.
    #[error(transparent)]
    Targets(#[from] TargetFileError),
    /// Targets stand in two places.
    #[error("targets are given as a file and in the configuration; give them once")]
    TargetsTwice,
    /// Targets that the mode does not use.
    #[error("mode {mode} takes no targets, found {found}; leave them out or choose mode hex30 or list")]
    TargetsUnused {
        /// The mode.
        mode: &'static str,
        /// How many.
        found: usize,
    },
    /// A folder of plates without plates.
    #[error("input plates has {found} files, none of them an image or a plate header (.fits, .fit, .fts, .fz, .json)")]
    NoPlates {
        /// Files there.
        found: usize,
    },
    /// One image or header gives no tile.
    #[error("{}", .0.message)]
    Plate(PlateRefused),
    /// `tiles.csv` cannot be written.
    #[error("tiles.csv cannot be written: {0}")]
    Table(std::io::Error),
    /// A file cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl StepError for TilingStepError {
    fn ending(&self) -> ErrorEnding {
        let failed = |kind: &str| ErrorEnding::Failed { reason: Reason::new(kind, self.to_string()), temporary: false };
        match self {
            Self::Plan(_) | Self::TargetsTwice | Self::TargetsUnused { .. } => failed("configuration"),
            Self::Targets(_) => failed("bad_targets"),
            Self::NoPlates { .. } => failed("no_plates"),
            Self::Plate(refused) if refused.damaged => failed(refused.kind),
            Self::Plate(refused) => ErrorEnding::Unprocessable(Reason::new(refused.kind, &refused.message)),
            Self::Table(error) => step_harness::of_disk(error),
            Self::Output(error) => error.ending(),
        }
    }
}
