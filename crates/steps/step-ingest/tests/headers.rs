//! The header texts of ten programs against records that were written by hand from the texts themselves.

use std::path::{Path, PathBuf};

use products::RawFrameFacts;
use products::facts::{NightRule, ValueSource};
use sky_image::FrameKind;
use step_ingest::{IngestConfig, Unfit, record_of};

/// What a header says; `None`: it does not say it.
#[derive(Default)]
struct Expected {
    file: &'static str,
    kind: Option<FrameKind>,
    /// Kinds of the reasons why it is no raw frame.
    unfit: &'static [&'static str],
    exposure_s: Option<f64>,
    gain: Option<f64>,
    offset: Option<f64>,
    e_per_adu: Option<f64>,
    filter: Option<&'static str>,
    camera: Option<&'static str>,
    telescope: Option<&'static str>,
    target: Option<&'static str>,
    binning: Option<u64>,
    bayer: Option<&'static str>,
    set_temperature_c: Option<f64>,
    temperature_c: Option<f64>,
    pixel_size_um: Option<f64>,
    focal_length_mm: Option<f64>,
    site_deg: Option<(f64, f64)>,
    pointing_deg: Option<(f64, f64)>,
    start_utc: Option<&'static str>,
    night: Option<(&'static str, NightRule)>,
    software: Option<&'static str>,
}

