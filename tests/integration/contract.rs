//! The contract as programs see it: a step in another language, the scale of a survey, and chains that begin in the middle.
#![allow(clippy::print_stderr, reason = "skipped tests and measured numbers are printed")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use products::FrameSet;
use serde_json::{Value, json};
use step_contract::{Product as _, RawManifest};

const RUN_ID: &str = "run-20260101_000000";

fn json_of(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
    std::fs::write(path, text).expect("a file can be written");
}

const NORTH: &str = r#"
description = "Tiles north of the equator"
config = "north"

[[step]]
label  = "tiling"
step   = "tiling"
folder = "data/tiles"
log    = "tiling"

[[step]]
label  = "north"
step   = "north"
folder = "data/north"
log    = "north"
reads  = { tiles = ["tiling"] }

[[step]]
label  = "summarize"
step   = "summarize"
folder = "data/summaries"
log    = "summarize"

[[step]]
label  = "package"
step   = "package"
folder = "artifacts"
log    = "package"
"#;

/// A folder with a workflow that has a step in Python, and that step on PATH; `None` where there is no Python.
#[cfg(unix)]
fn with_python() -> Option<(tempfile::TempDir, std::ffi::OsString)> {
    use std::os::unix::fs::PermissionsExt as _;
    if test_sky::tool("python3").is_none() {
        eprintln!("skipped: python3 is not installed");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("workflows/north.toml"), NORTH);
    write(&folder.path().join("config/north.toml"), "[north]\ndec_min_deg = 10.0\n");
    write(&folder.path().join("targets.csv"), "ra_deg,dec_deg\n10,-20\n20,5\n30,40\n");
    let program = folder.path().join("bin/step-north");
    write(&program, include_str!("step_north.py"));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be made executable");
    let own = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(folder.path().join("bin")).chain(std::env::split_paths(&own));
    let path = std::env::join_paths(paths).expect("folders of programs");
    Some((folder, path))
}

#[cfg(unix)]
#[test]
fn a_step_in_python_takes_part_in_a_run() {
    let Some((folder, path)) = with_python() else { return };
    let run = |command: &str| {
        let mut skyledger = Command::new(integration_tests::skyledger());
        skyledger.arg(command).arg(folder.path().join("workflows/north.toml")).args(["--run-id", RUN_ID, "--targets"]);
        skyledger.arg(folder.path().join("targets.csv")).arg("--root").arg(folder.path()).env("PATH", &path);
        skyledger.output().expect("skyledger runs")
    };
    let first = run("run");
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let manifest = json_of(&folder.path().join(format!("data/north/{RUN_ID}/manifest.json")));
    let statuses: Vec<&str> =
        manifest["units"].as_array().expect("units").iter().filter_map(|unit| unit["status"].as_str()).collect();
    assert_eq!(statuses, ["no-work", "no-work", "done"], "the limit of the configuration reached the step: {manifest}");
    assert_eq!(manifest["payload"]["tiles_count"], 1, "the command added the payload");
    assert_eq!(manifest["payload"]["units_not_done"].as_array().map(Vec::len), Some(2));
    let record = json_of(&folder.path().join(format!("data/runs/{RUN_ID}/run.json")));
    assert_eq!(record["steps"].as_array().map(Vec::len), Some(4));
    let verified = Command::new(integration_tests::skyledger())
        .args(["verify", RUN_ID, "--root"])
        .arg(folder.path())
        .output()
        .expect("skyledger runs");
    // The identity that Python computed for its input is the one that Rust computes.
    assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    assert!(said(&verified).contains("units"), "verify says how many units it validated: {}", said(&verified));
    let page = std::fs::read_to_string(folder.path().join(format!("data/summaries/{RUN_ID}/summary.md")));
    assert!(page.expect("the page of the run").contains("south of the limit"), "the page names what it left out");
    let plan = run("plan");
    assert_eq!(plan.status.code(), Some(0), "{}", said(&plan));
    assert!(said(&plan).contains("validated"), "plan says what it validated: {}", said(&plan));
}

#[cfg(unix)]
#[test]
fn a_step_that_nobody_has_is_named() {
    let Some((folder, _)) = with_python() else { return };
    let output = Command::new(integration_tests::skyledger())
        .arg("plan")
        .arg(folder.path().join("workflows/north.toml"))
        .args(["--ra", "1", "--dec", "1", "--root"])
        .arg(folder.path())
        .output()
        .expect("skyledger runs");
    assert_eq!(output.status.code(), Some(21), "{}", said(&output));
    assert!(said(&output).contains("step-north"), "{}", said(&output));
}

