//! The step from scratch: its files are written as the page has them, and its commands are run.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use step_contract::{Event, EventLine, RawManifest, Status, identity};

use super::{fence, fences};

/// Where the run of the page lies below its root.
const RUN: &str = "trial";
const MANIFEST: &str = "data/north/trial/manifest.json";

/// A folder with every file of the page; none where there is no Python.
fn with_files() -> Option<tempfile::TempDir> {
    if test_sky::tool("python3").is_none() {
        eprintln!("skipped: python3 is not installed");
        return None;
    }
    let root = tempfile::tempdir().expect("a folder");
    let mut count = 0;
    for fence in fences() {
        let Some(file) = fence.file() else { continue };
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(&path, &fence.text).expect("a file can be written");
        count += 1;
    }
    assert!(count >= 5, "{count} files: the step, the workflow, its configuration, two lists");
    Some(root)
}

/// Commands in a shell that stops at the first one that fails; `skyledger` of this build is on PATH.
fn shell(root: &Path, commands: &str) -> Output {
    let own = std::env::var_os("PATH").unwrap_or_default();
    let program = integration_tests::skyledger();
    let folder = program.parent().expect("a folder").to_owned();
    let path: OsString =
        std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&own))).expect("PATH");
    let mut shell = Command::new("sh");
    shell.arg("-ec").arg(commands).current_dir(root).env("PATH", path).stdin(Stdio::null());
    shell.output().expect("a shell runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn json_of(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A root in which the page's commands were run.
fn after_the_run() -> Option<tempfile::TempDir> {
    let root = with_files()?;
    let output = shell(root.path(), &fence(&["sh", "run"]).text);
    assert!(output.status.success(), "{}", said(&output));
    Some(root)
}

#[test]
fn the_step_of_the_page_writes_the_manifest_of_the_page() {
    let Some(root) = after_the_run() else { return };
    let path = root.path().join(MANIFEST);
    RawManifest::read(&path, products::ALL).unwrap_or_else(|error| panic!("{error}"));
    let without_the_build_of_the_command = |mut manifest: Value| {
        manifest["reads"][0]["identity"] = "".into();
        manifest["execution"] = json!({});
        manifest
    };
    let expected = without_the_build_of_the_command(fence(&["json", "manifest"]).json());
    assert_eq!(without_the_build_of_the_command(json_of(&path)), expected);
    let tiles = std::fs::read_to_string(root.path().join("data/tiles/trial/tiles.csv")).expect("tiles");
    assert_eq!(tiles.lines().count(), 2, "a header and one tile: {tiles}");
    assert!(tiles.contains("tile_RA150.000_DECp20.000"), "{tiles}");
}

#[test]
fn the_adopted_manifest_is_that_of_the_page_but_for_its_release() {
    let Some(root) = after_the_run() else { return };
    let without = |mut manifest: Value| {
        manifest["build"] = "".into();
        manifest["engine"]["version"] = "".into();
        manifest["execution"] = json!({});
        manifest
    };
    let made = json_of(&root.path().join(format!("data/runs/{RUN}/inputs/targets/manifest.json")));
    assert_eq!(without(made), without(fence(&["json", "manifest", "adopted"]).json()));
}

#[test]
fn the_events_of_the_step_are_in_the_stream_of_the_run() {
    let Some(root) = after_the_run() else { return };
    let text = std::fs::read_to_string(root.path().join(format!("data/runs/{RUN}/events.jsonl"))).expect("the stream");
    let lines = text.lines().map(|line| serde_json::from_str::<EventLine>(line).expect("a line"));
    let ended: Vec<(String, Status)> = lines
        .filter(|line| line.label.as_deref() == Some("north"))
        .filter_map(|line| match line.event {
            Event::UnitEnded { unit, status, .. } => Some((unit, status)),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [("far_south".to_owned(), Status::NoWork), ("mixed".to_owned(), Status::Done)]);
}

#[test]
fn shards_of_the_step_merge_to_what_it_makes_alone() {
    let (Some(whole), Some(parts)) = (after_the_run(), with_files()) else { return };
    let one = "skyledger run workflows/north.toml --input targets=lists --run-id trial --shard";
    // By their sums shard 2 has far_south, shard 3 has mixed, and shard 1 nothing.
    let commands = format!(
        "chmod +x bin/step-north\nPATH=\"$PWD/bin:$PATH\"\n{one} 1/3\n{one} 2/3\n{one} 3/3\nskyledger merge trial\nskyledger verify trial\n"
    );
    let output = shell(parts.path(), &commands);
    assert!(output.status.success(), "{}", said(&output));
    let identities = [&whole, &parts].map(|root| identity(&json_of(&root.path().join(MANIFEST))));
    assert_eq!(identities[0], identities[1], "{}", said(&output));
}

#[test]
fn only_one_unit_leaves_the_others_skipped() {
    let Some(root) = with_files() else { return };
    let commands = "chmod +x bin/step-north\nPATH=\"$PWD/bin:$PATH\"\n\
        skyledger run workflows/north.toml --input targets=lists --run-id trial --to-step north --only mixed\n";
    let output = shell(root.path(), commands);
    assert!(output.status.success(), "{}", said(&output));
    let manifest = json_of(&root.path().join(MANIFEST));
    assert_eq!((&manifest["units"][0]["status"], &manifest["units"][1]["status"]), (&json!("skipped"), &json!("done")));
    assert_eq!(manifest["units"][0]["reason"]["kind"], "only");
}

#[test]
fn the_canonical_json_of_the_step_is_that_of_the_contract() {
    let Some(root) = with_files() else { return };
    let value = json!({
        "numbers": [0.0, -0.0, 5.0, 0.1, 1e-6, 1e-7, 9.999999999999997e-7, 1e15, 1e16, 123_456_789.5, 1e20,
            295_147_905_179_352_830_000.0, 1e21, 9.999999999999997e22, 5e-324, -1.7976931348623157e308, 7, -7, 9_007_199_254_740_991_i64],
        "texts": ["€\"\\\n\u{f}\u{7f}", "é"],
        "truths": [true, false],
        "\u{1f600}": {"b": [], "a": {}},
        "\u{fb33}": 1,
        "execution": {"host": "x"},
    });
    let script = "import json, runpy, sys; print(runpy.run_path(sys.argv[1])['identity'](json.load(sys.stdin)))";
    let mut python = Command::new("python3")
        .args(["-c", script])
        .arg(root.path().join("bin/step-north"))
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    python.stdin.take().expect("a pipe").write_all(value.to_string().as_bytes()).expect("it reads");
    let output = python.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), identity(&value));
}
