//! The end of a step: its manifest, checked and written last; then what is no longer listed is removed.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::atomic::write_atomic;
use crate::journal::manifest_name;
use crate::paths::absolute;
use crate::session::Session;

/// Writes a manifest: one member a line, one unit a line. Not canonical: the identity does not depend on the spelling.
pub fn write_manifest(manifest: &Value, writer: &mut dyn Write) -> io::Result<()> {
    let Some(members) = manifest.as_object() else { return Err(io::Error::other("a manifest is an object")) };
    for (index, (name, value)) in members.iter().enumerate() {
        let lead = if index == 0 { "{\n" } else { ",\n" };
        match value.as_array().filter(|items| name == "units" && !items.is_empty()) {
            None => write!(writer, "{lead} {}: {value}", Value::from(name.as_str()))?,
            Some(items) => {
                write!(writer, "{lead} {}: [", Value::from(name.as_str()))?;
                for (at, item) in items.iter().enumerate() {
                    write!(writer, "{}\n  {item}", if at == 0 { "" } else { "," })?;
                }
                writer.write_all(b"\n ]")?;
            }
        }
    }
    writer.write_all(b"\n}\n")
}

/// What the manifest holds beside the units.
pub(crate) struct Rest {
    pub(crate) product: Value,
    pub(crate) payload: Value,
    pub(crate) execution: Value,
}

/// The manifest of a step whose units ended.
pub(crate) fn manifest_of(session: &Session, units: Value, rest: Rest) -> Value {
    let base = &session.base;
    let mut manifest = Map::new();
    let mut member = |name: &str, value: Value| manifest.insert(name.to_owned(), value);
    member("product", rest.product);
    member("run_id", session.run_id.as_str().into());
    member("step", base.step.as_str().into());
    member("label", session.label.as_str().into());
    member("build", base.build.as_str().into());
    member("engine", json!(base.engine));
    member("config", base.config.clone());
    member("reads", json!(session.bound().reads));
    member("units", units);
    let files = &session.state().run_files;
    if !files.is_empty() {
        member("files", json!(files));
    }
    member("payload", rest.payload);
    if let Some(shard) = session.selection.shard {
        member("shard", json!(shard));
    }
    member("execution", rest.execution);
    Value::Object(manifest)
}

/// Writes the manifest (and the same bytes under its other name before), removes what it does not list, ends the journal.
pub(crate) fn finish(session: &Session, manifest: &Value) -> io::Result<PathBuf> {
    let path = session.out.join(manifest_name(session.selection.shard));
    session.write_adopted()?;
    if let Some(also) = session.also.as_ref().filter(|_| session.selection.shard.is_none()) {
        write_atomic(also, |writer| write_manifest(manifest, writer))?;
    }
    write_atomic(&path, |writer| write_manifest(manifest, writer))?;
    session.journal().end()?;
    if session.selection.shard.is_none() && !session.keep_unlisted {
        remove_stale(session, manifest)?;
    }
    Ok(path)
}

/// Removes files of the step's own folder that the manifest does not list: not adopted inputs, locks, manifests, logs, nor anything from outside.
fn remove_stale(session: &Session, manifest: &Value) -> io::Result<()> {
    if session.bound().external.values().any(|folder| absolute(folder) == session.out) {
        // Inputs lie in the step's own folder: what came from outside is never removed.
        return Ok(());
    }
    let mut listed = listed_by(session, manifest);
    if session.by_hand {
        return remove_replaced(session, manifest, &listed);
    }
    listed.insert(session.out.join("manifest.json"));
    listed.extend(session.also.clone());
    let mut kept_folders = vec![session.out.join("inputs"), session.library.clone(), session.cache.clone()];
    kept_folders.extend(session.bound().external.values().map(|folder| absolute(folder)));
    if session.root.starts_with(&session.out) {
        // The step's folder holds the root: logs and data of other runs lie in it.
        kept_folders.extend([session.root.join("logs"), session.root.join("data")]);
    }
    remove_unlisted(&session.out, &listed, &kept_folders)
}

/// The files that a manifest lists.
fn listed_by(session: &Session, manifest: &Value) -> BTreeSet<PathBuf> {
    let run_files = manifest["files"].as_object().into_iter().flatten();
    let unit_files = manifest["units"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|unit| unit["files"].as_object().into_iter().flatten());
    run_files
        .chain(unit_files)
        .filter_map(|(_, file)| file["path"].as_str())
        .map(|path| absolute(&session.path_of(path)))
        .collect()
}

/// A folder that a person gave is theirs: only the former files of units that are done again go.
fn remove_replaced(session: &Session, manifest: &Value, listed: &BTreeSet<PathBuf>) -> io::Result<()> {
    let done = json!(step_contract::Status::Done);
    for unit in manifest["units"].as_array().into_iter().flatten().filter(|unit| unit["status"] == done) {
        let before = unit["unit"].as_str().and_then(|id| session.earlier.units.get(id));
        for file in before.and_then(|unit| unit["files"].as_object()).into_iter().flat_map(Map::values) {
            let path = absolute(&session.path_of(file["path"].as_str().unwrap_or_default()));
            if path.starts_with(&session.out) && !listed.contains(&path) && path.is_file() {
                fs_err::remove_file(path)?;
            }
        }
    }
    Ok(())
}

/// Removes every file below a step's folder that is not listed; its lock, execution records and whatever lies in `kept_folders` stay.
/// Paths are absolute. Folders that are empty then are removed too. The caller holds the folder's lock alone, so no shard's lock is in use.
pub fn remove_unlisted(folder: &Path, listed: &BTreeSet<PathBuf>, kept_folders: &[PathBuf]) -> io::Result<()> {
    let walk = walkdir::WalkDir::new(folder).min_depth(1).contents_first(false).into_iter();
    let mut folders = Vec::new();
    for entry in walk.filter_entry(|entry| !kept_folders.iter().any(|folder| entry.path() == folder)) {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() {
            folders.push(entry.into_path());
        } else if !listed.contains(entry.path()) && name != crate::lock::LOCK_FILE && !name.ends_with(".execution.json")
        {
            tracing::debug!(file = %entry.path().display(), "removed: the manifest does not list it");
            fs_err::remove_file(entry.path())?;
        }
    }
    // Folders that are empty now; the others stay.
    for folder in folders.iter().rev() {
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}

/// Whether a folder may become a step's: it is new or empty, or a step wrote it before. Everything unlisted in it is removed at the end,
/// so a folder with files of other origin is refused.
pub(crate) fn may_own(folder: &Path) -> io::Result<bool> {
    let own = ["manifest.json", crate::lock::LOCK_FILE, "units.jsonl"];
    match fs_err::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(entries) => {
            let names: Vec<String> = entries
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<_>>()?;
            Ok(names.iter().all(|name| name == "inputs") || names.iter().any(|name| own.contains(&name.as_str())))
        }
    }
}