/// `vasco` with the tiles of one position, then from `download` on.
fn from_download(root: &Path) -> Output {
    Command::new(integration_tests::skyledger())
        .args(["run", "vasco", "--ra", "150", "--dec", "20", "--run-id", RUN_ID, "--from-step", "download"])
        .args(["--to-step", "download", "--service", "stsci-dss=http://127.0.0.1:9", "--root"])
        .arg(root)
        .output()
        .expect("skyledger runs")
}

#[test]
fn a_chain_that_begins_in_the_middle_needs_good_manifests_before_it() {
    let root = tempfile::tempdir().expect("a folder");
    let missing = from_download(root.path());
    assert_eq!(missing.status.code(), Some(21), "{}", said(&missing));
    assert!(said(&missing).contains("tiling") && said(&missing).contains("manifest.json"), "{}", said(&missing));
    let tiles = Command::new(integration_tests::skyledger())
        .args(["run", "vasco", "--ra", "150", "--dec", "20", "--run-id", RUN_ID, "--to-step", "tiling", "--root"])
        .arg(root.path())
        .output()
        .expect("skyledger runs");
    assert_eq!(tiles.status.code(), Some(0), "{}", said(&tiles));
    let path = root.path().join(format!("data/tiles/{RUN_ID}/manifest.json"));
    let text = std::fs::read_to_string(&path).expect("the manifest");
    let broken = text.replacen("\"width_arcmin\":60.0", "\"width_arcmin\":\"wide\"", 1);
    assert_ne!(text, broken, "the manifest holds the width: {text}");
    std::fs::write(&path, broken).expect("it can be written");
    let refused = from_download(root.path());
    assert_eq!(refused.status.code(), Some(21), "{}", said(&refused));
    let words = said(&refused);
    assert!(words.contains("/units/0/facts/width_arcmin") && words.contains("manifest.json"), "{words}");
}

const MANIFESTS: usize = 12;
const UNITS: usize = 12_000;
/// What the contract asks for on an idle machine; beside other programs also the processor's time grows.
const SECONDS: f64 = 5.0;
const BUSY: f64 = 3.0;
const MEBIBYTES: f64 = 300.0;

fn chain_of_masks() -> String {
    let mut text = "description = \"Twelve times mask\"\nconfig = \"masks\"\n".to_owned();
    for index in 0..MANIFESTS {
        let before = if index == 0 { String::new() } else { format!("\"m{:02}\"", index - 1) };
        text += &format!(
            "[[step]]\nlabel = \"m{index:02}\"\nstep = \"mask\"\nfolder = \"data/m{index:02}\"\nlog = \"m{index:02}\"\n\
             reads = {{ frames = [{before}], bright = [] }}\n"
        );
    }
    text
}

/// A manifest of many frames, streamed. All of them list the same two files, so that the test need not make 288,000.
fn write_frames(path: &Path, label: &str, units: usize, build: &str, config: &Value, read: Option<(&str, &str, &str)>) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file"));
    let product = json!({"name": FrameSet::NAME, "version": FrameSet::VERSION});
    let reads: Vec<Value> = read
        .iter()
        .map(|(path, label, identity)| {
            json!({"input": "frames", "product": product, "step": "mask", "label": label, "path": path, "identity": identity})
        })
        .collect();
    let head = json!({"product": product, "run_id": RUN_ID, "step": "mask", "label": label, "build": build,
        "engine": {"name": "native", "version": "0.1.0"}, "config": config, "reads": reads});
    let head = head.to_string();
    write!(file, "{},\"units\":[", &head[..head.len() - 1]).expect("written");
    let entry = |name: &str| json!({"path": format!("../../../{name}"), "bytes": 4, "sha256": format!("{:064x}", 7)});
    let facts = json!({"width_px": 2118, "height_px": 2118,
        "exposure": {"date_obs": "1951-11-29T10:22:00", "epoch_yr": 1951.91, "exposure_s": 3000.0},
        "plate": {"plate_id": "XE486", "survey": "POSSI-E"},
        "astrometry": {"solution": "tan", "ra_deg": 150.0, "dec_deg": 20.0, "pixel_scale_arcsec": 1.7, "half_diagonal_arcmin": 42.43}});
    for unit in 0..units {
        let value = json!({"unit": format!("tile_RA{:03}.{:03}_DECp20.000", unit / 100, unit % 100), "status": "done",
            "key": format!("{unit:064x}"), "files": {"image": entry("image.fits"), "mask": entry("mask.fits")},
            "facts": facts, "warnings": []});
        write!(file, "{}{value}", if unit == 0 { "\n" } else { ",\n" }).expect("written");
    }
    let payload = json!({"tiles_processed": units, "fits_count": units, "units_done": units});
    writeln!(file, "],\"payload\":{payload},\"execution\":{{}}}}").expect("written");
    file.into_inner().expect("flushed");
}

