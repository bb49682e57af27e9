//! What a run leaves: the identity of each manifest, the sum of each other file.

use std::collections::BTreeMap;
use std::path::Path;

use super::text;

/// Files that only say how it went: they differ between equal runs.
const EXECUTION: [&str; 3] = ["logs", "data/cache", "demo-truth"];

/// The result of a run, by path below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads it. Manifests and `run.json` count without `execution`; logs, cache, locks, events and `*.execution.json` do not count.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut found = BTreeMap::new();
        let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
        let kept = walk.filter_entry(|entry| {
            let name = entry.path().strip_prefix(root).unwrap_or(entry.path());
            !EXECUTION.iter().any(|folder| name == Path::new(folder))
        });
        for entry in kept {
            let entry = entry.map_err(text)?;
            let name = entry.path().strip_prefix(root).map_err(text)?.display().to_string();
            let is_execution = name.ends_with(".execution.json") || name.ends_with("events.jsonl");
            if !entry.file_type().is_file() || is_lock(&name) || is_execution {
                continue;
            }
            let sum = if name.ends_with(".json") {
                let value = step_contract::read_strict(entry.path()).map_err(text)?;
                format!("identity {}", step_contract::identity(&value))
            } else {
                step_harness::sum_of_file(entry.path()).map_err(text)?.sha256
            };
            found.insert(name, sum);
        }
        Ok(Self(found))
    }

    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self(BTreeMap::new())
    }

    /// The part that belongs to one run.
    pub(crate) fn of_run(&self, run_id: &str) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| name.contains(run_id))
                .map(|(name, sum)| (name.clone(), sum.clone()))
                .collect(),
        )
    }

    /// How many files.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing, or what differs from the undisturbed tree.
    pub(crate) fn same_as(&self, undisturbed: &Self) -> Result<(), String> {
        let mut wrong = Vec::new();
        for (name, sum) in &undisturbed.0 {
            match self.0.get(name) {
                None => wrong.push(format!("{name} is missing")),
                Some(found) if found != sum => wrong.push(format!("{name} differs")),
                Some(_) => {}
            }
        }
        wrong.extend(
            self.0.keys().filter(|name| !undisturbed.0.contains_key(*name)).map(|name| format!("{name} is new")),
        );
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join(", ")) }
    }
}

/// What must not be left after a run has ended: journals, temporary files, locks that somebody holds.
pub(crate) fn leftovers(root: &Path) -> Result<(), String> {
    let mut left = Vec::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1).sort_by_file_name() {
        let entry = entry.map_err(text)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let shown = entry.path().strip_prefix(root).unwrap_or(entry.path()).display().to_string();
        if name.ends_with(".jsonl") && name.starts_with("units.") {
            left.push(format!("journal {shown}"));
        } else if [".writing-", ".tmp", ".unpack-"].iter().any(|stem| name.starts_with(stem)) {
            left.push(format!("temporary {shown}"));
        } else if is_lock(&name) && fs_err::File::open(entry.path()).map_err(text)?.file().try_lock().is_err() {
            left.push(format!("held lock {shown}"));
        }
    }
    if left.is_empty() { Ok(()) } else { Err(left.join(", ")) }
}

/// Whether every file that a standing manifest lists has its sum: nothing that was ended is lost.
pub(crate) fn manifests_hold(root: &Path) -> Result<usize, String> {
    let mut files = 0;
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let entry = entry.map_err(text)?;
        if entry.file_name() != "manifest.json" {
            continue;
        }
        let value = step_contract::read_strict(entry.path()).map_err(text)?;
        let folder = entry.path().parent().unwrap_or(root);
        let of_units = value["units"].as_array().into_iter().flatten().map(|unit| &unit["files"]);
        for file in
            of_units.chain([&value["files"]]).filter_map(|files| files.as_object()).flatten().map(|(_, file)| file)
        {
            let (Some(path), Some(sum)) = (file["path"].as_str(), file["sha256"].as_str()) else { continue };
            if path.starts_with("input:") {
                continue;
            }
            let found = step_harness::sum_of_file(&folder.join(path)).map_err(text)?;
            if found.sha256 != sum {
                return Err(format!("{path} of {} has not the sum of its manifest", entry.path().display()));
            }
            files += 1;
        }
    }
    Ok(files)
}

fn is_lock(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.starts_with(".lock") || name.ends_with(".lock")
}
