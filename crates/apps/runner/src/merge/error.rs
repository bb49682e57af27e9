//! Why shards cannot be merged. Every sentence names the shard and what to do.

use std::collections::BTreeSet;

use step_contract::Shard;
use step_harness::LockError;

use crate::leftovers::LeftoverError;
use crate::run_json::RunJsonError;
use crate::run_lock::RunLockError;
use crate::shard::ShardRecord;

/// Shards cannot be merged. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// No such run.
    #[error("{run_id}: there is no such run below {root}")]
    NoRun {
        /// The run.
        run_id: String,
        /// Root.
        root: String,
    },
    /// Nothing to merge.
    #[error("{run_id}: it has no shards; make them with skyledger run ... --run-id {run_id} --shard i/n")]
    NoShards {
        /// The run.
        run_id: String,
    },
    /// Shards that were never begun.
    #[error("of {count} shards {missing} were never run; run them: skyledger run ... --shard {example}/{count}")]
    Missing {
        /// How many there must be.
        count: u32,
        /// Which are not there.
        missing: String,
        /// One of them.
        example: u32,
    },
    /// Records of different numbers of shards.
    #[error("the run has shards of {counts}: it cannot be both; remove the records of one kind in {folder}")]
    Counts {
        /// `2 and 4`
        counts: String,
        /// Where the records lie.
        folder: String,
    },
    /// A shard that has not ended, or ended without all of its manifests.
    #[error("shard {shard} {what}; run it again: skyledger run ... --shard {shard}")]
    NotEnded {
        /// Which.
        shard: Shard,
        /// What it did.
        what: String,
    },
    /// Two shards do not belong together.
    #[error("shard {shard} does not belong to the others: {what}; run it again as the others were: --shard {shard}")]
    Differs {
        /// Which.
        shard: Shard,
        /// What differs, and where.
        what: String,
    },
    /// The shards together are not what their input is.
    #[error("step {label}: {what}")]
    Units {
        /// Step.
        label: String,
        /// What is too much or missing, and what to do.
        what: String,
    },
    /// A step cannot be asked what it is.
    #[error("{0}")]
    Steps(#[from] crate::steps::StepsError),
    /// A manifest is not as it must be.
    #[error("{0}")]
    Contract(#[from] step_contract::ContractError),
    /// A record cannot be read or written.
    #[error("{0}")]
    Record(#[from] RunJsonError),
    /// Another command is at work.
    #[error("{0}")]
    Run(#[from] RunLockError),
    /// A step is at work.
    #[error("{0}")]
    Folder(#[from] LockError),
    /// Files of the shards stay.
    #[error("{0}")]
    Leftovers(#[from] LeftoverError),
    /// The disk.
    #[error("{0}")]
    Disk(#[from] std::io::Error),
}

impl MergeError {
    /// Exit code: 75 where somebody is still at work, 21 where a shard has to be run (again) first. 20 is left to runs that are merged and failed.
    pub fn exit(&self) -> u8 {
        match self {
            Self::NoRun { .. } => crate::exit::USAGE,
            Self::NoShards { .. }
            | Self::Missing { .. }
            | Self::Counts { .. }
            | Self::NotEnded { .. }
            | Self::Differs { .. }
            | Self::Units { .. }
            | Self::Steps(_)
            | Self::Leftovers(LeftoverError::Contract(_))
            | Self::Contract(_) => crate::exit::CONFIGURATION,
            Self::Run(RunLockError::Held { .. } | RunLockError::ShardHeld { .. })
            | Self::Folder(LockError::Held(_)) => crate::exit::TEMPORARY,
            Self::Run(RunLockError::Disk { .. })
            | Self::Folder(LockError::Io(..))
            | Self::Record(_)
            | Self::Leftovers(LeftoverError::Disk(_))
            | Self::Disk(_) => crate::exit::DISK,
        }
    }
}

/// All shards of one number are there, ended, and were asked for the same steps by the same program.
pub(super) fn check_records(records: &[ShardRecord]) -> Result<(), MergeError> {
    let Some(first) = records.first() else { return Ok(()) };
    let counts: BTreeSet<u32> = records.iter().map(|record| record.shard.count).collect();
    if counts.len() > 1 {
        let counts = counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        return Err(MergeError::Counts { counts, folder: format!("data/runs/{}/shards", first.run.run_id) });
    }
    let count = first.shard.count;
    let missing: Vec<u32> =
        (1..=count).filter(|index| !records.iter().any(|record| record.shard.index == *index)).collect();
    if let Some(example) = missing.first() {
        let example = *example;
        let missing = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(MergeError::Missing { count, missing, example });
    }
    for record in records {
        let what = match (record.exit, &record.stopped) {
            (None, _) => "has not ended (it was killed, or its node is gone)".to_owned(),
            (Some(code), Some(why)) => format!("failed with exit code {code} ({why})"),
            (Some(_), None) => continue,
        };
        return Err(MergeError::NotEnded { shard: record.shard, what });
    }
    for record in records {
        let differs = |what: String| Err(MergeError::Differs { shard: record.shard, what });
        if record.run.workflow != first.run.workflow || record.run.workflow_name != first.run.workflow_name {
            return differs(format!("it ran workflow {}, or another edition of it", record.run.workflow_name));
        }
        if record.labels != first.labels {
            return differs(format!("it ran {}, shard 1 {}", ends(&record.labels), ends(&first.labels)));
        }
        if record.run.build != first.run.build {
            return differs(format!("it was run by build {}, shard 1 by {}", record.run.build, first.run.build));
        }
        if record.run.inputs != first.run.inputs || record.not_asked_for != first.not_asked_for {
            return differs("it was given other files from outside (--input, --read, --targets)".to_owned());
        }
    }
    Ok(())
}

fn ends(labels: &[String]) -> String {
    match (labels.first(), labels.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "nothing".to_owned(),
    }
}