fn identity_of(path: &Path) -> String {
    RawManifest::read(path, products::ALL).unwrap_or_else(|error| panic!("{error}")).identity
}

/// How a program ran.
struct Measured {
    output: Output,
    wall_s: f64,
    /// Time of the processor, which other programs do not take away, and peak of resident memory, where the system tells them (Linux).
    cpu_s: Option<f64>,
    peak_mebibytes: Option<f64>,
}

/// Runs to the end.
fn measured(command: &mut Command) -> Measured {
    let clock = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("skyledger runs");
    let id = child.id();
    let of_child = |name: &str| std::fs::read_to_string(format!("/proc/{id}/{name}")).ok();
    let peak = || {
        let status = of_child("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().to_owned();
        Some(line.strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0)
    };
    // Fields 14 and 15: ticks of a hundredth of a second in user and system mode.
    let cpu = || {
        let stat = of_child("stat")?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
    };
    let (mut cpu_s, mut peak_mebibytes) = (None, None);
    loop {
        cpu_s = cpu().or(cpu_s);
        peak_mebibytes = peak().or(peak_mebibytes);
        if child.try_wait().expect("asked").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let wall_s = clock.elapsed().as_secs_f64();
    Measured { output: child.wait_with_output().expect("ended"), wall_s, cpu_s, peak_mebibytes }
}

#[test]
fn twelve_manifests_of_twelve_thousand_units_are_planned_in_time_and_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    write(&root.join("masks.toml"), &chain_of_masks());
    write(&root.join("config/masks.toml"), "");
    for name in ["image.fits", "mask.fits"] {
        write(&root.join(name), "same");
    }
    let build = build_identity::of_step("mask");
    let config = (step_harness::entry::<step_mask::Mask>().resolve)(&json!({})).expect("the defaults");
    let outside = root.join("outside/first/manifest.json");
    write_frames(&outside, "frames", 1, build, &config, None);
    let mut before = (outside.clone(), "../../../outside/first/manifest.json".to_owned(), "frames".to_owned());
    let mut bytes = 0;
    for index in 0..MANIFESTS {
        let label = format!("m{index:02}");
        let path = root.join(format!("data/{label}/{RUN_ID}/manifest.json"));
        let identity = identity_of(&before.0);
        write_frames(&path, &label, UNITS, build, &config, Some((&before.1, &before.2, &identity)));
        bytes += std::fs::metadata(&path).expect("it is there").len();
        before = (path, format!("../../{label}/{RUN_ID}/manifest.json"), label);
    }
    let mut plan = Command::new(integration_tests::skyledger());
    plan.arg("plan").arg(root.join("masks.toml")).args(["--json", "--run-id", RUN_ID, "--root"]).arg(root);
    plan.arg("--read").arg(format!("m00.frames={}", outside.display()));
    let Measured { output, wall_s, cpu_s, peak_mebibytes } = measured(&mut plan);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("plan prints JSON");
    let plan = &answer["plan"];
    eprintln!(
        "{} units of {} manifests in {bytes} bytes planned in {wall_s:.2} s ({cpu_s:?} s of a processor), peak {peak_mebibytes:?} MiB",
        plan["units_validated"], plan["manifests_validated"]
    );
    assert_eq!(
        (&plan["manifests_validated"], &plan["units_validated"]),
        (&json!(MANIFESTS), &json!(MANIFESTS * UNITS))
    );
    for step in plan["steps"].as_array().expect("steps") {
        assert_eq!(step["state"], "reuse", "nothing changed: {} {}", step["label"], step["why"]);
    }
    let seconds = cpu_s.unwrap_or(wall_s);
    assert!(seconds < SECONDS * BUSY, "{seconds:.2} s; {SECONDS} s are allowed on an idle machine");
    if let Some(peak) = peak_mebibytes {
        assert!(peak < MEBIBYTES, "a peak of {peak:.0} MiB; {MEBIBYTES} are allowed");
    }
}
