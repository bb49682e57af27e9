//! Archives of a small run, kept in a temporary folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use products::{FrameFacts, FrameFiles, FrameSet, SourceCatalog, SourceFacts, SourceFiles};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use step_contract::{
    Engine, Execution, FileEntry, Manifest, Product, ProductRef, Read, RunManifest, RunManifests, Status, Unit,
    identity,
};

use crate::contents::{Contents, Kind};
use crate::{ArchiveReader, PackageError, verify_archive};

const TILE: &str = "tile_RA150.000_DECp20.000";

/// A run of two steps: a frame (pixels) and a catalogue (table).
struct Run {
    root: tempfile::TempDir,
    manifests: RunManifests,
}

fn sum(bytes: &[u8]) -> String {
    step_contract::hex(&Sha256::digest(bytes))
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> FileEntry {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("a file");
    FileEntry { path: name.to_owned(), bytes: bytes.len() as u64, sha256: sum(bytes), rows: None, discarded: None }
}

fn manifest<P: Product>(folder: &Path, label: &str, files: P::Files, facts: P::Facts, reads: Vec<Read>) -> RunManifest {
    let units = vec![Unit::<P> {
        unit: TILE.to_owned(),
        status: Status::Done,
        key: Some("0".repeat(64)),
        files: Some(files),
        facts: Some(facts),
        reason: None,
        warnings: Vec::new(),
        ties: Default::default(),
    }];
    let product = ProductRef { name: P::NAME.to_owned(), version: P::VERSION };
    let manifest = Manifest::<P> {
        product: product.clone(),
        run_id: "run-20260101_000000".to_owned(),
        step: label.to_owned(),
        label: label.to_owned(),
        build: "0.1.0+000000000000".to_owned(),
        engine: Engine { name: "native".to_owned(), version: "0.1.0".to_owned() },
        config: json!({}),
        reads,
        payload: P::payload(&units),
        units,
        files: BTreeMap::new(),
        shard: None,
        execution: Execution { host: "a machine".to_owned(), seconds: Some(1.5), ..Execution::default() },
    };
    let path = folder.join("manifest.json");
    let value = serde_json::to_value(&manifest).expect("JSON");
    fs::write(&path, serde_json::to_vec(&value).expect("JSON")).expect("a file");
    RunManifest {
        label: label.to_owned(),
        step: label.to_owned(),
        product,
        path,
        identity: identity(&value),
        external: BTreeMap::new(),
    }
}

impl Run {
    fn new(parent: &Path) -> Self {
        let root = tempfile::tempdir_in(parent).expect("a folder");
        let folder = |kind: &str| root.path().join("data").join(kind).join("run-20260101_000000");
        let (masks, catalogs) = (folder("masks"), folder("catalogs/p2"));
        let image = file(&masks, &format!("{TILE}.clean.fits"), &[7; 50_000]);
        let frames =
            manifest::<FrameSet>(&masks, "mask", FrameFiles::of_image(image), FrameFacts::new(10, 10), Vec::new());
        let catalog = file(&catalogs, &format!("{TILE}.cat"), b"a catalogue of detections");
        let facts: SourceFacts = serde_json::from_value(json!({ "objects_detected": 1 })).expect("facts");
        let read = Read {
            input: "frames".to_owned(),
            product: frames.product.clone(),
            step: "mask".to_owned(),
            label: "mask".to_owned(),
            path: "../../../masks/run-20260101_000000/manifest.json".to_owned(),
            identity: frames.identity.clone(),
        };
        let sources = manifest::<SourceCatalog>(&catalogs, "detect-p2", SourceFiles::of(catalog), facts, vec![read]);
        Self { root, manifests: RunManifests { manifests: vec![frames, sources] } }
    }

    fn out(&self) -> PathBuf {
        let out = self.root.path().join("artifacts/run-20260101_000000");
        fs::create_dir_all(&out).expect("a folder");
        out
    }

    fn archive(&self, with_pixels: bool) -> Result<(PathBuf, Contents), PackageError> {
        let path = self.out().join("archive.zip");
        let contents = Contents::of_run(&self.manifests, &self.out(), products::ALL, with_pixels)?;
        crate::write::write_archive(fs::File::create(&path).expect("a file"), &contents, 6, true)?;
        Ok((path, contents))
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join("data").join(relative)
    }
}

#[test]
fn an_archive_of_a_run_verifies_and_holds_no_pixels_and_no_host() {
    let place = tempfile::tempdir().expect("a folder");
    let run = Run::new(place.path());
    let (path, contents) = run.archive(false).expect("an archive");
    let report = verify_archive(&path, products::ALL).expect("a sound zip");
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!((report.manifests, report.files_checked, report.files_listed), (2, 1, 1));
    assert_eq!((contents.count(Kind::Schema), contents.count(Kind::Table), contents.listed_count()), (2, 1, 1));
    let names: Vec<String> =
        ArchiveReader::open(&path).expect("sound").entries().iter().map(|entry| entry.name.clone()).collect();
    assert_eq!(
        names,
        [
            "contents.csv".to_owned(),
            "data/catalogs/p2/run-20260101_000000/manifest.json".to_owned(),
            format!("data/catalogs/p2/run-20260101_000000/{TILE}.cat"),
            "data/masks/run-20260101_000000/manifest.json".to_owned(),
            "schemas/frame-set-2.json".to_owned(),
            "schemas/source-catalog-3.json".to_owned(),
        ]
    );
    let unpacked = place.path().join("unpacked");
    ArchiveReader::open(&path).expect("sound").unpack(&unpacked).expect("unpacked");
    let text = fs::read_to_string(unpacked.join(&names[3])).expect("a manifest");
    assert!(!text.contains("a machine") && text.contains("\"execution\": {}"), "{text}");
    assert_eq!(contents.executions["mask"]["host"], "a machine", "it stands beside the archive");
}

#[test]
fn the_bytes_do_not_follow_folder_or_clock() {
    let (shallow, deep) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let nested = deep.path().join("a/b/c");
    fs::create_dir_all(&nested).expect("folders");
    let read = |run: &Run| fs::read(run.archive(true).expect("an archive").0).expect("bytes");
    assert_eq!(sum(&read(&Run::new(shallow.path()))), sum(&read(&Run::new(&nested))));
}

#[test]
fn a_changed_file_is_refused_whether_it_is_held_or_listed() {
    for name in
        [format!("catalogs/p2/run-20260101_000000/{TILE}.cat"), format!("masks/run-20260101_000000/{TILE}.clean.fits")]
    {
        let place = tempfile::tempdir().expect("a folder");
        let run = Run::new(place.path());
        fs::write(run.path(&name), b"something else").expect("a file");
        let error = run.archive(false).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(&name) && error.contains("run that step again"), "{error}");
    }
}

