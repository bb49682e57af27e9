//! The step as its program runs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use products::{CandidateFacts, CandidateFiles, CandidateTable, RunArchive};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use step_contract::{Engine, Execution, FileEntry, Manifest, Product, ProductRef, Status, Unit};
use step_harness::testing::{InProcess, RunResult};
use step_package::{ArchiveReader, Package, verify_archive};

const RUN_ID: &str = "run-20260101_000000";
const TILE: &str = "tile_RA150.000_DECp20.000";

/// Verdicts of one tile under `root`; the manifest.
fn verdicts(root: &Path, host: &str) -> PathBuf {
    let folder = root.join("data/filter").join(RUN_ID);
    fs::create_dir_all(&folder).expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let name = format!("{TILE}_{name}.csv");
        fs::write(folder.join(&name), bytes).expect("a file");
        let sha256 = step_contract::hex(&Sha256::digest(bytes));
        FileEntry { path: name, bytes: bytes.len() as u64, sha256, rows: Some(1), discarded: None }
    };
    let facts: CandidateFacts = serde_json::from_value(json!({
        "rule_set": "evidence", "order": "veto_first", "detections": 2, "kept_count": 1, "dropped_count": 1,
        "candidates_count": 1, "veto_status": "complete", "first_reasons": { "snr": 1 },
        "validator": { "pairs_checked": 0, "tolerance_arcsec": 0.05, "radius_arcsec": 5.0, "max_difference_arcsec": 0.0 }
    }))
    .expect("facts");
    let units = vec![Unit::<CandidateTable> {
        unit: TILE.to_owned(),
        status: Status::Done,
        key: Some("0".repeat(64)),
        files: Some(CandidateFiles { kept: file("kept", b"a row"), dropped: file("dropped", b"another row") }),
        facts: Some(facts),
        reason: None,
        warnings: Vec::new(),
        ties: step_contract::Ties::default(),
    }];
    let manifest = Manifest::<CandidateTable> {
        product: ProductRef { name: CandidateTable::NAME.to_owned(), version: CandidateTable::VERSION },
        run_id: RUN_ID.to_owned(),
        step: "filter".to_owned(),
        label: "filter".to_owned(),
        build: "0.1.0+000000000000".to_owned(),
        engine: Engine { name: "native".to_owned(), version: "0.1.0".to_owned() },
        config: json!({}),
        reads: Vec::new(),
        payload: CandidateTable::payload(&units),
        units,
        files: BTreeMap::new(),
        shard: None,
        execution: Execution { host: host.to_owned(), ..Execution::default() },
    };
    let path = folder.join("manifest.json");
    fs::write(&path, serde_json::to_vec(&manifest).expect("JSON")).expect("a file");
    path
}

fn package(root: &Path, manifest: &Path) -> (RunResult<RunArchive>, PathBuf) {
    let out = root.join("artifacts").join(RUN_ID);
    (InProcess::<Package>::new(&out).root(root).run_id(RUN_ID).read("run", manifest).run(), out)
}

#[test]
fn the_archive_the_checksum_and_the_executions_are_there() {
    let root = tempfile::tempdir().expect("a folder");
    let (result, out) = package(root.path(), &verdicts(root.path(), "a machine"));
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units);
    let facts = result.manifest.units[0].facts.as_ref().expect("done");
    assert_eq!((facts.manifests_count, facts.tables_count, facts.schemas_count, facts.listed_count), (1, 2, 1, 0));
    let zip = out.join(format!("{RUN_ID}.zip"));
    assert_eq!(facts.sha256, step_contract::hex(&Sha256::digest(fs::read(&zip).expect("the archive"))));
    assert_eq!(verify_archive(&zip, products::ALL).expect("a sound zip").problems, Vec::<String>::new());
    let executions = fs::read_to_string(out.join(format!("{RUN_ID}.execution.json"))).expect("the executions");
    assert!(executions.contains("a machine"), "{executions}");
}

#[test]
fn sha256sum_accepts_the_checksum_also_elsewhere() {
    let root = tempfile::tempdir().expect("a folder");
    let (_, out) = package(root.path(), &verdicts(root.path(), "x"));
    let elsewhere = root.path().join("moved");
    fs::rename(&out, &elsewhere).expect("moved");
    let Some(sha256sum) = test_sky::tool("sha256sum") else { return };
    let check = Command::new(sha256sum).current_dir(&elsewhere).args(["-c", &format!("{RUN_ID}.zip.sha256")]).output();
    let check = check.expect("sha256sum starts");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn the_host_changes_nothing_but_the_executions() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let sum = |root: &Path, host: &str| {
        let (result, _) = package(root, &verdicts(root, host));
        (result.manifest.units[0].facts.clone().expect("done").sha256, result.identity)
    };
    assert_eq!(sum(one.path(), "this machine"), sum(two.path(), "another machine"));
}

#[test]
fn a_changed_table_is_refused_with_its_name() {
    let root = tempfile::tempdir().expect("a folder");
    let manifest = verdicts(root.path(), "x");
    fs::write(manifest.with_file_name(format!("{TILE}_kept.csv")), b"A row").expect("changed");
    let (result, out) = package(root.path(), &manifest);
    let reason = result.manifest.units[0].reason.as_ref().expect("it failed");
    assert_eq!((reason.kind.as_str(), result.exit), ("input_changed", 20));
    assert!(reason.message.contains(&format!("data/filter/{RUN_ID}/{TILE}_kept.csv")), "{}", reason.message);
    assert!(!out.join(format!("{RUN_ID}.zip")).exists());
}

#[test]
fn an_unpacked_archive_is_the_run_again() {
    let root = tempfile::tempdir().expect("a folder");
    let manifest = verdicts(root.path(), "x");
    let (_, out) = package(root.path(), &manifest);
    let to = root.path().join("unpacked");
    ArchiveReader::open(&out.join(format!("{RUN_ID}.zip"))).expect("sound").unpack(&to).expect("unpacked");
    let identity = |path: &Path| step_contract::read_manifest::<CandidateTable>(path).expect("a manifest").1;
    let unpacked = to.join("data/filter").join(RUN_ID).join("manifest.json");
    assert_eq!(identity(&manifest), identity(&unpacked), "identities do not follow the execution");
}
