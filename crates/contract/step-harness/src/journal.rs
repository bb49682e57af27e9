//! The journal of a step: each ended unit one synced line of `units.jsonl`, so that a killed step resumes.
//!
//! What any run of the step left in its folder may be reused, whole or shard: a unit counts while its key holds and its files have their sums.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use step_contract::{KeyBase, Shard, Ties};

use crate::owner::Owner;

/// What an earlier run of this step in this folder left: units by id, and what they were made with.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    /// Units as they stand in manifest or journal.
    pub(crate) units: BTreeMap<String, Value>,
    /// `build`, `engine`, `config` of the last writer.
    pub(crate) base: Option<Value>,
    /// Whose results they are.
    pub(crate) owner: Option<Owner>,
    /// `notes` and `attempts` by unit of the old manifests' executions: they stay with units that are reused.
    pub(crate) execution: Map<String, Value>,
}

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    shard: Option<Shard>,
    path: PathBuf,
    manifest: PathBuf,
    file: Option<fs_err::File>,
}

/// What a step's units have in common, for the reason why one has to run again.
pub(crate) fn base_of(base: &KeyBase) -> Value {
    json!({"build": base.build, "engine": base.engine, "config": base.config})
}

impl Journal {
    /// The journal of a step's folder.
    pub(crate) fn new(folder: &Path, shard: Option<Shard>) -> Self {
        Self {
            folder: folder.to_owned(),
            shard,
            path: folder.join(journal_name(shard)),
            manifest: folder.join(manifest_name(shard)),
            file: None,
        }
    }