fn table() -> Vec<Expected> {
    vec![
        Expected {
            file: "header_nina.hdr.txt",
            kind: Some(FrameKind::Light),
            exposure_s: Some(30.0),
            gain: Some(120.0),
            offset: Some(30.0),
            e_per_adu: Some(1.002_242_684_364_32),
            camera: Some("ZWO ASI294MC Pro"),
            target: Some("MarsM45"),
            binning: Some(1),
            bayer: Some("RGGB"),
            set_temperature_c: Some(-10.0),
            temperature_c: Some(-10.0),
            pixel_size_um: Some(4.63),
            start_utc: Some("2021-03-02T20:19:00.455"),
            night: Some(("2021-03-02", NightRule::DateLoc)),
            software: Some("N.I.N.A. 1.10.2.90"),
            ..Expected::default()
        },
        Expected {
            file: "header_apt.hdr.txt",
            kind: Some(FrameKind::Light),
            exposure_s: Some(240.0),
            gain: Some(120.0),
            e_per_adu: Some(1.002_242_684_364_32),
            camera: Some("ZWO ASI294MC Pro"),
            telescope: Some("EQMOD HEQ5/6"),
            target: Some("TEST"),
            binning: Some(1),
            set_temperature_c: Some(-15.0),
            pixel_size_um: Some(4.63),
            focal_length_mm: Some(400.0),
            site_deg: Some((51.05, 3.683_333_333)),
            pointing_deg: Some((23.75, 30.740_277_778)),
            start_utc: Some("2018-09-17T21:04:46"),
            night: Some(("2018-09-17", NightRule::Site)),
            software: Some("Astro Photography Tool - APT v.3.54.1"),
            ..Expected::default()
        },
        Expected {
            file: "header_dwarflab.hdr.txt",
            kind: Some(FrameKind::Light),
            exposure_s: Some(15.0),
            gain: Some(110.0),
            camera: Some("DWARFII"),
            telescope: Some("DWARFII"),
            binning: Some(2),
            bayer: Some("GBRG"),
            start_utc: Some("2023-06-10T21:38:19.442"),
            night: Some(("2023-06-10", NightRule::Configuration)),
            ..Expected::default()
        },
        Expected {
            file: "header_maximdl.hdr.txt",
            kind: Some(FrameKind::Light),
            unfit: &["calibrated"],
            exposure_s: Some(300.0),
            filter: Some("SII"),
            camera: Some("Apogee USB/Net"),
            telescope: Some("iTelescope 33"),
            target: Some("m17"),
            binning: Some(1),
            set_temperature_c: Some(-35.0),
            temperature_c: Some(-34.993_802_25),
            pixel_size_um: Some(7.4),
            focal_length_mm: Some(1425.0),
            site_deg: Some((-31.273_333_333, 149.064_444_444)),
            pointing_deg: Some((275.2005, -16.183)),
            start_utc: Some("2018-07-04T14:03:03"),
            night: Some(("2018-07-04", NightRule::Site)),
            software: Some("MaxIm DL Version 5.24 140126 0KJR5"),
            ..Expected::default()
        },
        Expected {
            file: "sgp_header.hdr.txt",
            kind: Some(FrameKind::Light),
            exposure_s: Some(30.0),
            gain: Some(120.0),
            offset: Some(30.0),
            e_per_adu: Some(3.990_000_009_536_74),
            filter: Some("HaOIII"),
            camera: Some("ZWO ASI294MC Pro"),
            telescope: Some("EQMOD ASCOM HEQ5/6"),
            target: Some("M57"),
            binning: Some(1),
            set_temperature_c: Some(-18.0),
            temperature_c: Some(-17.5),
            focal_length_mm: Some(1480.0),
            site_deg: Some((51.05, 3.716_666_667)),
            pointing_deg: Some((283.395_539_831, 33.034_062_5)),
            start_utc: Some("2020-05-30T00:22:49.097"),
            // 02:22 of the 30th in local time belongs to the evening of the 29th.
            night: Some(("2020-05-29", NightRule::DateLoc)),
            software: Some("Sequence Generator Pro v3.1.0.479"),
            ..Expected::default()
        },
        Expected {
            file: "header_seestar.hdr.txt",
            kind: Some(FrameKind::Light),
            unfit: &["stacked"],
            exposure_s: Some(10.0),
            gain: Some(80.0),
            filter: Some("IRCUT"),
            camera: Some("Seestar S50"),
            telescope: Some("S50_1623087d"),
            target: Some("NGC 6027A"),
            binning: Some(1),
            bayer: Some("GRBG"),
            temperature_c: Some(21.875),
            pixel_size_um: Some(2.900_000_095),
            focal_length_mm: Some(250.0),
            site_deg: Some((51.0, 3.6)),
            pointing_deg: Some((240.1125, 20.661_389)),
            start_utc: Some("2025-05-13T22:48:35.752"),
            night: Some(("2025-05-13", NightRule::Site)),
            software: Some("ZWO Seestar S50"),
            ..Expected::default()
        },
        Expected {
            file: "sharpcap_4_1_livestack.hdr.txt",
            kind: Some(FrameKind::Unknown),
            unfit: &["stacked"],
            exposure_s: Some(280.0),
            gain: Some(300.0),
            offset: Some(8.0),
            e_per_adu: Some(0.1226),
            camera: Some("ZWO ASI183MC Pro"),
            target: Some("Markarian"),
            binning: Some(1),
            set_temperature_c: Some(0.0),
            temperature_c: Some(-0.5),
            pixel_size_um: Some(2.4),
            focal_length_mm: Some(312.5),
            pointing_deg: Some((187.349_886_370, 12.892_571_600)),
            start_utc: Some("2025-03-19T22:51:59.385"),
            night: Some(("2025-03-19", NightRule::Configuration)),
            software: Some("SharpCap v4.1.12946.0, 64 bit"),
            ..Expected::default()
        },
        Expected {
            file: "header_app2.hdr.txt",
            kind: Some(FrameKind::MasterFlat),
            exposure_s: Some(1.28),
            gain: Some(120.0),
            filter: Some("HaOIII"),
            camera: Some("ZWO ASI294MC Pro"),
            bayer: Some("RGGB"),
            software: Some("Astro Pixel Processor by Aries Productions"),
            ..Expected::default()
        },
        Expected {
            file: "header_pixinsight.hdr.txt",
            kind: Some(FrameKind::Light),
            unfit: &["stacked"],
            exposure_s: Some(120.0),
            e_per_adu: Some(3.62),
            filter: Some("LP"),
            camera: Some("ZWO ASI183MC Pro"),
            telescope: Some("EQMOD ASCOM HEQ5/6"),
            target: Some("Abell 1185"),
            binning: Some(1),
            bayer: Some("RGGB"),
            pixel_size_um: Some(4.63),
            focal_length_mm: Some(769.378_92),
            site_deg: Some((51.05, 3.716_667)),
            pointing_deg: Some((167.642_578_163, 28.759_400_488)),
            start_utc: Some("2022-03-07T21:58:44.06"),
            night: Some(("2022-03-07", NightRule::Site)),
            ..Expected::default()
        },
        Expected {
            file: "xisf_masterdark_keywords.json",
            kind: Some(FrameKind::MasterDark),
            e_per_adu: Some(3.62),
            camera: Some("ZWO ASI183MC Pro"),
            target: Some("D183MC_WB5050"),
            binning: Some(1),
            site_deg: Some((51.05, 3.716_666_667)),
            start_utc: Some("2020-07-04T22:08:40.378"),
            night: Some(("2020-07-04", NightRule::Site)),
            ..Expected::default()
        },
    ]
}

