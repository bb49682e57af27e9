//! What verifying reads of each manifest, once, and what it says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use step_contract::{FileEntry, ProductEntry, RawManifest};

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

/// What has been read so far.
#[derive(Default)]
pub(super) struct Seen {
    /// Identities of manifests by path.
    pub(super) identities: BTreeMap<PathBuf, String>,
    /// Files that something lists.
    pub(super) known: BTreeSet<PathBuf>,
    /// Folders in which nothing else may lie.
    pub(super) folders: BTreeSet<PathBuf>,
}

impl Seen {
    /// The identity of a manifest that no step of this run wrote (adopted files, another run), verified once.
    pub(super) fn adopted(&mut self, path: &Path, products: &[ProductEntry], verdict: &mut Verdict) -> Option<String> {
        if !self.identities.contains_key(path) {
            let (manifest, value) = read(path, products, verdict)?;
            verify_manifest(path, &manifest, &value, products, verdict);
            self.identities.insert(path.to_owned(), manifest.identity);
        }
        self.identities.get(path).cloned()
    }
}

/// One sentence: the file, the place in it, what is there, what should be there.
pub(super) fn differs(file: &Path, pointer: &str, found: &str, expected: &str) -> String {
    let place = if pointer.is_empty() { String::new() } else { format!("at {pointer}: ") };
    format!("{}: {place}found {found}, expected {expected}", file.display())
}

pub(super) fn read(
    path: &Path,
    products: &[ProductEntry],
    verdict: &mut Verdict,
) -> Option<(RawManifest, serde_json::Value)> {
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
pub(super) fn verify_manifest(
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
    // mark: sum-looked-at
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
