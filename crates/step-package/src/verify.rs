//! Verifies an archive: every entry against the table of contents, every manifest against its schema, every file against
//! its manifest, every manifest that another one read against its identity.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use step_contract::{ProductEntry, RawManifest, check_manifest, parse_strict};

use crate::contents::CONTENTS;
use crate::error::ArchiveError;
use crate::hashing::Hashing;
use crate::name::resolve;
use crate::read::ArchiveReader;

/// Entries up to this length are kept while they are checked (manifests and the table of contents).
const DOCUMENT_MAX_BYTES: u64 = step_contract::MAX_MANIFEST_BYTES;

/// What was found in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ArchiveReport {
    /// What differs, is missing or was added, one sentence each; empty for a sound archive.
    pub problems: Vec<String>,
    /// Entries read.
    pub entries: u64,
    /// Manifests checked.
    pub manifests: u64,
    /// Files whose sums a manifest says and that were read.
    pub files_checked: u64,
    /// Files that are listed by sum without being in the archive.
    pub files_listed: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// Length and sum of an entry, and its bytes where it is a document.
struct Found {
    bytes: u64,
    sha256: String,
    document: Option<Vec<u8>>,
}

/// Reads every entry of an archive and checks everything that it says of itself. `products` are those whose manifests may
/// be in it. An archive that cannot be opened safely is an error; everything else is in the report.
pub fn verify_archive(path: &Path, products: &[ProductEntry]) -> Result<ArchiveReport, ArchiveError> {
    let mut reader = ArchiveReader::open(path)?;
    let mut report = ArchiveReport::default();
    let entries = reader.entries().to_vec();
    let mut found = BTreeMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let is_document = entry.name == CONTENTS || entry.name.ends_with("manifest.json");
        match read_entry(&mut reader, index, is_document && entry.bytes <= DOCUMENT_MAX_BYTES) {
            Ok(read) => {
                report.entries += 1;
                report.bytes += read.bytes;
                found.insert(entry.name.clone(), read);
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    let listed = contents(&found, &mut report);
    compare_with_contents(&listed, &entries.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), &found, &mut report);
    check_manifests(&listed, &found, products, &mut report);
    Ok(report)
}

fn read_entry(reader: &mut ArchiveReader, index: usize, keep: bool) -> Result<Found, ArchiveError> {
    let mut hashing = Hashing::default();
    hashing.kept = keep.then(Vec::new);
    reader.copy_entry(index, &mut hashing)?;
    Ok(Found { bytes: hashing.bytes, sha256: hashing.sha256(), document: hashing.kept })
}

/// One row of the table of contents.
struct Listed {
    bytes: String,
    sha256: String,
    kind: String,
    held: bool,
}

fn contents(found: &BTreeMap<String, Found>, report: &mut ArchiveReport) -> BTreeMap<String, Listed> {
    let mut listed = BTreeMap::new();
    let document = found.get(CONTENTS).and_then(|entry| entry.document.as_deref());
    let Some(text) = document.and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
        report.problems.push(format!("{CONTENTS} is missing or is not text"));
        return listed;
    };
    for line in text.lines().skip(1) {
        // Only a name may hold a comma, and then it is quoted.
        let (name, rest) = match line.strip_prefix('"').and_then(|quoted| quoted.split_once("\",")) {
            Some((name, rest)) => (name.replace("\"\"", "\""), rest),
            None => line.split_once(',').map_or((line.to_owned(), ""), |(name, rest)| (name.to_owned(), rest)),
        };
        match rest.split(',').collect::<Vec<_>>()[..] {
            [bytes, sha256, kind, _, held] => {
                let row =
                    Listed { bytes: bytes.into(), sha256: sha256.into(), kind: kind.into(), held: held == "true" };
                listed.insert(name, row);
            }
            _ => report.problems.push(format!("{CONTENTS}: a row is broken: {line:?}")),
        }
    }
    listed
}

fn compare_with_contents(
    listed: &BTreeMap<String, Listed>,
    names: &[&str],
    found: &BTreeMap<String, Found>,
    report: &mut ArchiveReport,
) {
    for (name, row) in listed {
        match (row.held, found.get(name)) {
            (false, None) => report.files_listed += 1,
            (false, Some(_)) => {
                report.problems.push(format!("{name} is in the archive although {CONTENTS} says that it is not"))
            }
            (true, None) if names.contains(&name.as_str()) => {}
            (true, None) => report.problems.push(format!("{name} is missing")),
            (true, Some(entry)) => {
                if entry.bytes.to_string() != row.bytes || entry.sha256 != row.sha256 {
                    report.problems.push(format!(
                        "{name} differs from {CONTENTS}: found {} bytes with SHA-256 {}",
                        entry.bytes, entry.sha256
                    ));
                }
            }
        }
    }
    for name in names.iter().filter(|name| **name != CONTENTS && !listed.contains_key(**name)) {
        report.problems.push(format!("{name} was added: {CONTENTS} does not list it"));
    }
}

fn check_manifests(
    listed: &BTreeMap<String, Listed>,
    found: &BTreeMap<String, Found>,
    products: &[ProductEntry],
    report: &mut ArchiveReport,
) {
    let mut manifests = BTreeMap::new();
    for (name, row) in listed.iter().filter(|(_, row)| row.kind == "manifest") {
        let Some(document) = found.get(name).and_then(|entry| entry.document.as_deref()) else { continue };
        match sound_manifest(name, document, products) {
            Ok(manifest) => {
                report.manifests += 1;
                manifests.insert(name.clone(), manifest);
            }
            Err(why) => report.problems.push(why),
        }
        if row.sha256.is_empty() {
            report.problems.push(format!("{name} has no sum in {CONTENTS}"));
        }
    }
    for (name, manifest) in &manifests {
        for (_, _, file) in manifest.all_files() {
            let path =
                if file.path.starts_with("input:") { Some(file.path.clone()) } else { resolve(name, &file.path) };
            let Some(path) = path else {
                report.problems.push(format!("{name}: {} leads out of the archive", file.path));
                continue;
            };
            match (found.get(&path), listed.get(&path)) {
                (Some(entry), _) if entry.sha256 == file.sha256 && entry.bytes == file.bytes => {
                    report.files_checked += 1
                }
                (Some(_), _) => report.problems.push(format!("{path} differs from what {name} says")),
                (None, Some(row)) if row.held => {}
                (None, Some(row)) if row.sha256 == file.sha256 => {}
                (None, _) => {
                    report.problems.push(format!("{path} is missing: {name} lists it and {CONTENTS} does not"))
                }
            }
        }
        for read in &manifest.reads {
            let other = resolve(name, &read.path).and_then(|path| manifests.get(&path));
            if other.is_some_and(|other| other.identity != read.identity) {
                report
                    .problems
                    .push(format!("{name} read another manifest of {} than the one in the archive", read.label));
            }
        }
    }
}

fn sound_manifest(name: &str, document: &[u8], products: &[ProductEntry]) -> Result<RawManifest, String> {
    let path = Path::new(name);
    let value = parse_strict(document).map_err(|error| format!("{name}: at {}: {}", error.pointer, error.message))?;
    let product = value["product"]["name"].as_str().unwrap_or_default();
    if let Some(product) = products.iter().find(|entry| entry.name == product) {
        check_manifest(path, &value, product.name, product.version, product.schema)
            .map_err(|error| error.to_string())?;
    }
    RawManifest::from_checked(path, &value).map_err(|error| error.to_string())
}
