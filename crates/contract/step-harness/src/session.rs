//! What one run of a step knows, without the types of the step.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde::Serialize;
use serde_json::Value;
use step_contract::{Engine, FileEntry, KeyBase, Read, Shard};

use crate::config::Resolved;
use crate::exit;
use crate::journal::{Earlier, Journal};
use crate::options::Options;
use crate::paths::absolute;
use crate::places::Places;
use crate::program::Program;
use crate::progress::Progress;
use crate::report::Ended;
use crate::step::Scope;
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
    pub(crate) services: BTreeMap<String, String>,
    pub(crate) stop: Stop,
    pub(crate) sums: Sums,
    pub(crate) earlier: Earlier,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) progress: Progress,
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
    /// Ids of the units of the first input (scope unit: the ids that may be made).
    pub(crate) first_units: Option<BTreeSet<String>>,
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
}

/// Why a step ended before its units did. Exit codes are those of DESIGN.md section 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A signal, or the end of the runner; the exit code.
    Stopped(u8),
    /// More units failed than allowed; whether every failure is temporary.
    TooManyFailed { failed: usize, temporary: bool },
    /// The disk failed.
    Disk(String),
    /// The step broke the contract: a mistake of its programmer.
    Contract(String),
    /// A wrong argument.
    Usage(String),
    /// Nothing was to be done.
    DryRun,
}

/// What would happen to one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedUnit {
    /// Id.
    pub unit: String,
    /// What would happen.
    pub action: Action,
    /// Why.
    pub why: String,
}

/// What would happen to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It would be made.
    Run,
    /// Its key holds and its files have their sums.
    Reuse,
    /// What it needs is not done.
    Blocked,
    /// It, or what it needs, is not asked for.
    Skipped,
    /// What it needs has no work.
    NoWork,
}

/// What a session is made of.
pub(crate) struct Request<'a> {
    pub(crate) program: &'a Program,
    pub(crate) options: &'a Options,
    pub(crate) places: &'a Places,
    pub(crate) build: &'a str,
    pub(crate) config: &'a Resolved,
    pub(crate) engine: Engine,
    pub(crate) threads: usize,
}

impl Session {
    /// Reads what an earlier run left in the folder, whose lock is held.
    pub(crate) fn new(request: Request<'_>, stop: &Stop, progress: Progress) -> Result<Self, Ended> {
        let Request { program, options, places, build, config, engine, threads } = request;
        let under_root =
            |given: &Option<PathBuf>, usual: &str| given.as_deref().map_or_else(|| places.root.join(usual), absolute);
        let cache = under_root(&options.cache, "data/cache");
        let journal = Journal::new(&places.out, options.shard);
        let unit_schema = step_contract::unit_schema(program.output.2).map_err(|error| {
            Ended::new(exit::CONTRACT, format!("the schema of {} is no JSON: {error}", program.output.0))
        })?;
        Ok(Self {
            sums: Sums::open(Some(&cache)),
            library: under_root(&options.library, "data/library"),
            cache,
            base: KeyBase {
                step: program.id.to_owned(),
                build: build.to_owned(),
                engine,
                config: config.identity.clone(),
            },
            unit_schema,
            limits: Limits {
                threads,
                memory_bytes: options.memory_bytes.unwrap_or_else(half_of_memory),
                memory_per_unit_bytes: program.memory_per_unit_bytes,
                max_concurrent_units: program.max_concurrent_units,
                max_failed_units: options.max_failed_units,
            },
            selection: Selection { only: options.only.clone(), shard: options.shard, dry_run: options.dry_run },
            also: options.also.as_ref().map(|name| places.out.join(name)),
            services: options.services.clone(),
            stop: stop.clone(),
            earlier: journal.earlier().map_err(|error| Ended::new(exit::DISK, error))?,
            journal: Mutex::new(journal),
            progress,
            bound: OnceLock::new(),
            state: Mutex::new(State::default()),
            scope: program.scope,
            out: places.out.clone(),
            root: places.root.clone(),
            run_id: places.run_id.clone(),
            label: places.label.clone(),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn bound(&self) -> &Bound {
        static NONE: Bound =
            Bound { reads: Vec::new(), external: BTreeMap::new(), first_units: None, adopted: BTreeSet::new() };
        self.bound.get().unwrap_or(&NONE)
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

    /// Whether the unit id belongs to this shard.
    pub(crate) fn in_shard(&self, id: &str) -> bool {
        self.selection.shard.is_none_or(|shard| shard.takes(id))
    }
}

fn with_slash(folder: &Path) -> String {
    let text = folder.display().to_string();
    if text.ends_with('/') { text } else { format!("{text}/") }
}

/// Half of the machine's memory; 2 GiB where it does not say.
fn half_of_memory() -> u64 {
    const UNKNOWN: u64 = 2 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map_or(UNKNOWN, |kibibytes| kibibytes * 1024 / 2)
}

/// A unit as JSON, in the order in which people read it.
pub(crate) fn unit_json(
    id: &str,
    status: step_contract::Status,
    key: Option<String>,
    done: Option<(Value, Value)>,
    reason: Option<&step_contract::Reason>,
    warnings: &[step_contract::Warning],
) -> Value {
    let mut unit = serde_json::Map::new();
    unit.insert("unit".to_owned(), id.into());
    unit.insert("status".to_owned(), serde_json::json!(status));
    if let Some(key) = key {
        unit.insert("key".to_owned(), key.into());
    }
    if let Some((files, facts)) = done {
        unit.insert("files".to_owned(), files);
        unit.insert("facts".to_owned(), facts);
    }
    if let Some(reason) = reason {
        unit.insert("reason".to_owned(), serde_json::json!(reason));
    }
    unit.insert("warnings".to_owned(), serde_json::json!(warnings));
    Value::Object(unit)
}
