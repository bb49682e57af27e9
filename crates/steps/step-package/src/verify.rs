//! Verifies an archive: every entry against the table of contents, every manifest against its schema, every file against
//! its manifest, every manifest that another one read against its identity, and the whole against the `.sha256` beside it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use step_contract::{ProductEntry, RawManifest, check_manifest, parse_strict};

use crate::checksum;
use crate::contents::CONTENTS;
use crate::error::{PackageError, Problem};
use crate::found::Found;
use crate::hashing::Hashing;
use crate::listing::{self, Listed};
use crate::name::resolve;
use crate::read::{ArchiveEntry, ArchiveReader};

/// Bytes of all documents together, which are kept while they are checked (manifests and the table of contents).
const DOCUMENTS_MAX_BYTES: u64 = step_contract::MAX_MANIFEST_BYTES;
/// A document shrinks by less than this when it is compressed (manifests of 12,000 units: 15); more is a bomb.
const DOCUMENT_MAX_RATIO: u64 = 200;
/// So many bytes may shrink by more.
const DOCUMENT_FREE_BYTES: u64 = 1 << 20;

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
    /// Whether `<archive>.sha256` stands beside the archive and agrees.
    pub checksum: bool,
}

/// How much of the documents has been taken into memory.
#[derive(Default)]
struct Documents {
    bytes: u64,
}

impl Documents {
    /// Refuses a document that would take more memory than documents may.
    fn take(&mut self, entry: &ArchiveEntry) -> Result<(), Problem> {
        let ratio = entry.bytes / entry.compressed_bytes.max(1);
        if entry.bytes > DOCUMENT_FREE_BYTES && ratio > DOCUMENT_MAX_RATIO {
            let found = format!("{} bytes out of {}", entry.bytes, entry.compressed_bytes);
            return Err(Problem::new(&entry.name, found, format!("at most {DOCUMENT_MAX_RATIO} times as many")));
        }
        self.bytes = self.bytes.saturating_add(entry.bytes);
        if self.bytes > DOCUMENTS_MAX_BYTES {
            let found = format!("documents of {} bytes together", self.bytes);
            return Err(Problem::new(&entry.name, found, format!("at most {DOCUMENTS_MAX_BYTES}")));
        }
        Ok(())
    }
}