/// The cards of a header text: lines without a keyword are the ends of longer ones and are left out.
fn cards(text: &str) -> Vec<String> {
    let is_card = |line: &&str| {
        line.get(8..9) == Some("=") || ["COMMENT", "HISTORY", "HIERARCH"].iter().any(|word| line.starts_with(word))
    };
    text.lines().filter(is_card).map(|line| line.chars().take(80).collect()).collect()
}

/// The keywords that PixInsight keeps of a file, as cards.
fn cards_of_json(text: &str) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(text).expect("keywords as JSON");
    let mut cards = Vec::new();
    for (keyword, entries) in json.as_object().expect("an object") {
        for entry in entries.as_array().expect("a list") {
            let (value, comment) = (entry["value"].as_str().unwrap_or(""), entry["comment"].as_str().unwrap_or(""));
            let card = match keyword.as_str() {
                "HISTORY" | "COMMENT" => format!("{keyword:<8}{comment}"),
                _ => format!("{keyword:<8}= '{value:<8}' / {comment}"),
            };
            cards.push(card.chars().take(80).collect());
        }
    }
    cards
}

/// A FITS file of those cards, without its pixels.
fn write_file(folder: &Path, name: &str, cards: &[String]) -> PathBuf {
    let has_structure = cards.first().is_some_and(|card| card.starts_with("SIMPLE"));
    let structure =
        ["SIMPLE  =                    T", "BITPIX  =                  -32", "NAXIS   =                    2"];
    let axes = ["NAXIS1  =                   10", "NAXIS2  =                   10"];
    let mut bytes = Vec::new();
    let begin: Vec<&str> = if has_structure { Vec::new() } else { structure.into_iter().chain(axes).collect() };
    for card in begin.into_iter().chain(cards.iter().map(String::as_str)).chain(["END"]) {
        bytes.extend_from_slice(format!("{card:<80}").as_bytes());
    }
    bytes.resize(bytes.len().next_multiple_of(2880), b' ');
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

/// The differences between a record and what its header says.
fn differences(facts: &RawFrameFacts, unfit: &[Unfit], expected: &Expected) -> Vec<String> {
    let (exposure, camera) = (facts.exposure.clone().unwrap_or_default(), facts.camera.clone().unwrap_or_default());
    let time = facts.time.clone().unwrap_or_default();
    let mut found = Vec::new();
    let mut text = |name: &str, own: Option<&str>, wanted: Option<&str>| {
        if own != wanted {
            found.push(format!("{name}: {own:?}, expected {wanted:?}"));
        }
    };
    text("filter", exposure.filter.as_deref(), expected.filter);
    text("camera", camera.name.as_deref(), expected.camera);
    text("telescope", exposure.telescope.as_deref(), expected.telescope);
    text("target", exposure.target.as_deref(), expected.target);
    text("bayer", camera.bayer.map(|bayer| bayer.pattern.name()), expected.bayer);
    text("start", time.start_utc.as_deref().map(|start| start.trim_end_matches(".000")), expected.start_utc);
    text("night", time.night.as_deref(), expected.night.map(|(night, _)| night));
    text("software", exposure.software.as_deref(), expected.software);
    let kinds: Vec<&str> = unfit.iter().filter(|sign| **sign != Unfit::Short).map(Unfit::kind).collect();
    let mut first: Vec<&str> = kinds;
    first.truncate(1);
    if first != expected.unfit {
        found.push(format!("no raw frame for {first:?}, expected {:?}", expected.unfit));
    }
    let mut number = |name: &str, own: Option<f64>, wanted: Option<f64>| {
        let same = match (own, wanted) {
            (Some(own), Some(wanted)) => (own - wanted).abs() <= 1e-8 * wanted.abs().max(1.0),
            (own, wanted) => own == wanted,
        };
        if !same {
            found.push(format!("{name}: {own:?}, expected {wanted:?}"));
        }
    };
    number("exposure", exposure.exposure_s, expected.exposure_s);
    number("gain", camera.gain_setting, expected.gain);
    number("offset", camera.offset_setting, expected.offset);
    number("e/ADU", camera.gain_e_per_adu, expected.e_per_adu);
    number("binning", camera.binning_x.map(|b| b as f64), expected.binning.map(|b| b as f64));
    number("binning", camera.binning_y.map(|b| b as f64), expected.binning.map(|b| b as f64));
    number("set temperature", camera.set_temperature_c, expected.set_temperature_c);
    number("temperature", camera.temperature_c, expected.temperature_c);
    number("pixel size", camera.pixel_size_um, expected.pixel_size_um);
    number("focal length", exposure.focal_length_mm, expected.focal_length_mm);
    number("latitude", exposure.site_latitude_deg, expected.site_deg.map(|site| site.0));
    number("longitude", exposure.site_longitude_deg, expected.site_deg.map(|site| site.1));
    number("pointing ra", exposure.pointing_ra_deg, expected.pointing_deg.map(|place| place.0));
    number("pointing dec", exposure.pointing_dec_deg, expected.pointing_deg.map(|place| place.1));
    if facts.kind != expected.kind {
        found.push(format!("kind {:?}, expected {:?}", facts.kind, expected.kind));
    }
    if expected.night.is_some() && time.night_rule != expected.night.map(|(_, rule)| rule) {
        found.push(format!("night by {:?}, expected {:?}", time.night_rule, expected.night));
    }
    found
}

#[test]
fn headers_of_ten_programs_give_the_records_that_were_written_by_hand() {
    let Some(data) = test_sky::real_data("headers of ten programs") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    let table = table();
    for expected in &table {
        let text = std::fs::read(data.join("c_camera/headers").join(expected.file)).expect("a header text");
        let text = String::from_utf8_lossy(&text).into_owned();
        let cards = if expected.file.ends_with(".json") { cards_of_json(&text) } else { cards(&text) };
        let path = write_file(folder.path(), "file.fits", &cards);
        let record = record_of(&path, "file.fits", "fits", &IngestConfig::default()).expect("a header");
        let found = differences(&record.facts, &record.unfit, expected);
        wrong.extend(found.into_iter().map(|found| format!("{}: {found}", expected.file)));
    }
    assert_eq!(table.len(), 10);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_in_a_header_says_where_it_came_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let cards = ["INSTRUME= 'DWARF3  '", "BAYERPAT= 'RGGB    '"].map(str::to_owned);
    let path = write_file(folder.path(), "a.fits", &cards);
    let relative = "M 42/M 42_15s60_Astro_20250413-193110677_27C.fits";
    let config = IngestConfig { utc_offset_hours: 2.0, ..IngestConfig::default() };
    let record = record_of(&path, relative, "fits", &config).expect("a header");
    let (exposure, camera) = (record.facts.exposure.expect("facts"), record.facts.camera.expect("facts"));
    assert_eq!((exposure.exposure_s, camera.gain_setting), (Some(15.0), Some(60.0)));
    for member in ["exposure_s", "filter", "target"] {
        assert_eq!(exposure.sources.get(member), Some(&ValueSource::Path), "{member}");
    }
    assert_eq!(exposure.sources.get("kind"), Some(&ValueSource::Default), "a DWARF writes no type");
    assert_eq!(camera.sources.get("row_order"), Some(&ValueSource::Configuration));
    let time = record.facts.time.expect("facts");
    assert_eq!(time.start_utc.as_deref(), Some("2025-04-13T17:31:10.677"), "19:31 in a zone two hours east");
    assert_eq!(time.sources.get("start_utc"), Some(&ValueSource::Path));
    assert_eq!(time.night.as_deref(), Some("2025-04-13"));
}