#[test]
fn a_missing_file_and_a_changed_manifest_are_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let run = Run::new(place.path());
    let catalog = run.path(&format!("catalogs/p2/run-20260101_000000/{TILE}.cat"));
    fs::remove_file(&catalog).expect("removed");
    assert!(matches!(run.archive(false), Err(PackageError::Read { .. })));
    let run = Run::new(place.path());
    let path = run.path("masks/run-20260101_000000/manifest.json");
    let text = fs::read_to_string(&path).expect("a manifest").replace("\"width_px\":10", "\"width_px\":11");
    fs::write(&path, text).expect("a file");
    assert!(matches!(run.archive(false), Err(PackageError::Manifest { .. })));
}

#[test]
fn every_tampered_byte_of_an_entry_is_found_and_named() {
    let place = tempfile::tempdir().expect("a folder");
    let run = Run::new(place.path());
    let (path, _) = run.archive(true).expect("an archive");
    let bytes = fs::read(&path).expect("bytes");
    let broken = place.path().join("broken.zip");
    let step = bytes.len() / 97;
    for at in (0..bytes.len()).step_by(step.max(1)) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        fs::write(&broken, &changed).expect("a file");
        let problem = match verify_archive(&broken, products::ALL) {
            Ok(report) => report.problems.join("; "),
            Err(error) => error.to_string(),
        };
        // Versions, clocks and attributes in the headers say nothing about contents.
        let harmless = is_header_only(&bytes, at);
        assert!(!problem.is_empty() || harmless, "byte {at} of {} was changed without being found", bytes.len());
    }
}

/// Whether the byte lies in a header (local or central) and not in the data of an entry.
fn is_header_only(bytes: &[u8], at: usize) -> bool {
    let local = |at: usize| bytes[at..].starts_with(b"PK\x03\x04");
    let central = |at: usize| bytes[at..].starts_with(b"PK\x01\x02");
    (at.saturating_sub(45)..=at).any(|start| (local(start) && at - start < 30) || (central(start) && at - start < 46))
}

#[test]
fn an_entry_appended_by_another_program_is_found() {
    let place = tempfile::tempdir().expect("a folder");
    let run = Run::new(place.path());
    let (path, _) = run.archive(false).expect("an archive");
    let mut zip = zip::ZipWriter::new_append(fs::File::options().read(true).write(true).open(&path).expect("a file"))
        .expect("a zip");
    zip.start_file("data/extra.txt", zip::write::SimpleFileOptions::default()).expect("an entry");
    zip.finish().expect("a zip");
    // Such a program leaves a hole where the directory was.
    let error = verify_archive(&path, products::ALL).expect_err("an archive that was changed").to_string();
    assert!(error.contains("one entry directly after another"), "{error}");
}

