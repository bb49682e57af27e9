//! What one shard of a run did, until the shards are merged: `data/runs/<run_id>/shards/<i>-of-<n>.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use step_contract::Shard;

use crate::layout::Layout;
use crate::run_json::{RunJson, RunJsonError};

/// One shard of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardRecord {
    /// Which.
    pub shard: Shard,
    /// Labels of steps that have shards that it was asked to run, in order.
    pub labels: Vec<String>,
    /// Labels that nobody asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_asked_for: Vec<String>,
    /// The first label that is left to the merged run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Exit code; none while it is at work, or when it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// Why it stopped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The run as this shard sees it.
    pub run: RunJson,
}

/// Where the records lie from the moment that the merged run stands until every file of the shards is removed.
pub(crate) fn merged_folder(layout: &Layout) -> PathBuf {
    layout.run_folder().join("shards.merged")
}

/// The lock of one shard, held by the command that runs it.
pub(crate) fn lock_name(shard: Shard) -> String {
    format!("{}-of-{}.lock", shard.index, shard.count)
}

impl ShardRecord {
    /// All records of a run, in the order of their numbers.
    pub fn read_all(layout: &Layout) -> Result<Vec<Self>, RunJsonError> {
        let folder = layout.shards_folder();
        let refuse =
            |path: &std::path::Path, problem: String| RunJsonError { path: path.to_owned(), problem, missing: false };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(refuse(&folder, error.to_string())),
        };
        let mut records: Vec<Self> = Vec::new();
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || !name.ends_with(".json") {
                continue;
            }
            let mut value = step_contract::read_strict(&path).map_err(|error| refuse(&path, error.to_string()))?;
            crate::run_json::take_seal(&mut value);
            let record: Self = serde_path_to_error::deserialize(value)
                .map_err(|error| refuse(&path, format!("at {}: {}", error.path(), error.inner())))?;
            let place = record.path(layout);
            if place != path {
                return Err(refuse(
                    &path,
                    format!("it is the record of shard {}: rename it, or run the shards again", record.shard),
                ));
            }
            records.push(record);
        }
        records.sort_by_key(|record| (record.shard.count, record.shard.index));
        Ok(records)
    }

    /// Removes the records after a whole run has taken over what the shards made, once no manifest of theirs is left.
    pub(crate) fn forget(layout: &Layout) -> Result<(), RunJsonError> {
        let records = Self::read_all(layout)?;
        let is_left =
            records.iter().any(|record| {
                record.run.workflow.steps.iter().any(|step| {
                    layout.step_folder(step).join(step_harness::manifest_name(Some(record.shard))).is_file()
                })
            });
        let folder = layout.shards_folder();
        if is_left || !folder.is_dir() {
            return Ok(());
        }
        fs_err::remove_dir_all(&folder).map_err(|error| RunJsonError {
            path: folder,
            problem: error.to_string(),
            missing: false,
        })
    }

    /// Where it lies.
    pub(crate) fn path(&self, layout: &Layout) -> PathBuf {
        let Shard { index, count } = self.shard;
        layout.shards_folder().join(format!("{index}-of-{count}.json"))
    }

    /// Writes it with a seal, whole or not at all.
    pub(crate) fn write(&self, layout: &Layout) -> Result<(), RunJsonError> {
        let path = self.path(layout);
        let refuse = |problem: String| RunJsonError { path: path.clone(), problem, missing: false };
        let mut value = serde_json::to_value(self).map_err(|error| refuse(error.to_string()))?;
        crate::run_json::seal(&mut value);
        let text = serde_json::to_string_pretty(&value).map_err(|error| refuse(error.to_string()))?;
        step_harness::write_bytes(&path, format!("{text}\n").as_bytes())
            .map(|_| ())
            .map_err(|error| refuse(error.to_string()))
    }
}
