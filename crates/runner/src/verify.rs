//! Verifying a run: every hash, schema and count, and nothing that was added.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use step_contract::{FileEntry, ProductEntry, RawManifest};

use crate::layout::Layout;
use crate::run_json::RunJson;

/// What verifying found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verdict {
    /// Manifests read and held against their schemas.
    pub manifests: usize,
    /// Units in them.
    pub units: usize,
    /// Files whose sums were computed.
    pub files: usize,
    /// What differs, is missing or was added: one sentence each, starting with the file.
    pub problems: Vec<String>,
}

/// Verifies a run below its root, reading every file.
pub fn verify_run(layout: &Layout, products: &[ProductEntry]) -> Verdict {
    let mut verdict = Verdict::default();
    let run = match RunJson::read(&layout.run_json()) {
        Ok(run) => run,
        Err(error) => {
            verdict.problems.push(error.to_string());
            return verdict;
        }
    };
    if run.run_id != layout.run_id {
        verdict.problems.push(format!("{}: run_id is {}", layout.run_json().display(), run.run_id));
    }
    let mut identities: BTreeMap<PathBuf, String> = BTreeMap::new();
    for step in &run.steps {
        let path = clean(&layout.run_folder().join(&step.manifest));
        let Some((manifest, value)) = read(&path, products, &mut verdict) else { continue };
        if manifest.identity != step.identity {
            verdict.problems.push(format!(
                "{}: identity {} differs from the one in run.json, {}",
                path.display(),
                manifest.identity,
                step.identity
            ));
        }
        if manifest.run_id != layout.run_id || manifest.label != step.label {
            verdict.problems.push(format!(
                "{}: is of run {} and label {}, run.json says {} and {}",
                path.display(),
                manifest.run_id,
                manifest.label,
                layout.run_id,
                step.label
            ));
        }
        verify_manifest(&path, &manifest, &value, products, &mut verdict);
        verify_reads(&path, &manifest, products, &mut identities, &mut verdict);
        identities.insert(path.clone(), manifest.identity.clone());
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let also = step.also.as_ref().map(|name| folder.join(name));
        if let Some(also) = &also {
            verify_twin(&path, also, &mut verdict);
        }
        verify_nothing_added(&folder, &path, also.as_deref(), &manifest, &mut verdict);
    }
    verdict.problems.sort();
    verdict.problems.dedup();
    verdict
}

fn read(path: &Path, products: &[ProductEntry], verdict: &mut Verdict) -> Option<(RawManifest, serde_json::Value)> {
    match RawManifest::read_json(path, products) {
        Ok(read) => {
            verdict.manifests += 1;
            verdict.units += read.0.units.len();
            Some(read)
        }
        Err(error) => {
            verdict.problems.push(error.to_string());
            None
        }
    }
}

/// Files against their sums, and the payload against the units.
fn verify_manifest(
    path: &Path,
    manifest: &RawManifest,
    value: &serde_json::Value,
    products: &[ProductEntry],
    verdict: &mut Verdict,
) {
    let folder = path.parent().unwrap_or(Path::new("."));
    for (_, _, entry) in manifest.all_files() {
        if entry.discarded.is_some() {
            continue;
        }
        verdict.files += 1;
        let file = manifest.path_of(folder, entry);
        if let Err(problem) = verify_file(&file, entry) {
            verdict.problems.push(problem);
        }
    }
    let product = products.iter().find(|product| product.name == manifest.product.name);
    match product.map(|product| (product.payload)(&value["units"])) {
        Some(Ok(payload)) if payload == manifest.payload => {}
        Some(Ok(_)) => {
            verdict.problems.push(format!("{}: at /payload: does not follow from the units", path.display()))
        }
        Some(Err(error)) => verdict.problems.push(format!("{}: at /units: {error}", path.display())),
        None => {}
    }
}

/// A file against its entry; the error starts with the file.
pub fn verify_file(file: &Path, entry: &FileEntry) -> Result<(), String> {
    let written = step_harness::sum_of_file(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{}: is missing", file.display()),
        _ => format!("{}: cannot be read: {error}", file.display()),
    })?;
    if written.bytes != entry.bytes {
        return Err(format!("{}: has {} bytes, the manifest says {}", file.display(), written.bytes, entry.bytes));
    }
    if written.sha256 != entry.sha256 {
        return Err(format!("{}: has the sum {}, the manifest says {}", file.display(), written.sha256, entry.sha256));
    }
    Ok(())
}

/// Every manifest that it read still has the identity that it had.
fn verify_reads(
    path: &Path,
    manifest: &RawManifest,
    products: &[ProductEntry],
    identities: &mut BTreeMap<PathBuf, String>,
    verdict: &mut Verdict,
) {
    let folder = path.parent().unwrap_or(Path::new("."));
    for read in &manifest.reads {
        let read_path = clean(&folder.join(&read.path));
        if !identities.contains_key(&read_path) {
            let Some((other, value)) = self::read(&read_path, products, verdict) else { continue };
            verify_manifest(&read_path, &other, &value, products, verdict);
            identities.insert(read_path.clone(), other.identity);
        }
        if identities.get(&read_path) != Some(&read.identity) {
            verdict.problems.push(format!(
                "{}: read {} with identity {}; it is another one now",
                path.display(),
                read_path.display(),
                read.identity
            ));
        }
    }
}

fn verify_twin(path: &Path, also: &Path, verdict: &mut Verdict) {
    match (std::fs::read(path), std::fs::read(also)) {
        (Ok(manifest), Ok(twin)) if manifest == twin => {}
        (_, Err(error)) => verdict.problems.push(format!("{}: {error}", also.display())),
        _ => verdict.problems.push(format!("{}: differs from {}", also.display(), path.display())),
    }
}

/// Nothing lies in the step's folder that the manifest does not list (but the manifests of adopted inputs and what is execution).
fn verify_nothing_added(
    folder: &Path,
    path: &Path,
    also: Option<&Path>,
    manifest: &RawManifest,
    verdict: &mut Verdict,
) {
    let listed: BTreeSet<PathBuf> = manifest.all_files().map(|(_, _, entry)| manifest.path_of(folder, entry)).collect();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok) {
        let file = entry.path();
        if entry.file_type().is_dir()
            || file == path
            || Some(file) == also
            || listed.contains(file)
            || file.strip_prefix(folder).is_ok_and(|inside| inside.starts_with("inputs"))
            || is_execution(file)
        {
            continue;
        }
        verdict.problems.push(format!("{}: was added; the manifest does not list it", file.display()));
    }
}

/// Locks, journals and execution records: neither compared nor verified.
fn is_execution(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name == "units.jsonl" || name.ends_with(".lock") || name.ends_with(".execution.json")
}

/// A path without `..`, by its text.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir if clean.file_name().is_some() => {
                clean.pop();
            }
            std::path::Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}
