//! The step on a small night with a cloud, bad focus, a black frame and one of another field.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::Array2;
use products::selection_set::{FrameVerdict, read_verdicts};
use products::{SelectionSet, SelectionSetFacts};
use sky_coords::PixelPos;
use sky_fits::{PixelData, write_image};
use sky_image::{CardValue, Header};
use step_cull::Cull;
use step_harness::testing::{InProcess, RunResult};
use step_ingest::Ingest;
use step_measure::Measure;

const SIDE: usize = 400;

/// One frame: its drift, the share of light that comes through, its FWHM.
struct Frame {
    shift_px: f64,
    light: f64,
    fwhm_px: f64,
}

const GOOD: Frame = Frame { shift_px: 0.0, light: 1.0, fwhm_px: 3.0 };

/// Places and fluxes of forty stars, from a seed.
fn stars(seed: u64) -> Vec<(PixelPos, f64)> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 16_777_216.0
    };
    (0..40)
        .map(|_| (PixelPos::new(25.0 + 350.0 * next(), 25.0 + 350.0 * next()), 8_000.0 + 40_000.0 * next()))
        .collect()
}

fn write(path: &Path, frame: &Frame, field: u64, minute: usize) {
    let mut pixels = test_sky::white_noise(SIDE, SIDE, 8.0, minute as u64 + 1);
    pixels.mapv_inplace(|value| value + 700.0);
    for (place, flux) in stars(field) {
        let place = PixelPos::new(place.x_px + frame.shift_px, place.y_px - frame.shift_px);
        pixels += &test_sky::gaussian_star(SIDE, SIDE, place, frame.fwhm_px, frame.light * flux);
    }
    write_pixels(path, &pixels, minute);
}

fn write_pixels(path: &Path, pixels: &Array2<f32>, minute: usize) {
    let mut header = Header::new();
    for (keyword, value) in [("IMAGETYP", "LIGHT"), ("OBJECT", "M 1"), ("FILTER", "L"), ("INSTRUME", "Test Camera")] {
        header.push(keyword, CardValue::Text(value.to_owned()), "");
    }
    header.push("EXPTIME", CardValue::Real(30.0), "");
    header.push("DATE-OBS", CardValue::Text(format!("2024-01-02T20:{minute:02}:00")), "");
    let stored = pixels.mapv(|value| value.round().clamp(0.0, 65_535.0) as u16);
    let mut file = std::fs::File::create(path).expect("a file");
    write_image(&mut file, &header, PixelData::U16(&stored)).expect("written");
}

/// Eight good frames with a drift of half a pixel a frame.
fn good_night(raw: &Path) {
    std::fs::create_dir_all(raw).expect("a folder");
    for at in 0..8 {
        write(&raw.join(format!("f{at:02}.fits")), &Frame { shift_px: 0.5 * at as f64, ..GOOD }, 5, at);
    }
}

fn cull(folder: &Path, config: &str) -> RunResult<SelectionSet> {
    let (nights, metrics) = (folder.join("nights"), folder.join("metrics"));
    InProcess::<Ingest>::new(&nights).input("raw", folder.join("raw")).run();
    InProcess::<Measure>::new(&metrics).read("frames", &nights).run();
    InProcess::<Cull>::new(folder.join("selection")).config_toml(config).read("frames", &metrics).run()
}

fn verdicts(folder: &Path) -> BTreeMap<String, FrameVerdict> {
    let path = folder.join("selection/M_1_L_30s_frames.csv");
    let rows = read_verdicts(&path).expect("a table of frames");
    rows.into_iter().map(|row| (row.unit.clone(), row)).collect()
}

fn rules(verdict: &FrameVerdict) -> Vec<&str> {
    verdict.selection.reasons.iter().map(|reason| reason.rule.as_str()).collect()
}

fn facts(result: &RunResult<SelectionSet>) -> &SelectionSetFacts {
    result.manifest.units[0].facts.as_ref().expect("the group is done")
}

#[test]
fn a_cloud_bad_focus_a_black_frame_and_another_field_are_left_out_with_their_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("raw");
    good_night(&raw);
    write(&raw.join("g_cloud.fits"), &Frame { light: 0.6, ..GOOD }, 5, 10);
    write(&raw.join("g_focus.fits"), &Frame { fwhm_px: 6.0, ..GOOD }, 5, 11);
    write(&raw.join("g_other.fits"), &GOOD, 77, 12);
    write_pixels(&raw.join("g_black.fits"), &Array2::zeros((SIDE, SIDE)), 13);
    let result = cull(folder.path(), "");
    assert_eq!(result.exit, 0);
    let (facts, verdicts) = (facts(&result), verdicts(folder.path()));
    assert_eq!(
        (facts.offered_count, facts.kept_count, facts.rejected_count),
        (12, 8, 4),
        "{:?}",
        facts.rejected_by_rule
    );
    assert!(rules(&verdicts["g_cloud"]).contains(&"transparency"), "{:?}", verdicts["g_cloud"]);
    test_sky::assert_close!(verdicts["g_cloud"].transparency, 0.6, abs = 0.03, "the cloud takes 40 percent");
    assert!(rules(&verdicts["g_focus"]).contains(&"fwhm_px"), "{:?}", verdicts["g_focus"]);
    assert_eq!(rules(&verdicts["g_other"]), ["unmatched"]);
    assert_eq!(rules(&verdicts["g_black"]), ["black"]);
    assert!(facts.reference.as_deref().is_some_and(|unit| unit.starts_with('f')), "{:?}", facts.reference);
    assert_eq!((facts.group.as_deref(), facts.root.as_deref()), (Some("M_1"), Some("M_1")));
}

#[test]
fn a_good_night_is_kept_whole_and_a_threshold_of_its_rig_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    good_night(&folder.path().join("raw"));
    let result = cull(folder.path(), "");
    assert_eq!(facts(&result).kept_count, 8, "{:?}", facts(&result).rejected_by_rule);
    let strip = std::fs::read_to_string(folder.path().join("selection/M_1_L_30s_strip.svg")).expect("a picture");
    assert!(strip.contains("8 of 8 frames kept"));
    // Of a FWHM of 3 px NINA's HFR is 1.6 px.
    let config = "[[rigs]]\nrig = \"test camera\"\nlimits = { max_hfr_nina_px = 1.2 }\n";
    let result = InProcess::<Cull>::new(folder.path().join("again"))
        .config_toml(config)
        .read("frames", folder.path().join("metrics"))
        .run();
    let of_rig = facts(&result);
    assert_eq!(of_rig.rejected_by_rule.get("hfr_nina_px"), Some(&8));
    assert_eq!(of_rig.reference, None, "no frame is left to be laid on");
}