    /// Reads the manifests and journals of the folder, its own last; what stands later counts. A last line that was cut is passed over, and so
    /// is a manifest that is no JSON; one that cannot be read is an error: it would be taken for a folder without units.
    pub(crate) fn earlier(&self) -> io::Result<Earlier> {
        let mut earlier = Earlier::default();
        let (mut manifests, mut journals) = (Vec::new(), Vec::new());
        let entries = match fs_err::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(earlier),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_of_step = |start: &str, end: &str| {
                name.strip_prefix(start).is_some_and(|rest| rest.starts_with('.') && rest.ends_with(end))
            };
            if is_of_step("manifest", ".json") {
                manifests.push(entry.path());
            } else if is_of_step("units", ".jsonl") {
                journals.push(entry.path());
            }
        }
        for (files, own) in [(&mut manifests, &self.manifest), (&mut journals, &self.path)] {
            files.sort_by(|left, right| (left == own, left).cmp(&(right == own, right)));
        }
        let (own_journal, others) = match journals.split_last() {
            Some((last, others)) if *last == self.path => (Some(last), others),
            _ => (None, journals.as_slice()),
        };
        let (own_manifest, older) = match manifests.split_last() {
            Some((last, others)) if *last == self.manifest => (Some(last), others),
            _ => (None, manifests.as_slice()),
        };
        older.iter().try_for_each(|path| earlier.read_manifest(path))?;
        others.iter().try_for_each(|path| earlier.read_journal(path))?;
        own_manifest.into_iter().try_for_each(|path| earlier.read_manifest(path))?;
        own_journal.into_iter().try_for_each(|path| earlier.read_journal(path))?;
        if let Some(shard) = self.shard {
            earlier.units.retain(|id, unit| shard.takes(Ties::of_unit(unit).root.as_deref().unwrap_or(id)));
        }
        Ok(earlier)
    }

    /// Opens it before the folder changes: the old manifest's units are moved into it first, then the manifest is removed.
    /// A shard puts a whole manifest aside, for the other shards to reuse units from it; merging removes it.
    pub(crate) fn begin(
        &mut self,
        earlier: &Earlier,
        base: &KeyBase,
        owner: &Owner,
        also: Option<&Path>,
    ) -> io::Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        if self.manifest.exists() || !self.path.exists() {
            crate::atomic::write_atomic(&self.path, |writer| -> io::Result<()> {
                let base = earlier.base.clone().unwrap_or_else(|| base_of(base));
                writeln!(writer, "{}", json!({"journal": base, "of": earlier.owner.as_ref().unwrap_or(owner)}))?;
                earlier.units.values().try_for_each(|unit| writeln!(writer, "{unit}"))
            })?;
        }
        if self.shard.is_some() {
            let whole = self.folder.join(manifest_name(None));
            match fs_err::rename(&whole, self.folder.join(BEFORE_SHARDS)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Err(_) => {}
                Ok(()) => crate::atomic::sync_folder(&self.folder)?,
            }
        }
        for old in also.into_iter().chain([self.manifest.as_path()]) {
            match fs_err::remove_file(old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        crate::atomic::sync_folder(crate::atomic::folder_of(&self.path))?;
        let mut file = fs_err::OpenOptions::new().append(true).open(&self.path)?;
        // The line that a kill has cut must not swallow the next one.
        file.write_all(format!("\n{}\n", json!({"journal": base_of(base), "of": owner})).as_bytes())?;
        file.sync_data()?;
        self.file = Some(file);
        Ok(())
    }

    /// Adds an ended unit, synced.
    pub(crate) fn add(&mut self, unit: &Value) -> io::Result<()> {
        match &mut self.file {
            Some(file) => {
                file.write_all(format!("{unit}\n").as_bytes())?;
                file.sync_data()
            }
            None => Err(io::Error::other("the journal is not open")),
        }
    }

    /// Removes it, when the manifest stands.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.file = None;
        match fs_err::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Earlier {
    fn read_manifest(&mut self, path: &Path) -> io::Result<()> {
        let manifest = read_if_there(path)?.map(|bytes| step_contract::parse_strict(&bytes));
        let Some(Ok(manifest)) = manifest else { return Ok(()) };
        self.base = Some(json!({
            "build": manifest["build"], "engine": manifest["engine"], "config": manifest["config"]
        }));
        self.owner = serde_json::from_value(json!({
            "step": manifest["step"], "label": manifest["label"], "run_id": manifest["run_id"]
        }))
        .ok();
        for name in ["notes", "attempts"] {
            let all = self.execution.entry(name).or_insert_with(|| json!({}));
            for (unit, value) in manifest["execution"][name].as_object().into_iter().flatten() {
                all[unit.as_str()] = value.clone();
            }
        }
        for unit in manifest["units"].as_array().into_iter().flatten() {
            self.add(unit.clone());
        }
        Ok(())
    }

    fn read_journal(&mut self, path: &Path) -> io::Result<()> {
        let journal = read_if_there(path)?.unwrap_or_default();
        for line in journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match step_contract::parse_strict(line) {
                Ok(value) if value.get("journal").is_some() => {
                    self.base = Some(value["journal"].clone());
                    self.owner = serde_json::from_value(value["of"].clone()).ok().or(self.owner.take());
                }
                Ok(value) => self.add(value),
                Err(error) => tracing::debug!(%error, "a line of the journal is passed over"),
            }
        }
        Ok(())
    }

    fn add(&mut self, unit: Value) {
        if let Some(id) = unit["unit"].as_str() {
            self.units.insert(id.to_owned(), unit);
        }
    }
}

/// The bytes of a file, or none where there is no file.
fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs_err::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a shard puts a whole manifest that stands in its way.
pub const BEFORE_SHARDS: &str = "manifest.before-shards.json";

/// `manifest.json`, or a shard's.
pub fn manifest_name(shard: Option<Shard>) -> String {
    match shard {
        None => "manifest.json".to_owned(),
        Some(shard) => format!("manifest.shard-{}-of-{}.json", shard.index, shard.count),
    }
}

/// `units.jsonl`, or a shard's.
pub(crate) fn journal_name(shard: Option<Shard>) -> String {
    match shard {
        None => "units.jsonl".to_owned(),
        Some(shard) => format!("units.shard-{}-of-{}.jsonl", shard.index, shard.count),
    }
}
