//! What one run of a step knows, without the types of the step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;
use step_contract::{FileEntry, KeyBase, Read, Scope, Shard, Ties};

use crate::events::Events;
use crate::fault::Fault;
use crate::journal::{Earlier, Journal};
use crate::owner::Owner;
use crate::planned::PlannedUnit;
use crate::stop::Stop;
use crate::sums::Sums;

/// One run of a step.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) out: PathBuf,
    pub(crate) root: PathBuf,
    pub(crate) cache: PathBuf,
    pub(crate) library: PathBuf,
    pub(crate) run_id: String,
    pub(crate) label: String,
    pub(crate) scope: Scope,
    pub(crate) base: KeyBase,
    pub(crate) unit_schema: String,
    pub(crate) limits: Limits,
    pub(crate) selection: Selection,
    pub(crate) also: Option<PathBuf>,
    /// Whether no runner started it: then results of earlier calls in its folder stay.
    pub(crate) by_hand: bool,
    /// Whether files that the new manifest does not list stay, for the runner to remove them when the whole chain has ended.
    pub(crate) keep_unlisted: bool,
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) stop: Stop,
    pub(crate) sums: Sums,
    pub(crate) earlier: Earlier,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) events: Events,
    pub(crate) bound: OnceLock<Bound>,
    pub(crate) state: Mutex<State>,
}

/// How much at a time, and when to stop early.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) threads: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) memory_per_unit_bytes: u64,
    pub(crate) max_concurrent_units: usize,
    pub(crate) max_failed_units: Option<usize>,
}

/// Which units, and whether for real.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) only: Option<String>,
    pub(crate) shard: Option<Shard>,
    pub(crate) dry_run: bool,
}

/// What was bound to the inputs.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    /// `reads` of the manifest.
    pub(crate) reads: Vec<Read>,
    /// Folder behind each `input:<name>`.
    pub(crate) external: BTreeMap<String, PathBuf>,
    /// The first input's units of the step's own kinds, where it is one manifest: what ties each (scope unit and group: what may be made).
    pub(crate) first_units: Option<BTreeMap<String, Ties>>,
    /// Of them those of earlier calls, which this call does not offer.
    pub(crate) kept: BTreeSet<String>,
    /// Adopted manifests that are not written yet: they are when the folder changes.
    pub(crate) unwritten: Vec<(PathBuf, Value)>,
    /// Members whose manifest is adopted, by name and index.
    pub(crate) adopted: BTreeSet<(&'static str, usize)>,
}

/// What changes while the step runs.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) fault: Option<Fault>,
    pub(crate) plan: Option<Vec<PlannedUnit>>,
    pub(crate) reused: Vec<String>,
    pub(crate) attempts: BTreeMap<String, u32>,
    pub(crate) notes: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) temporary: BTreeSet<String>,
    pub(crate) run_files: BTreeMap<String, FileEntry>,
    /// The most that the units at work at one time were said to take.
    pub(crate) memory_declared_bytes: u64,
    /// Adopted manifests that this call wrote.
    pub(crate) adopted: BTreeSet<PathBuf>,
}

impl Session {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn bound(&self) -> &Bound {
        static NONE: Bound = Bound {
            reads: Vec::new(),
            external: BTreeMap::new(),
            first_units: None,
            kept: BTreeSet::new(),
            unwritten: Vec::new(),
            adopted: BTreeSet::new(),
        };
        self.bound.get().unwrap_or(&NONE)
    }

    /// Whose results these are.
    pub(crate) fn owner(&self) -> Owner {
        Owner { step: self.base.step.clone(), label: self.label.clone(), run_id: self.run_id.clone() }
    }

    /// Notes why the step cannot go on; the first reason counts.
    pub(crate) fn fault(&self, fault: Fault) {
        self.state().fault.get_or_insert(fault);
    }

    /// The path of a file that a unit of this step lists.
    pub(crate) fn path_of(&self, entry_path: &str) -> PathBuf {
        match entry_path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
            Some((name, relative)) => match self.bound().external.get(name) {
                Some(base) => base.join(relative),
                None => PathBuf::from(entry_path),
            },
            None => self.out.join(entry_path),
        }
    }

    /// A file of an input as a manifest in `folder` writes it: relative inside the root, `input:<name>/...` from outside.
    pub(crate) fn entry_path(&self, folder: &Path, path: &Path) -> String {
        let path = crate::paths::absolute(path);
        let outside = |(name, base): (&String, &PathBuf)| {
            path.strip_prefix(base).ok().map(|_| format!("input:{name}/{}", crate::paths::relative(base, &path)))
        };
        match path.starts_with(&self.root) && folder.starts_with(&self.root) {
            true => None,
            false => self.bound().external.iter().find_map(outside),
        }
        .unwrap_or_else(|| crate::paths::relative(folder, &path))
    }

    /// A message without the folders of this machine: they are no part of a result.
    pub(crate) fn without_folders(&self, message: &str) -> String {
        let mut folders: Vec<(String, String)> = vec![(with_slash(&self.out), String::new())];
        folders.push((with_slash(&self.root), String::new()));
        folders.extend(self.bound().external.iter().map(|(name, path)| (with_slash(path), format!("input:{name}/"))));
        folders.retain(|(folder, _)| folder.len() > 1);
        folders.sort_by(|left, right| right.0.len().cmp(&left.0.len()).then_with(|| left.cmp(right)));
        folders.iter().fold(message.to_owned(), |text, (folder, name)| text.replace(folder, name))
    }
}

fn with_slash(folder: &Path) -> String {
    let text = folder.display().to_string();
    if text.ends_with('/') { text } else { format!("{text}/") }
}