#[test]
fn hostile_zips_are_refused() {
    use std::io::Write as _;
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("hostile.zip");
    let options = zip::write::SimpleFileOptions::default();
    let write = |make: &dyn Fn(&mut zip::ZipWriter<fs::File>)| {
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("a file"));
        make(&mut zip);
        zip.finish().expect("a zip");
    };
    let refused = |what: &str| {
        let error = ArchiveReader::open(&path).err().unwrap_or_else(|| panic!("{what} was taken")).to_string();
        assert!(error.contains("hostile.zip"), "{what}: {error}");
    };
    for name in ["../escape", "/absolute", "a\\b", "C:evil", "a/../../b"] {
        write(&|zip| {
            zip.start_file(name, options).expect("an entry");
            zip.write_all(b"x").expect("bytes");
        });
        refused(name);
    }
    write(&|zip| {
        zip.start_file("Same", options).expect("an entry");
        zip.start_file("same", options).expect("an entry");
    });
    refused("names that differ in case alone");
    write(&|zip| zip.add_symlink("link", "/etc/passwd", options).expect("an entry"));
    refused("a symbolic link");
    write(&|zip| zip.add_directory("folder", options).expect("an entry"));
    refused("a folder");
    write(&|zip| {
        zip.start_file("a", options).expect("an entry");
        zip.write_all(&[1; 1000]).expect("bytes");
    });
    let good = fs::read(&path).expect("bytes");
    assert!(ArchiveReader::open(&path).is_ok(), "a plain zip is taken");
    let mut prefixed = b"#!/bin/sh\n".to_vec();
    prefixed.extend_from_slice(&good);
    fs::write(&path, &prefixed).expect("a file");
    refused("data before the zip");
    fs::write(&path, &good[..good.len() - 5]).expect("a file");
    refused("a zip that was cut short");
    let mut wrong_count = good.clone();
    let end = good.len() - 22;
    (wrong_count[end + 8], wrong_count[end + 10]) = (9, 9);
    fs::write(&path, &wrong_count).expect("a file");
    refused("a wrong number of entries");
    fs::write(&path, b"no zip at all, but long enough to hold an end record").expect("a file");
    refused("text");
}

#[test]
fn a_sparse_file_beyond_four_gigabytes_needs_zip64_and_verifies() {
    let place = tempfile::tempdir().expect("a folder");
    let big = place.path().join("big.bin");
    let length = u64::from(u32::MAX) + 10_000;
    fs::File::create(&big).and_then(|file| file.set_len(length)).expect("a sparse file");
    let mut hash = Sha256::new();
    let piece = vec![0_u8; 1 << 20];
    let mut left = length;
    while left > 0 {
        let count = left.min(piece.len() as u64) as usize;
        hash.update(&piece[..count]);
        left -= count as u64;
    }
    let mut contents = Contents::default();
    let item = crate::contents::Item {
        kind: Kind::Table,
        label: "x".to_owned(),
        bytes: length,
        sha256: step_contract::hex(&hash.finalize()),
        source: Some(crate::contents::Bytes::File(big)),
        held: true,
    };
    contents.items.insert("big.bin".to_owned(), item);
    let path = place.path().join("big.zip");
    crate::write::write_archive(fs::File::create(&path).expect("a file"), &contents, 1, true).expect("an archive");
    let report = verify_archive(&path, &[]).expect("a sound zip");
    let unlisted = "contents.csv: big.bin: found a row, expected none: no manifest of the archive lists it";
    assert_eq!(report.problems, [unlisted], "nothing else is wrong with it");
    assert!(report.bytes > length, "{} bytes read", report.bytes);
    if let Some(peak) = peak_mebibytes() {
        assert!(peak < 200.0, "a peak of {peak:.0} MiB: files are read by pieces");
    }
}

/// Peak of resident memory of this program so far, in MiB (Linux).
fn peak_mebibytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
}

#[test]
fn more_entries_than_sixteen_bits_can_count_need_zip64_and_verify() {
    let place = tempfile::tempdir().expect("a folder");
    let mut contents = Contents::default();
    for index in 0..66_000 {
        let item = crate::contents::in_memory(Kind::Table, "x", format!("{index}").into_bytes());
        contents.items.insert(format!("t/{index:05}"), item);
    }
    let path = place.path().join("many.zip");
    crate::write::write_archive(fs::File::create(&path).expect("a file"), &contents, 6, true).expect("an archive");
    let report = verify_archive(&path, &[]).expect("a sound zip");
    assert!(report.problems.iter().all(|problem| problem.ends_with("no manifest of the archive lists it")));
    assert_eq!((report.problems.len(), report.entries), (66_000, 66_001));
}

#[test]
fn check_images_and_limit_maps_are_pixels() {
    let product = products::ALL.iter().find(|product| product.name == "source-catalog");
    let kind = |role| Kind::of_file(product, role);
    assert_eq!(kind("catalog"), Kind::Table);
    for role in ["check_objects", "check_segmentation", "limit_map"] {
        assert_eq!(kind(role), Kind::Pixels, "{role} is listed by its sum unless pixels are asked for");
    }
    assert_eq!(Kind::of_file(None, "image"), Kind::Table, "nothing is known of a product of another release");
}
