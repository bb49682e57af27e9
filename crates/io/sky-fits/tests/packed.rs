//! Compressed images as fpack makes them.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use std::process::Command;

use ndarray::Array2;
use sky_fits::{FitsErrorKind, ImageReader, PixelData, RawPixels, write_image};
use sky_image::{CardValue, Header};

fn noisy(height: usize, width: usize) -> Array2<i16> {
    Array2::from_shape_fn((height, width), |(y, x)| ((y * 7919 + x * 104_729) % 613) as i16)
}

#[test]
fn every_compression_of_fpack_is_read() {
    let Some(fpack) = test_sky::tool("fpack") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (pixels, plain) = (noisy(97, 131), folder.path().join("plain.fits"));
    let mut header = Header::new();
    header.push("OBJECT", CardValue::Text("M 51".into()), "");
    let mut file = std::fs::File::create(&plain).expect("a file");
    write_image(&mut file, &header, PixelData::I16(&pixels)).expect("an image");
    let mut compared = 0;
    for (option, name) in [("-r", "RICE"), ("-g1", "GZIP 1"), ("-g2", "GZIP 2"), ("-h", "HCOMPRESS"), ("-p", "PLIO")] {
        let packed = folder.path().join(format!("packed{option}.fits.fz"));
        let done = Command::new(&fpack).args([option, "-O"]).arg(&packed).arg(&plain).output().expect("fpack runs");
        assert!(done.status.success(), "fpack {name}: {}", String::from_utf8_lossy(&done.stdout));
        let raw = ImageReader::open(&packed)
            .and_then(|reader| reader.read_raw())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(raw.pixels, RawPixels::I16(pixels.clone()), "{name}: pixels in their own type");
        assert_eq!(raw.header.text("OBJECT"), Some("M 51"), "{name}: cards of the image");
        assert_eq!(
            (raw.header.integer("NAXIS1"), raw.header.get("ZIMAGE")),
            (Some(131), None),
            "{name}: axes of the image"
        );
        compared += pixels.len();
        // fpack writes DATASUM: a changed byte of the data is seen whatever the compression.
        let mut bytes = std::fs::read(&packed).expect("a file");
        let last = bytes.iter().rposition(|byte| *byte != 0).expect("data");
        bytes[last] ^= 1;
        let error = sky_fits::ImageReader::open_bytes(&bytes, &sky_fits::ImageOptions::default())
            .and_then(|reader| reader.read())
            .expect_err("a flipped bit");
        assert!(matches!(error.kind, FitsErrorKind::Checksum { .. }), "{name}: {error}");
    }
    eprintln!("compared {compared} pixels in 5 compressions");
}

#[test]
fn plates_and_camera_frames_survive_being_written_again() {
    let Some(data) = test_sky::real_data("sky-fits plates_and_camera_frames_survive_being_written_again") else {
        return;
    };
    let fitsverify = test_sky::tool("fitsverify");
    let folder = tempfile::tempdir().expect("a folder");
    let mut compared = 0;
    for folder_of_data in ["a_dss", "c_camera"] {
        for entry in std::fs::read_dir(data.join(folder_of_data)).expect("a folder of the data").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.contains(".fit") {
                continue;
            }
            let Ok(raw) = ImageReader::open(&entry.path()).and_then(|reader| reader.read_raw()) else { continue };
            let copy = folder.path().join(format!("{name}.copy.fits"));
            let mut file = std::fs::File::create(&copy).expect("a file");
            sky_fits::write_image_scaled(&mut file, &raw.header, raw.pixels.view(), &raw.scaling)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = ImageReader::open(&copy)
                .and_then(|reader| reader.read_raw())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(again.pixels, raw.pixels, "{name}: stored pixels in their own type");
            assert_eq!(again.scaling, raw.scaling, "{name}: scaling");
            let cards = |header: &Header| -> Vec<(String, CardValue)> {
                let kept = sky_fits::without_structure(header);
                kept.cards().iter().map(|card| (card.keyword.clone(), card.value.clone())).collect()
            };
            assert_eq!(cards(&again.header), cards(&raw.header), "{name}: every card that may be copied");
            let original = ImageReader::open(&entry.path()).and_then(|reader| reader.read()).expect("read before");
            let physical = ImageReader::open(&copy).and_then(|reader| reader.read()).expect("own file").pixels;
            let same = physical.iter().zip(&original.pixels).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
            assert!(same, "{name}: physical values");
            if let Some(tool) = &fitsverify {
                let (ours, theirs) = (errors_found(tool, &copy), errors_found(tool, &entry.path()));
                assert!(ours <= theirs, "{name}: fitsverify finds {ours} errors, {theirs} in the original");
            }
            compared += 1;
        }
    }
    eprintln!("compared {compared} images");
    assert!(compared >= 4, "{compared} images are too few");
}

/// The number of errors that fitsverify counts; values that are wrong in the original stay so in a copy.
fn errors_found(tool: &std::path::Path, file: &std::path::Path) -> usize {
    let said = Command::new(tool).arg(file).output().expect("fitsverify runs").stdout;
    let said = String::from_utf8_lossy(&said).into_owned();
    let count = said.rsplit_once(" error(s)").and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok());
    count.unwrap_or_else(|| panic!("{}: {said}", file.display()))
}
