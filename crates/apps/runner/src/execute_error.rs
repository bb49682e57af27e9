//! Why a chain cannot be executed.

use step_contract::Shard;

use crate::exit;
use crate::leftovers::LeftoverError;

/// The chain cannot be executed.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// A label that the workflow does not have.
    #[error("{option} {label}: not a label of this workflow ({labels})")]
    NoLabel {
        /// `--from-step` or `--to-step`.
        option: &'static str,
        /// What was typed.
        label: String,
        /// Those that there are.
        labels: String,
    },
    /// Nothing lies between the two.
    #[error("--to-step {to} stands before --from-step {from}")]
    Backwards {
        /// First.
        from: String,
        /// Last.
        to: String,
    },
    /// Nothing for a shard between the two.
    #[error("--shard {shard}: none of the steps {labels} works unit by unit first; merge the shards before them")]
    NoUnits {
        /// The shard.
        shard: Shard,
        /// The steps that were asked for.
        labels: String,
    },
    /// A step that all shards share does not fit.
    #[error(
        "step {label}, which all shards share, would run again ({why}); run it without --shard first, up to --to-step {label}, or take another --run-id"
    )]
    Shared {
        /// Its label.
        label: String,
        /// Why.
        why: String,
    },
    /// A merge was stopped before its end.
    #[error("a merge of {run_id} was stopped; end it with skyledger merge {run_id} (and the same --root)")]
    MergeStopped {
        /// The run.
        run_id: String,
    },
    /// The run has shards of another number.
    #[error(
        "--shard {shard}: run {run_id} has shards of {count}; go on with those, or remove {folder} to begin with another number"
    )]
    OtherCount {
        /// The shard.
        shard: Shard,
        /// The run.
        run_id: String,
        /// The number of shards that it has.
        count: u32,
        /// Where they are noted.
        folder: String,
    },
    /// The disk.
    #[error("{0}")]
    Disk(#[from] std::io::Error),
    /// The record of the run.
    #[error("{0}")]
    Record(#[from] crate::run_json::RunJsonError),
    /// A step cannot be started.
    #[error("{0}")]
    Steps(#[from] crate::steps::StepsError),
    /// A manifest is not as it must be.
    #[error("{0}")]
    Contract(#[from] step_contract::ContractError),
    /// Files of the replaced results.
    #[error("{0}")]
    Leftovers(#[from] LeftoverError),
}

impl ExecuteError {
    /// Exit code.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoLabel { .. } | Self::Backwards { .. } | Self::NoUnits { .. } => exit::USAGE,
            Self::Shared { .. }
            | Self::MergeStopped { .. }
            | Self::OtherCount { .. }
            | Self::Steps(_)
            | Self::Leftovers(LeftoverError::Contract(_))
            | Self::Contract(_) => exit::CONFIGURATION,
            Self::Disk(_) | Self::Record(_) | Self::Leftovers(LeftoverError::Disk(_)) => exit::DISK,
        }
    }
}
