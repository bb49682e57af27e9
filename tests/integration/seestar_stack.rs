//! The real Seestar folders through `stack.toml`, without calibration frames; beside it what Siril makes of the same frames
//! (`n_night/siril_stack_real.json`).
#![allow(clippy::print_stderr, reason = "the measured numbers are printed")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use sky_fits::{ImageOptions, ImageReader, read_header};
use tempfile::TempDir;

use crate::command::{manifest, only_file, skyledger};

const RUN: &str = "run-20250327_013000";
const FOLDERS: [&str; 2] = ["seestar_M94_night1", "seestar_NGC7023"];

/// Where pictures are left for people, if `SKYLEDGER_PICTURES` names a folder.
fn keep_picture(path: &Path) {
    if let Some(folder) = std::env::var_os("SKYLEDGER_PICTURES").map(PathBuf::from) {
        let name = path.file_name().expect("a file");
        std::fs::copy(path, folder.join(name)).expect("the folder of pictures can be written");
    }
}

/// Scatter of the means of 8 x 8 pixels, from the differences of neighbours: gradients do not enter.
fn scatter_of_bins(image: &ndarray::Array2<f32>) -> f64 {
    let (height, width) = image.dim();
    let mut differences = Vec::new();
    for y in (80..height - 88).step_by(8) {
        let mean = |x: usize| {
            let sum: f64 = (0..64).map(|i| f64::from(image[(y + i / 8, x + i % 8)])).sum();
            sum / 64.0
        };
        for x in (80..width - 96).step_by(16) {
            differences.push((mean(x) - mean(x + 8)).abs());
        }
    }
    differences.retain(|difference| difference.is_finite());
    differences.sort_by(f64::total_cmp);
    1.4826 * differences[differences.len() / 2] / std::f64::consts::SQRT_2
}

fn stacked(root: &Path, group: &str) -> (Value, PathBuf) {
    let stacks = manifest(root, "data/stacks", RUN);
    let unit = stacks["units"].as_array().expect("units").iter().find(|unit| unit["unit"] == group).expect("the stack");
    assert_eq!(unit["status"], "done", "{unit}");
    (unit["facts"].clone(), only_file(root, "data/stacks", RUN, &format!("{group}.fit")))
}

fn run(root: &Path, raw: &Path) {
    let (shown, raw) = (root.display().to_string(), format!("raw={}", raw.display()));
    let mut words = vec!["run", "stack", "--root", &shown, "--run-id", RUN, "--input", &raw];
    words.extend(["--set", "calibrate.dark=\"none\"", "--set", "calibrate.flat=\"none\""]);
    skyledger(&words).expect(0);
}

#[test]
fn two_real_folders_become_two_stacks() {
    let Some(data) = test_sky::real_data("Seestar folders through stack.toml") else { return };
    let siril: Value = serde_json::from_slice(
        &std::fs::read(data.join("n_night/siril_stack_real.json")).expect("what Siril makes of them"),
    )
    .expect("JSON");
    let folder = TempDir::new().expect("a folder");
    let (root, raw) = (folder.path().join("root"), folder.path().join("raw"));
    std::fs::create_dir(&raw).expect("a folder");
    for name in FOLDERS {
        std::os::unix::fs::symlink(data.join("c_camera").join(name), raw.join(name)).expect("a link");
    }
    run(&root, &raw);
    let registered = manifest(&root, "data/registered", RUN);
    for unit in registered["units"].as_array().expect("units") {
        let registration = &unit["facts"]["registration"];
        eprintln!(
            "{}: {} stars, residual {} px, {}",
            unit["unit"], registration["matched_stars"], registration["residual_px"], registration["model"]
        );
        if let Some(residual) = registration["residual_px"].as_f64() {
            // Seen: 0.21 to 0.35, faint stars among the pairs; sharp bright stars alone would have 0.15 (astroalign).
            assert!(residual <= 0.40, "{unit}");
        }
    }
    for (group, frames, key, least_gain) in
        [("M_94_IRCUT_10s", 8_usize, "m94", 2.4), ("NGC_7023_IRCUT_10s", 3, "n7023", 1.45)]
    {
        let (facts, image) = stacked(&root, group);
        assert_eq!(facts["stack"]["members"].as_array().map(Vec::len), Some(frames), "{}", facts["stack"]);
        assert_eq!(facts["planes"], 3);
        eprintln!("{group}: rejection {}", facts["stack"]["rejection"]);
        let header = &read_header(&image).expect("a header")[0].header;
        assert_eq!(header.integer("STACKCNT"), Some(frames as i64));
        assert_eq!(header.number("LIVETIME"), Some(10.0 * frames as f64));
        assert!(header.get("BAYERPAT").is_none() && header.text("ROWORDER").is_some());
        let one = registered["units"]
            .as_array()
            .expect("units")
            .iter()
            .find(|unit| unit["facts"]["group"] == group && unit["facts"]["registration"]["model"] == "identity");
        let one = one.expect("the reference")["unit"].as_str().expect("an id").to_owned();
        let written = single_frame(&data, &one);
        for (plane, channel) in ["R", "G", "B"].into_iter().enumerate() {
            let options = ImageOptions { plane: Some(plane), ..ImageOptions::default() };
            let stack = ImageReader::open_with(&image, &options).and_then(|reader| reader.read()).expect("a stack");
            let gain = scatter_of_bins(&written[plane]) / scatter_of_bins(&stack.pixels);
            let entry = siril[key].as_array().expect("channels").iter().find(|entry| entry["ch"] == channel);
            let entry = entry.expect("the channel");
            eprintln!(
                "{group} {channel}: noise gain {gain:.2}; Siril's {} of {} by its own measure",
                entry["gain_n8"].as_f64().unwrap_or(f64::NAN),
                entry["ideal"]
            );
            assert!(gain > least_gain, "{group} {channel}: {gain}");
        }
        keep_picture(&image.with_extension("png"));
        keep_picture(&image.with_file_name(format!("{group}_rejection.png")));
    }
    let calibrated = manifest(&root, "data/calibrated", RUN);
    let policies = calibrated["units"].as_array().expect("units").iter();
    assert!(policies.into_iter().all(|unit| unit["facts"]["calibration"]["policy"] == "none"));
    assert!(!calibrated["payload"]["missing_calibrations"].as_array().expect("what to shoot").is_empty());
    skyledger(&["verify", RUN, "--root", &root.display().to_string()]).expect(0);
}

/// The planes of one camera file, debayered as the stack's frames are.
fn single_frame(data: &Path, unit: &str) -> Vec<ndarray::Array2<f32>> {
    use sky_camera::frame::{Debayer, FrameHow, FrameParts, FrameReader, Want};
    let stem = unit.rsplit_once('.').map_or(unit, |(stem, tail)| if tail.len() == 8 { stem } else { unit });
    let found = FOLDERS.iter().find_map(|folder| {
        let path = data.join("c_camera").join(folder).join(format!("{stem}.fit.gz"));
        path.is_file().then_some(path)
    });
    let reader = ImageReader::open(&found.unwrap_or_else(|| panic!("the file of {unit}"))).expect("a frame");
    let (height, width) = reader.shape();
    let how = FrameHow { pattern: Some(sky_image::BayerPattern::Grbg), ..FrameHow::PLAIN };
    let frame = FrameReader::new(FrameParts::of(reader), how).expect("no masters");
    let read = frame.read(0..height, 0..width, Want::Planes(Debayer::Rcd)).expect("pixels");
    let planes = read.planes.into_iter();
    planes.map(|plane| ndarray::Array2::from_shape_vec((height, width), plane).expect("its size")).collect()
}