/// Reads every entry of an archive and checks everything that it says of itself. `products` are those whose manifests may
/// be in it. An archive that cannot be opened safely is an error; everything else is in the report.
pub fn verify_archive(path: &Path, products: &[ProductEntry]) -> Result<ArchiveReport, PackageError> {
    let mut reader = ArchiveReader::open(path)?;
    let mut report = ArchiveReport::default();
    let entries = reader.entries().to_vec();
    let mut found = BTreeMap::new();
    let mut documents = Documents::default();
    for (index, entry) in entries.iter().enumerate() {
        let is_document = entry.name == CONTENTS || entry.name.ends_with("manifest.json");
        if is_document && let Err(problem) = documents.take(entry) {
            report.problems.push(problem.to_string());
            continue;
        }
        match read_entry(&mut reader, index, is_document) {
            Ok(read) => {
                report.entries += 1;
                report.bytes += read.bytes;
                found.insert(entry.name.clone(), read);
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    let mut problems = Vec::new();
    let listed = listing::read(found.get(CONTENTS).and_then(|entry| entry.document.as_deref()), &mut problems);
    report.files_listed = listed.values().filter(|row| !row.held).count() as u64;
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    listing::compare_with_entries(&listed, &names, &found, &mut problems);
    let manifests = manifests(&listed, &found, products, &mut report);
    listing::compare_with_manifests(&listed, &manifests, products, &mut problems);
    compare_files(&manifests, &listed, &found, &mut report, &mut problems);
    compare_reads(&manifests, &mut problems);
    match checksum::compare(path) {
        Some(Ok(())) => report.checksum = true,
        Some(Err(problem)) => problems.push(problem),
        None => {}
    }
    report.problems.extend(problems.iter().map(ToString::to_string));
    Ok(report)
}

fn read_entry(reader: &mut ArchiveReader, index: usize, keep: bool) -> Result<Found, PackageError> {
    let mut hashing = Hashing::default();
    hashing.kept = keep.then(Vec::new);
    reader.copy_entry(index, &mut hashing)?;
    Ok(Found { bytes: hashing.bytes, sha256: hashing.sha256(), document: hashing.kept })
}

/// The manifests that read, by name.
fn manifests(
    listed: &BTreeMap<String, Listed>,
    found: &BTreeMap<String, Found>,
    products: &[ProductEntry],
    report: &mut ArchiveReport,
) -> BTreeMap<String, RawManifest> {
    let mut manifests = BTreeMap::new();
    // By their names: a row that calls a manifest something else must not hide it.
    for name in found.keys().filter(|name| name.ends_with("manifest.json") && listed.contains_key(*name)) {
        let Some(document) = found.get(name).and_then(|entry| entry.document.as_deref()) else { continue };
        match sound_manifest(name, document, products) {
            Ok(manifest) => {
                report.manifests += 1;
                manifests.insert(name.clone(), manifest);
            }
            Err(why) => report.problems.push(why),
        }
    }
    manifests
}

/// Every file of every manifest against its entry, or against its row where it is only listed.
fn compare_files(
    manifests: &BTreeMap<String, RawManifest>,
    listed: &BTreeMap<String, Listed>,
    found: &BTreeMap<String, Found>,
    report: &mut ArchiveReport,
    problems: &mut Vec<Problem>,
) {
    for (name, manifest) in manifests {
        for (_, _, file) in manifest.all_files() {
            let path =
                if file.path.starts_with("input:") { Some(file.path.clone()) } else { resolve(name, &file.path) };
            let Some(path) = path else {
                problems.push(Problem::new(name, format!("the file {}", file.path), "one inside the archive"));
                continue;
            };
            match (found.get(&path), listed.get(&path)) {
                (Some(entry), _) if entry.sha256 == file.sha256 && entry.bytes == file.bytes => {
                    report.files_checked += 1
                }
                (Some(entry), _) => {
                    let found = format!("{} bytes with SHA-256 {}", entry.bytes, entry.sha256);
                    problems.push(Problem::new(path, found, format!("{} with {} ({name})", file.bytes, file.sha256)));
                }
                (None, Some(_)) => {}
                (None, None) => problems.push(Problem::new(path, "nothing", format!("the file that {name} lists"))),
            }
        }
    }
}

/// Every manifest that another one read is in the archive with the identity that it had, and all are of one run.
fn compare_reads(manifests: &BTreeMap<String, RawManifest>, problems: &mut Vec<Problem>) {
    let run_id = manifests.values().next().map(|manifest| manifest.run_id.clone()).unwrap_or_default();
    for (name, manifest) in manifests {
        if manifest.run_id != run_id {
            problems.push(Problem::new(name, format!("the run {}", manifest.run_id), run_id.clone()));
        }
        for read in &manifest.reads {
            // Manifests of files from outside and those of other runs are not in the archive.
            let of_run = read.path.split('/').any(|part| part == run_id);
            let outside = read.step == "adopt" || read.path.starts_with("input:") || !of_run;
            match resolve(name, &read.path).and_then(|path| manifests.get(&path)) {
                Some(other) if other.identity == read.identity => {}
                Some(other) => {
                    let found = format!("another manifest of {} ({})", read.label, other.identity);
                    problems.push(Problem::new(name, found, format!("the one that it read ({})", read.identity)));
                }
                None if outside => {}
                None => problems.push(Problem::new(&read.path, "nothing", format!("the manifest that {name} read"))),
            }
        }
    }
}

fn sound_manifest(name: &str, document: &[u8], products: &[ProductEntry]) -> Result<RawManifest, String> {
    let path = Path::new(name);
    let value = parse_strict(document).map_err(|error| {
        Problem::new(format!("{name}: at {:?}", error.pointer), error.message, "strict JSON").to_string()
    })?;
    let product = value["product"]["name"].as_str().unwrap_or_default();
    if let Some(product) = products.iter().find(|entry| entry.name == product) {
        check_manifest(path, &value, product.name, product.version, product.schema)
            .map_err(|error| error.to_string())?;
    }
    let manifest = RawManifest::from_checked(path, &value).map_err(|error| error.to_string())?;
    let payload = products.iter().find(|entry| entry.name == product).map(|entry| (entry.payload)(&value["units"]));
    match payload {
        Some(Ok(payload)) if payload != manifest.payload => {
            Err(Problem::new(format!("{name}: at /payload"), "one that does not follow from the units", "theirs")
                .to_string())
        }
        Some(Err(error)) => Err(Problem::new(format!("{name}: at /units"), error, "units of this product").to_string()),
        _ => Ok(manifest),
    }
}
