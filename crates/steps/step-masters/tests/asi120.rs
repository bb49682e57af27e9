//! Masters of the real calibration frames of a ZWO ASI120MC-S, held against the plain means of the same frames that the data's README
//! has. The frames say no type; what an ingest would say of them is told here.
#![allow(clippy::print_stderr, reason = "a test on real data prints what it measured")]

use std::path::{Path, PathBuf};

use products::{MasterCalibrationFacts, MasterCalibrationSet};
use sky_fits::ImageReader;
use step_contract::Manifest;
use step_harness::sum_of_file;
use step_harness::testing::InProcess;
use step_masters::Masters;

/// Kind, exposure and group that the name of a file says.
fn told(name: &str) -> (&'static str, f64, String) {
    let exposure = |text: &str| text.split('_').find_map(|word| word.strip_suffix("sec")?.parse::<f64>().ok());
    if name.starts_with("Bias") {
        ("bias", 6.4e-5, "bias".to_owned())
    } else if name.starts_with("Flat") {
        ("flat", 0.5, "flat".to_owned())
    } else {
        let seconds = exposure(name).expect("the exposure stands in the name");
        ("dark", seconds, format!("dark_{seconds}s"))
    }
}

/// Writes a raw-frame-set of the folder's files.
fn write_manifest(folder: &Path, place: &Path) -> PathBuf {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the frames")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let units: Vec<serde_json::Value> = names
        .iter()
        .map(|name| {
            let (kind, exposure_s, group) = told(name);
            let written = sum_of_file(&folder.join(name)).expect("the file can be read");
            let bayer = serde_json::json!({"pattern": "GRBG", "phase_x": 0, "phase_y": 0, "row_order": "top_down"});
            serde_json::json!({
                "unit": name.trim_end_matches(".fit.gz"),
                "status": "done",
                "key": "0".repeat(64),
                "files": {"raw": {
                    "path": format!("input:asi/{name}"), "bytes": written.bytes, "sha256": written.sha256
                }},
                "facts": {
                    "format": "fit", "width_px": 1280, "height_px": 960, "group": group, "kind": kind,
                    "exposure": {"exposure_s": exposure_s},
                    "camera": {
                        "name": "ZWO ASI120MC-S", "gain_setting": 0.0, "offset_setting": 9.0, "binning_x": 1,
                        "binning_y": 1, "temperature_c": 25.5, "bayer": bayer
                    }
                },
                "warnings": []
            })
        })
        .collect();
    let count = units.len();
    let manifest = serde_json::json!({
        "product": {"name": "raw-frame-set", "version": 2}, "run_id": "run-20261121_013000", "step": "ingest",
        "label": "ingest", "build": "0.1.0+1a2b3c4d5e6f", "engine": {"name": "native", "version": "0.1.0"},
        "config": {}, "reads": [], "units": units, "payload": {"units_done": count},
        "execution": {"inputs": {"asi": folder}}
    });
    let path = place.join("manifest.json");
    std::fs::create_dir_all(place).expect("a folder");
    std::fs::write(&path, manifest.to_string()).expect("the test's folder can be written");
    path
}

fn facts<'a>(manifest: &'a Manifest<MasterCalibrationSet>, unit: &str) -> &'a MasterCalibrationFacts {
    let found = manifest.units.iter().find(|found| found.unit == unit).expect("a unit");
    found.facts.as_ref().unwrap_or_else(|| panic!("{unit} is {:?}: {:?}", found.status, found.reason))
}

#[test]
fn real_frames_give_the_levels_of_their_plain_means() {
    let Some(data) = test_sky::real_data("masters of the ASI120") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let raw = write_manifest(&data.join("l_calibration/asi120"), &folder.path().join("raw"));
    let run = || InProcess::<Masters>::new(folder.path().join("masters")).read("frames", &raw).read("bases", &raw);
    let result = run().run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units);
    let pixels = |unit: &str| {
        let found = result.manifest.units.iter().find(|found| found.unit == unit).expect("a unit");
        let files = found.files.as_ref().expect("files");
        let path = folder.path().join("masters").join(&files.master.path);
        ImageReader::open(&path).and_then(|reader| reader.read()).expect("a master").pixels
    };
    let bias = pixels("bias");
    let mean = bias.iter().map(|value| f64::from(*value)).sum::<f64>() / bias.len() as f64;
    test_sky::assert_close!(mean, 2300.25, abs = 0.5, "mean of the bias");
    let noise = facts(&result.manifest, "bias").master.member_noise_adu.expect("five frames");
    test_sky::assert_close!(noise, 27.97, abs = 1.0, "read noise");
    for (unit, expected) in [("dark_0.1s", -3.2), ("dark_10s", 73.6), ("dark_50s", 362.7), ("dark_100s", 726.4)] {
        let dark = pixels(unit);
        let mut current: Vec<f32> = dark.iter().zip(&bias).map(|(dark, bias)| dark - bias).collect();
        let middle = f64::from(sky_stats::median_f32(&mut current).expect("pixels"));
        eprintln!("{unit}: median {middle:.1} ADU over the bias, {expected} expected");
        test_sky::assert_close!(middle, expected, abs = 3.0, "{unit}");
    }
    let glow = facts(&result.manifest, "dark_100s").master.glow.expect("an image");
    eprintln!("100 s: {glow:?}, {:?} hot pixels", facts(&result.manifest, "dark_100s").master.hot_pixel_count);
    assert!(!glow.is_clamped, "the level of this camera rises with the exposure");
    assert!(glow.has_glow, "two corners glow at 100 s: {glow:?}");
    let flat = &facts(&result.manifest, "flat").master;
    assert_eq!(flat.subtracted.as_deref(), Some("bias"));
    assert_eq!(flat.flat_levels_adu.len(), 3, "red, green, blue");
    eprintln!("flat: levels {:?}, noise {:.1} ADU", flat.flat_levels_adu, flat.noise_adu);
    let again = run().run();
    assert_eq!(again.identity, result.identity, "the same frames give the same masters");
    assert_eq!(again.manifest.execution.reused.len(), 6, "made once");
}

#[test]
fn three_frames_make_no_master_where_four_are_asked_for() {
    let Some(data) = test_sky::real_data("darks of three frames") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let raw = write_manifest(&data.join("l_calibration/asi120"), &folder.path().join("raw"));
    let run = InProcess::<Masters>::new(folder.path().join("masters"))
        .read("frames", &raw)
        .read("bases", &raw)
        .set("least_frames", 4);
    let manifest = run.run().manifest;
    let dark = manifest.units.iter().find(|unit| unit.unit == "dark_10s").expect("a unit");
    assert_eq!(dark.reason.as_ref().map(|reason| reason.kind.as_str()), Some("too_few_members"));
}
