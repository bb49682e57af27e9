//! Shards that are not merged yet: each record against itself and its manifests, and what is there without a record.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use step_contract::Shard;
use step_harness::BEFORE_SHARDS;

use super::record::Record;
use super::seen::{Seen, Verdict, differs};
use crate::layout::Layout;
use crate::run_json::RunJson;
use crate::shard::{ShardRecord, merged_folder};

/// Start of the names of shards' manifests.
const MANIFEST: &str = "manifest.shard-";

/// The records of all shards; what is wrong with one of them is a problem, and there are none then.
pub(super) fn read(layout: &Layout, seen: &mut Seen, verdict: &mut Verdict) -> Vec<ShardRecord> {
    let merged = merged_folder(layout);
    if merged.exists() {
        let cure = format!("no such folder: its merge was stopped, run skyledger merge {} again", layout.run_id);
        verdict.problems.push(differs(&merged, "", "what shards left", &cure));
        seen.known.extend(super::added::added(&merged, &BTreeSet::new()));
    }
    match ShardRecord::read_all(layout) {
        Ok(records) => {
            seen.known.extend(records.iter().map(|record| record.path(layout)));
            records
        }
        Err(error) => {
            verdict.problems.push(error.to_string());
            Vec::new()
        }
    }
}

/// The record of a shard, as it is verified.
pub(super) fn record_of<'a>(layout: &Layout, shard: &'a ShardRecord) -> Record<'a> {
    Record { path: shard.path(layout), place: "/run", run: &shard.run, shard: Some(shard.shard) }
}

/// How the shards stand together: which there are, and that no manifest of a shard lies where no record names it.
pub(super) fn verify_all(
    layout: &Layout,
    run: Option<&RunJson>,
    all: &[ShardRecord],
    seen: &Seen,
    verdict: &mut Verdict,
) {
    if let Some(Shard { count, .. }) = all.first().map(|record| record.shard) {
        for index in 1..=count {
            let how = match all.iter().find(|record| record.shard.index == index).map(|record| record.exit) {
                None => "has no record: it has not begun".to_owned(),
                Some(None) => "is at work, or was killed".to_owned(),
                Some(Some(exit)) => format!("ended with exit code {exit}"),
            };
            verdict.unmerged.push(format!("shard {index}/{count} {how}"));
        }
    }
    let Some(run) = run.or(all.first().map(|record| &record.run)) else { return };
    for folder in run.workflow.steps.iter().map(|step| layout.step_folder(step)) {
        for file in manifests_of_shards(&folder).into_iter().filter(|file| !seen.identities.contains_key(file)) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let record = layout.shards_folder().join(name.strip_prefix(MANIFEST).unwrap_or(&name));
            match all.iter().find(|other| other.path(layout) == record) {
                // While it is at work it names a manifest a moment after it has written it.
                Some(record) if record.exit.is_none() => {}
                Some(_) => {
                    let found = "a shard's manifest that its record does not name";
                    verdict.problems.push(differs(&file, "", found, &format!("only those of {}", record.display())));
                }
                None => {
                    let expected = format!("the record of the shard that wrote {}", file.display());
                    verdict.problems.push(differs(&record, "", "no such file: it is missing", &expected));
                }
            }
        }
    }
}

/// Whether a whole manifest is not there because shards make its step anew.
pub(super) fn puts_aside(all: &[ShardRecord], label: &str, path: &Path) -> bool {
    !path.exists()
        && path.with_file_name(BEFORE_SHARDS).exists()
        && all.iter().any(|record| record.labels.iter().any(|other| other == label))
}

/// Whether some program works, or was stopped, in a step's folder, so that files may lie in it that no manifest lists yet.
pub(super) fn is_at_work(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name == BEFORE_SHARDS || (name.starts_with("units.shard-") && name.ends_with(".jsonl"))
    })
}

fn manifests_of_shards(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(MANIFEST) && name.ends_with(".json") && !name.ends_with(".execution.json")
        })
        .collect();
    found.sort();
    found
}
