//! What lies in the folders of a run without being listed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files below `folder` that are neither known nor execution, in the order of their names.
pub(super) fn added(folder: &Path, known: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .filter(|file| !known.contains(file) && !is_execution(file))
        .collect()
}

/// Locks, journals, streams of events and execution records: neither compared nor verified.
fn is_execution(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name == "units.jsonl"
        || name.ends_with("events.jsonl")
        || name.ends_with(".lock")
        || name.starts_with(".lock.shard-")
        || name.ends_with(".execution.json")
}
