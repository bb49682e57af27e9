//! Verifying a run: every hash, schema and count, and nothing that was added; of shards that are not merged yet the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use step_contract::{FileEntry, ProductEntry, RawManifest};

use crate::layout::Layout;
use crate::run_json::RunJson;
use crate::shard::ShardRecord;
use record::Record;

mod added;
mod record;
mod shards;

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
    /// Shards that are not merged yet, and how they stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmerged: Vec<String>,
}

/// Verifies a run below its root, reading every file.
pub fn verify_run(layout: &Layout, products: &[ProductEntry]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut seen = Seen::default();
    let shards = shards::read(layout, &mut seen, &mut verdict);
    let run = match RunJson::read(&layout.run_json()) {
        Ok(run) => Some(run),
        Err(error) => {
            verdict.problems.push(error.to_string());
            None
        }
    };
    if run.is_none() && shards.is_empty() {
        return verdict;
    }
    seen.folders.insert(layout.run_folder());
    seen.known.insert(layout.run_json());
    if let Some(run) = &run {
        let record = Record { path: layout.run_json(), place: "", run, shard: None };
        record::verify(layout, &record, &mut verdict.problems);
        verify_record(layout, &record, &shards, products, &mut seen, &mut verdict);
    }
    for shard in &shards {
        shards::verify(layout, shard, &shards, products, &mut seen, &mut verdict);
    }
    shards::verify_all(layout, run.as_ref(), &shards, &seen, &mut verdict);
    seen.known.extend(seen.identities.keys().cloned());
    for folder in seen.folders.iter().filter(|folder| !shards::is_at_work(folder)) {
        for file in added::added(folder, &seen.known) {
            verdict.problems.push(differs(&file, "", "a file that was added", "only what the manifests list"));
        }
    }
    verdict.problems.sort();
    verdict.problems.dedup();
    verdict
}

/// The inputs and steps of a record, each with its manifest.
fn verify_record(
    layout: &Layout,
    record: &Record<'_>,
    shards: &[ShardRecord],
    products: &[ProductEntry],
    seen: &mut Seen,
    verdict: &mut Verdict,
) {
    for (index, input) in record.run.inputs.iter().enumerate() {
        let path = clean(&layout.run_folder().join(&input.manifest));
        let Some(identity) = seen.adopted(&path, products, verdict) else { continue };
        if identity != input.identity {
            let place = format!("{}/inputs/{index}/identity", record.place);
            let said = format!("{} ({})", input.identity, record.name());
            verdict.problems.push(differs(&path, "", &format!("identity {identity}"), &said));
            verdict.problems.push(differs(&record.path, &place, &input.identity, &identity));
        }
    }
    for (index, step) in record.run.steps.iter().enumerate() {
        let path = clean(&layout.run_folder().join(&step.manifest));
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        seen.folders.insert(folder.clone());
        let is_seen = seen.identities.contains_key(&path);
        if record.shard.is_none() && shards::puts_aside(shards, &step.label, &path) {
            continue;
        }
        let Some((manifest, value)) = read(&path, products, verdict) else { continue };
        record::verify_step(layout, record, (index, step), (&path, &manifest), &mut verdict.problems);
        if is_seen {
            // A step that all shards share.
            verdict.manifests -= 1;
            verdict.units -= manifest.units.len();
            continue;
        }
        verify_manifest(&path, &manifest, &value, products, verdict);
        seen.known.extend(manifest.all_files().map(|(_, _, entry)| clean(&manifest.path_of(&folder, entry))));
        seen.identities.insert(path.clone(), manifest.identity.clone());
        verify_reads(&path, &manifest, products, seen, verdict);
        if let Some(also) = &step.also {
            let twin = folder.join(also);
            verify_twin(&path, &twin, verdict);
            seen.known.insert(twin);
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Seen {
    /// Identities of manifests by path.
    identities: BTreeMap<PathBuf, String>,
    /// Files that something lists.
    known: BTreeSet<PathBuf>,
    /// Folders in which nothing else may lie.
    folders: BTreeSet<PathBuf>,
}

impl Seen {
    /// The identity of a manifest that no step of this run wrote (adopted files, another run), verified once.
    fn adopted(&mut self, path: &Path, products: &[ProductEntry], verdict: &mut Verdict) -> Option<String> {
        if !self.identities.contains_key(path) {
            let (manifest, value) = read(path, products, verdict)?;
            verify_manifest(path, &manifest, &value, products, verdict);
            self.identities.insert(path.to_owned(), manifest.identity);
        }
        self.identities.get(path).cloned()
    }
}

/// One sentence: the file, the place in it, what is there, what should be there.
fn differs(file: &Path, pointer: &str, found: &str, expected: &str) -> String {
    let place = if pointer.is_empty() { String::new() } else { format!("at {pointer}: ") };
    format!("{}: {place}found {found}, expected {expected}", file.display())
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
        let file = clean(&manifest.path_of(folder, entry));
        if let Err(problem) = verify_file(&file, entry) {
            verdict.problems.push(problem);
        }
    }
    let product = products.iter().find(|product| product.name == manifest.product.name);
    match product.map(|product| (product.payload)(&value["units"])) {
        Some(Ok(payload)) if payload == manifest.payload => {}
        Some(Ok(_)) => {
            verdict.problems.push(differs(path, "/payload", "one that does not follow from the units", "theirs"))
        }
        Some(Err(error)) => verdict.problems.push(differs(path, "/units", &error, "units of this product")),
        None => {}
    }
}

/// A file against its entry; the error starts with the file.
pub fn verify_file(file: &Path, entry: &FileEntry) -> Result<(), String> {
    let expected = || format!("{} bytes with the sum {} (its manifest)", entry.bytes, entry.sha256);
    let written = step_harness::sum_of_file(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => differs(file, "", "no such file: it is missing", &expected()),
        _ => differs(file, "", &format!("one that cannot be read ({error})"), &expected()),
    })?;
    if (written.bytes, &written.sha256) != (entry.bytes, &entry.sha256) {
        return Err(differs(
            file,
            "",
            &format!("{} bytes with the sum {}", written.bytes, written.sha256),
            &expected(),
        ));
    }
    Ok(())
}

/// Every manifest that it read still has the identity that it had.
fn verify_reads(
    path: &Path,
    manifest: &RawManifest,
    products: &[ProductEntry],
    seen: &mut Seen,
    verdict: &mut Verdict,
) {
    let folder = path.parent().unwrap_or(Path::new("."));
    for (index, read) in manifest.reads.iter().enumerate() {
        let read_path = match read.path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
            // From outside the root: where it lies is execution.
            Some((name, relative)) => match manifest.execution["inputs"][name].as_str() {
                Some(base) => clean(&Path::new(base).join(relative)),
                None => continue,
            },
            None => clean(&folder.join(&read.path)),
        };
        let Some(identity) = seen.adopted(&read_path, products, verdict) else { continue };
        if identity != read.identity {
            let found = format!("the identity {} of {}", read.identity, read_path.display());
            verdict.problems.push(differs(path, &format!("/reads/{index}/identity"), &found, &identity));
        }
    }
}

fn verify_twin(path: &Path, also: &Path, verdict: &mut Verdict) {
    let expected = || format!("the bytes of {}", path.display());
    match (std::fs::read(path), std::fs::read(also)) {
        (Ok(manifest), Ok(twin)) if manifest == twin => {}
        (_, Err(error)) => verdict.problems.push(differs(also, "", &format!("nothing to read ({error})"), &expected())),
        _ => verdict.problems.push(differs(also, "", "other bytes", &expected())),
    }
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
