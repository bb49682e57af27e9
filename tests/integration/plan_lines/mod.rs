//! Lines of the survey plan that only a run of the whole chain can show: folders, logs, names of files, fields of manifests, and the smoke test
//! that the plan asks for after each step, at RA 150, Dec +20 through `workflows/vasco.toml` (docs/plan-checklist.md names these tests).
//!
//! One run of a small simulated plate, over the protocols of the archives, serves all of them.

mod detections;
mod matches;
mod papers;
mod plates;
mod whole;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use integration_tests::smoke::{LINES, RUN_ID, SmokeRun, TILE};
use serde_json::Value;
use sky_catalog::Table;

/// The run, made once in this process.
struct Smoke {
    run: SmokeRun,
    root: PathBuf,
    output: Output,
    was_empty: bool,
    images_asked_for: usize,
}

fn smoke() -> &'static Smoke {
    static SMOKE: OnceLock<Smoke> = OnceLock::new();
    SMOKE.get_or_init(|| {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        forget_old_runs(scratch);
        let root = scratch.join(format!("plan-lines-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).expect("a folder for the run");
        let was_empty = std::fs::read_dir(&root).expect("the root").next().is_none();
        let run = SmokeRun::make(&root, None).unwrap_or_else(|error| panic!("{error}"));
        let (output, images_asked_for) = (run.output.clone(), run.images_asked_for);
        Smoke { run, root, output, was_empty, images_asked_for }
    })
}

/// The survey plan's line of a step holds.
fn assert_line(step: usize) {
    let line = &LINES[step];
    (line.check)(&smoke().run).unwrap_or_else(|problem| panic!("{} asks for {}: {problem}", line.step, line.asks));
}

/// Runs of earlier processes: nothing removes a static value at the end of a process.
fn forget_old_runs(scratch: &Path) {
    for entry in std::fs::read_dir(scratch).into_iter().flatten().flatten() {
        let is_run = entry.file_name().to_string_lossy().starts_with("plan-lines-");
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
        if is_run && age.is_some_and(|age| age.as_secs() > 3600) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl Smoke {
    /// The folder of this run below `folder`.
    fn folder(&self, folder: &str) -> PathBuf {
        self.run.folder(folder).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn manifest(&self, folder: &str) -> Value {
        self.run.manifest(folder).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// The done unit of the tile in a manifest.
    fn tile(&self, folder: &str) -> Value {
        self.run.tile(folder).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn table(&self, folder: &str, name: &str) -> Table {
        self.run.table(folder, name).unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn assert_log(&self, log: &str) {
        let path = self.root.join("logs").join(log).join(format!("{RUN_ID}.log"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON lines"));
        assert!(lines.count() > 0, "{} is empty", path.display());
    }

    fn assert_files(&self, folder: &str, names: &[String]) {
        self.run.files(folder, names).unwrap_or_else(|problem| panic!("{problem}"));
    }
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn assert_members(value: &Value, names: &[&str]) {
    for name in names {
        assert!(value.get(name).is_some(), "{name} is missing in {value}");
    }
}

fn of_tile(endings: &[&str]) -> Vec<String> {
    endings.iter().map(|ending| format!("{TILE}{ending}")).collect()
}

/// A step that is started without an input refuses, with exit code 2 and the name of what is missing.
fn assert_needs(step: &str, inputs: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(integration_tests::skyledger())
        .args(["step", step, "run", "--out", "out"])
        .current_dir(folder.path())
        .output()
        .expect("the step runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{step}: {said}");
    assert!(said.contains(&format!("input {} is not bound", inputs[0])), "{step}: {said}");
    assert!(!folder.path().join("out/manifest.json").exists(), "{step} wrote a manifest of nothing");
    let described = Command::new(integration_tests::skyledger()).args(["step", step, "describe"]).output();
    let described: Value = serde_json::from_slice(&described.expect("the step runs").stdout).expect("JSON");
    for input in inputs {
        let member = described["inputs"].as_array().expect("inputs").iter().find(|member| member["name"] == *input);
        assert!(member.is_some(), "{step} has no input {input}: {described}");
    }
}

/// What each label of the run read, by input.
fn assert_reads(folder: &str, expected: &[(&str, &str)]) {
    let manifest = smoke().manifest(folder);
    let reads = manifest["reads"].as_array().expect("reads");
    let found: Vec<(&str, &str)> =
        reads.iter().filter_map(|read| Some((read["input"].as_str()?, read["label"].as_str()?))).collect();
    assert_eq!(found, expected, "{folder}");
}

/// The folders of the plan with the log of each step.
const STEPS: [(&str, &str); 11] = [
    ("data/tiles", "00_inputs_tiling"),
    ("data/downloads", "downloader"),
    ("data/masks", "02_preprocess_masks"),
    ("data/catalogs/p1", "sextractor-p1"),
    ("data/psf", "psfex"),
    ("data/catalogs/p2", "sextractor-p2"),
    ("data/ext/usnob", "06_ext_usnob"),
    ("data/xmatch", "xmatch"),
    ("data/filter", "08_filter_validate"),
    ("data/summaries", "09_summarize_dashboard"),
    ("artifacts", "10_packaging"),
];
