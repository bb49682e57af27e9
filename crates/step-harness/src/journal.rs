//! The journal of a step: each ended unit one synced line of `units.jsonl`, so that a killed step resumes.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use step_contract::{KeyBase, Shard};

/// What an earlier run of this step in this folder left: units by id, and what they were made with.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    /// Units as they stand in manifest or journal.
    pub(crate) units: BTreeMap<String, Value>,
    /// `build`, `engine`, `config` of the last writer.
    pub(crate) base: Option<Value>,
    /// What the old manifest's execution said of units (notes and attempts of units that are reused stay with them).
    pub(crate) execution: Value,
}

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
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
        Self { path: folder.join(journal_name(shard)), manifest: folder.join(manifest_name(shard)), file: None }
    }

    /// Reads manifest and journal; what stands later counts. A last line that was cut is passed over, and so is a manifest that is no JSON;
    /// one that cannot be read is an error: it would be taken for a folder without units.
    pub(crate) fn earlier(&self) -> io::Result<Earlier> {
        let mut earlier = Earlier::default();
        let manifest = read_if_there(&self.manifest)?.map(|bytes| step_contract::parse_strict(&bytes));
        if let Some(Ok(manifest)) = manifest {
            earlier.base = Some(json!({
                "build": manifest["build"], "engine": manifest["engine"], "config": manifest["config"]
            }));
            earlier.execution = manifest["execution"].clone();
            for unit in manifest["units"].as_array().into_iter().flatten() {
                earlier.add(unit.clone());
            }
        }
        let journal = read_if_there(&self.path)?.unwrap_or_default();
        for line in journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match step_contract::parse_strict(line) {
                Ok(value) if value.get("journal").is_some() => earlier.base = Some(value["journal"].clone()),
                Ok(value) => earlier.add(value),
                Err(error) => tracing::debug!(%error, "a line of the journal is passed over"),
            }
        }
        Ok(earlier)
    }

    /// Opens it before the folder changes: the old manifest's units are moved into it first, then the manifest is removed.
    pub(crate) fn begin(&mut self, earlier: &Earlier, base: &KeyBase, also: Option<&Path>) -> io::Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        if self.manifest.exists() || !self.path.exists() {
            crate::atomic::write_atomic(&self.path, |writer| -> io::Result<()> {
                writeln!(writer, "{}", json!({"journal": earlier.base.clone().unwrap_or_else(|| base_of(base))}))?;
                earlier.units.values().try_for_each(|unit| writeln!(writer, "{unit}"))
            })?;
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
        file.write_all(format!("\n{}\n", json!({"journal": base_of(base)})).as_bytes())?;
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
