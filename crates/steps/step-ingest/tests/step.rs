//! The step on real and on made files.

use std::collections::BTreeMap;
use std::path::Path;

use products::RawFrameSet;
use sky_image::FrameKind;
use step_contract::{Status, Unit};
use step_harness::testing::InProcess;
use step_ingest::Ingest;

/// A frame of 16-bit values from a small generator, with these cards.
fn write_frame(path: &Path, seed: u32, cards: &[&str]) {
    let mut bytes = Vec::new();
    let structure = [
        "SIMPLE  =                    T",
        "BITPIX  =                   16",
        "NAXIS   =                    2",
        "NAXIS1  =                   60",
        "NAXIS2  =                   40",
        "BZERO   =                32768",
        "BSCALE  =                    1",
    ];
    for card in structure.iter().chain(cards).chain(&["END"]) {
        bytes.extend_from_slice(format!("{card:<80}").as_bytes());
    }
    bytes.resize(bytes.len().next_multiple_of(2880), b' ');
    let mut state = seed;
    for _ in 0..60 * 40 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes.extend_from_slice(&((state >> 24) as i16 - 32_000).to_be_bytes());
    }
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    std::fs::write(path, bytes).expect("written");
}

fn units(folder: &Path, raw: &Path) -> (u8, BTreeMap<String, Unit<RawFrameSet>>) {
    let result = InProcess::<Ingest>::new(folder.join("nights")).input("raw", raw).run();
    (result.exit, result.manifest.units.into_iter().map(|unit| (unit.unit.clone(), unit)).collect())
}

const LIGHT: [&str; 4] =
    ["IMAGETYP= 'LIGHT   '", "EXPTIME =                 10.0", "OBJECT  = 'M 1     '", "FILTER  = 'L       '"];

#[test]
fn the_same_pixels_under_two_names_are_one_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("raw");
    std::fs::create_dir(&raw).expect("a folder");
    write_frame(&raw.join("a.fits"), 1, &LIGHT);
    write_frame(&raw.join("b.fits"), 2, &LIGHT);
    // Another header, the same pixels.
    write_frame(&raw.join("c.fits"), 1, &["IMAGETYP= 'LIGHT   '", "OBJECT  = 'M 2     '"]);
    let (exit, units) = units(folder.path(), &raw);
    assert_eq!(exit, 0);
    assert_eq!((units["a"].status, units["b"].status), (Status::Done, Status::Done));
    let reason = units["c"].reason.as_ref().expect("a reason");
    assert_eq!((units["c"].status, reason.kind.as_str()), (Status::NoWork, "same_pixels"));
    assert!(reason.message.contains("pixels as a,"), "{}", reason.message);
}

#[test]
fn an_unknown_kind_is_listed_and_a_cut_file_keeps_its_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("raw");
    std::fs::create_dir(&raw).expect("a folder");
    write_frame(&raw.join("a.fits"), 1, &LIGHT);
    write_frame(&raw.join("b.fits"), 2, &["IMAGETYP= 'Tricolor Image'"]);
    write_frame(&raw.join("c.fits"), 3, &LIGHT);
    let bytes = std::fs::read(raw.join("c.fits")).expect("read");
    std::fs::write(raw.join("c.fits"), &bytes[..4000]).expect("cut");
    let (exit, units) = units(folder.path(), &raw);
    assert_eq!(exit, 3, "one unit failed");
    let unknown = units["b"].facts.as_ref().expect("facts");
    assert_eq!((unknown.kind, unknown.group.as_deref()), (Some(FrameKind::Unknown), None));
    assert_eq!(units["b"].warnings[0].kind, "unknown_kind");
    assert_eq!(units["c"].reason.as_ref().expect("a reason").kind, "truncated");
    assert_eq!(units["c"].group(), units["a"].group(), "the stack counts it as missing");
    assert_eq!(units["a"].group(), Some("M_1_L_10s"));
}

#[test]
fn a_session_log_fills_what_headers_lack() {
    let folder = tempfile::tempdir().expect("a folder");
    let raw = folder.path().join("raw");
    std::fs::create_dir(&raw).expect("a folder");
    write_frame(&raw.join("a.fits"), 1, &["IMAGETYP= 'LIGHT   '"]);
    std::fs::write(raw.join("shotsInfo.json"), r#"{"exp": "15", "gain": 60, "ir": "Astro", "target": "M 42"}"#)
        .expect("a log");
    let (exit, units) = units(folder.path(), &raw);
    assert_eq!(exit, 0);
    assert_eq!(units["a"].group(), Some("M_42_Astro_15s"));
    assert_eq!(units["shotsInfo"].reason.as_ref().expect("a reason").kind, "session_log");
}

#[test]
fn real_folders_and_odd_frames_are_what_they_are() {
    let Some(data) = test_sky::real_data("ingest of camera files") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (_, units) = units(folder.path(), &data.join("c_camera"));
    let of_group = |group: &str| units.values().filter(|unit| unit.group() == Some(group)).count();
    assert_eq!(of_group("M_94_IRCUT_10s"), 8);
    assert_eq!(of_group("NGC_7023_IRCUT_10s"), 3);
    let find = |name: &str| {
        let mut found = units.iter().filter(|(id, _)| id.starts_with(name));
        let unit = found.next().unwrap_or_else(|| panic!("no unit {name}")).1;
        assert!(found.next().is_none(), "one unit {name}");
        unit
    };
    for (name, reason) in [
        ("M13_blue_0001", "calibrated"),
        ("M13_blue_0002", "calibrated"),
        ("M13_blue_0003", "calibrated"),
        ("aligned_eso085-030-004", "resampled"),
        ("Kocab_asi6200", "eight_bit"),
        ("hotpixels_dark", "eight_bit"),
        ("16bit-mono-M34", "wrapped"),
        ("ngc4535-autofocus1", "processed"),
    ] {
        let unit = find(name);
        let kind = unit.reason.as_ref().map(|reason| reason.kind.as_str());
        assert_eq!((unit.status, kind), (Status::NoWork, Some(reason)), "{name}");
    }
    let saao = find("saao_a8280271").facts.as_ref().expect("a raw frame").clone();
    let camera = saao.camera.expect("facts");
    assert_eq!((camera.gain_setting, camera.gain_e_per_adu), (None, Some(1.9)), "its GAIN is e-/ADU");
}

#[test]
fn calibration_frames_without_a_type_have_the_kind_of_their_names() {
    let Some(data) = test_sky::real_data("ingest of calibration frames") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (exit, units) = units(folder.path(), &data.join("l_calibration"));
    assert_eq!(exit, 0);
    let count = |kind: FrameKind| {
        units.values().filter(|unit| unit.facts.as_ref().and_then(|facts| facts.kind) == Some(kind)).count()
    };
    assert_eq!([FrameKind::Bias, FrameKind::Dark, FrameKind::Flat, FrameKind::Unknown].map(count), [5, 12, 5, 0]);
    let bias = units.values().find(|unit| unit.unit.starts_with("Bias")).expect("a bias frame");
    let facts = bias.facts.as_ref().expect("facts");
    assert_eq!(facts.exposure.as_ref().and_then(|exposure| exposure.exposure_s), Some(6.4e-5), "with a decimal comma");
    assert_eq!(facts.camera.as_ref().and_then(|camera| camera.gain_setting), Some(0.0), "0 is a gain");
}
