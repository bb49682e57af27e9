//! The real Seestar folders through `night.toml`.
#![allow(clippy::print_stderr, reason = "the measured numbers are printed")]

use std::path::Path;

use products::selection_set::read_verdicts;
use tempfile::TempDir;

use crate::command::{manifest, only_file, skyledger, table};

const RUN: &str = "run-20250327_013000";
const FOLDERS: [&str; 2] = ["seestar_M94_night1", "seestar_NGC7023"];

/// Runs the chain on the two folders and answers the root.
fn run(data: &Path, folder: &TempDir, more: &[&str]) -> std::path::PathBuf {
    let (root, raw) = (folder.path().join("root"), folder.path().join("raw"));
    if !raw.is_dir() {
        std::fs::create_dir(&raw).expect("a folder");
        for name in FOLDERS {
            std::os::unix::fs::symlink(data.join("c_camera").join(name), raw.join(name)).expect("a link");
        }
    }
    let (shown, raw) = (root.display().to_string(), format!("raw={}", raw.display()));
    let mut words = vec!["run", "night", "--root", &shown, "--run-id", RUN, "--input", &raw];
    words.extend(more);
    skyledger(&words).expect(0);
    root
}

#[test]
fn real_frames_are_measured_and_none_of_the_good_nights_is_left_out() {
    let Some(data) = test_sky::real_data("Seestar folders through night.toml") else { return };
    let folder = TempDir::new().expect("a folder");
    let root = run(&data, &folder, &[]);
    let ingest = manifest(&root, "data/nights", RUN);
    let units = ingest["units"].as_array().expect("units");
    assert_eq!(units.len(), 11);
    assert!(units.iter().all(|unit| unit["status"] == "done" && unit["facts"]["kind"] == "light"));
    let nights: Vec<&str> = units.iter().filter_map(|unit| unit["facts"]["time"]["night"].as_str()).collect();
    assert!(nights.iter().all(|night| ["2025-03-26", "2024-07-30"].contains(night)), "{nights:?}");

    let cull = manifest(&root, "data/selection", RUN);
    // Phase medians, drift, rotation: measured with other tools on these files.
    for (group, frames, sky_adu, drift_px, turn_deg) in
        [("M_94_IRCUT_10s", 8, 994.5, 10.2, 0.02), ("NGC_7023_IRCUT_10s", 3, 811.0, f64::NAN, 0.104)]
    {
        let unit =
            cull["units"].as_array().expect("units").iter().find(|unit| unit["unit"] == group).expect("the group");
        let facts = &unit["facts"];
        assert_eq!(
            (facts["offered_count"].as_u64(), facts["kept_count"].as_u64()),
            (Some(frames), Some(frames)),
            "{facts}"
        );
        let path = only_file(&root, "data/selection", RUN, &format!("{group}_frames.csv"));
        let rows = table(&path);
        let column = |name: &str| rows.numbers(name).expect("a column");
        for (name, least, greatest) in [
            ("background_adu", sky_adu - 8.0, sky_adu + 8.0),
            ("fwhm_px", 1.8, 3.6),
            ("transparency", 0.9, 1.1),
            ("star_count", 13.0, 600.0),
        ] {
            let values = column(name);
            eprintln!("{group} {name}: {values:?}");
            assert!(values.iter().all(|value| (least..=greatest).contains(value)), "{group} {name}: {values:?}");
        }
        let (x, y, turn) = (column("shift_x_px"), column("shift_y_px"), column("rotation_deg"));
        let last = x.len() - 1;
        let drift = (x[last] - x[0]).hypot(y[last] - y[0]);
        eprintln!("{group}: drift {drift:.2} px, turn {:.4} deg", turn[last] - turn[0]);
        if drift_px.is_finite() {
            test_sky::assert_close!(drift, drift_px, abs = 0.5, "drift from the first to the last frame of {group}");
        }
        test_sky::assert_close!((turn[last] - turn[0]).abs(), turn_deg, abs = 0.02, "turn of {group}");
        assert_eq!(read_verdicts(&path).expect("verdicts").len() as u64, frames);
    }
    skyledger(&["verify", RUN, "--root", &root.display().to_string()]).expect(0);
}

#[test]
fn a_changed_threshold_runs_cull_again_and_measures_nothing_anew() {
    let Some(data) = test_sky::real_data("a changed threshold of cull") else { return };
    let folder = TempDir::new().expect("a folder");
    let root = run(&data, &folder, &[]);
    let before = manifest(&root, "data/metrics", RUN);
    run(&data, &folder, &["--set", "cull.fixed.max_fwhm_px=0.9"]);
    let (measured, cull) = (manifest(&root, "data/metrics", RUN), manifest(&root, "data/selection", RUN));
    assert_eq!(measured["execution"]["reused"].as_array().map(Vec::len), Some(11), "every frame was measured before");
    assert_eq!(measured["units"], before["units"]);
    assert_eq!(cull["payload"]["kept_count"], 0, "no star is so small");
    assert_eq!(cull["payload"]["rejected_count"], 11);
}
