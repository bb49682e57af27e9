//! Files with several images: each is a frame of its own, through detect and psf, as SExtractor measures each extension.

use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::Array2;
use sky_coords::PixelPos;
use sky_fits::{BinTable, PixelData};
use sky_image::Header;
use step_contract::Status;
use step_detect::Detect;
use step_harness::testing::InProcess;
use test_sky::{gaussian_star, white_noise};

/// Bytes of a FITS block.
const BLOCK: usize = 2880;
const NAMES: [&str; 3] = ["N1", "N2", "S 3"];
/// The units of a file `mosaic.fits`: a blank is no letter of an id.
const UNITS: [&str; 3] = ["mosaic_N1", "mosaic_N2", "mosaic_S_3"];

/// Stars on a sky of 1000 +- 5 ADU, others for each number and of another shape.
fn chip(number: usize) -> Array2<i16> {
    let (width, height) = (420 + 10 * number, 400);
    let mut pixels = white_noise(width, height, 5.0, 40 + number as u64);
    for star in 0..81 + number {
        let jitter = (star as f64 * 0.618_034).fract();
        let place = PixelPos::new(25.0 + 40.0 * (star % 9) as f64 + jitter, 25.0 + 38.0 * (star / 9) as f64 - jitter);
        pixels += &gaussian_star(width, height, place, 3.0, 8000.0 * (1.0 + 3.0 * jitter));
    }
    pixels.mapv(|value| (value + 1000.0).round() as i16)
}

fn block(cards: &[String], data: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = cards.iter().flat_map(|card| format!("{card:<80}").into_bytes()).collect();
    bytes.extend(format!("{:<80}", "END").into_bytes());
    bytes.resize(bytes.len().div_ceil(BLOCK) * BLOCK, b' ');
    bytes.extend(data);
    bytes.resize(bytes.len().div_ceil(BLOCK) * BLOCK, 0);
    bytes
}

/// An empty primary HDU with a date, and the chips as extensions.
fn write_mosaic(folder: &Path) -> PathBuf {
    let number = |keyword: &str, value: &str| format!("{keyword:<8}= {value:>20}");
    let mut bytes = block(
        &[
            number("SIMPLE", "T"),
            number("BITPIX", "8"),
            number("NAXIS", "0"),
            number("EXTEND", "T"),
            "DATE-OBS= '1951-11-29T07:20:00'".to_owned(),
        ],
        &[],
    );
    for (index, name) in NAMES.iter().enumerate() {
        let pixels = chip(index);
        let (height, width) = pixels.dim();
        let data: Vec<u8> = pixels.iter().flat_map(|value| value.to_be_bytes()).collect();
        bytes.extend(block(
            &[
                "XTENSION= 'IMAGE   '".to_owned(),
                number("BITPIX", "16"),
                number("NAXIS", "2"),
                number("NAXIS1", &width.to_string()),
                number("NAXIS2", &height.to_string()),
                number("PCOUNT", "0"),
                number("GCOUNT", "1"),
                format!("EXTNAME = '{name:<8}'"),
            ],
            &data,
        ));
    }
    let path = folder.join("mosaic.fits");
    std::fs::write(&path, bytes).expect("a file in the temporary folder");
    path
}

/// A chip in a file of its own.
fn write_single(folder: &Path, index: usize) -> PathBuf {
    let path = folder.join(format!("single{index}.fits"));
    let mut file = std::fs::File::create(&path).expect("a file in the temporary folder");
    sky_fits::write_image(&mut file, &Header::new(), PixelData::I16(&chip(index))).expect("an image can be written");
    path
}

fn rows(folder: &Path, unit: &str) -> BinTable {
    sky_fits::ldac::read(&folder.join(format!("{unit}.cat"))).expect("an LDAC catalogue").1
}

/// Catalogues of `mosaic` equal those of the chips in files of their own; pass 2 with the models of psf where asked.
fn compare(mosaic: &Path, folder: &Path, with_psf: bool) {
    let place = |name: &str| folder.join(name);
    let pass_1 = InProcess::<Detect>::new(place("p1")).read("frames", mosaic).run();
    assert_eq!(pass_1.exit, 0, "{:?}", pass_1.manifest.units);
    let units: Vec<&str> = pass_1.manifest.units.iter().map(|unit| unit.unit.as_str()).collect();
    assert_eq!(units, UNITS);
    if with_psf {
        let psf =
            InProcess::<step_psf::Psf>::new(place("psf")).read("frames", mosaic).read("catalog", place("p1")).run();
        assert_eq!(psf.exit, 0, "{:?}", psf.manifest.units);
        let pass_2 = InProcess::<Detect>::new(place("p2")).read("frames", mosaic).read("psf", place("psf")).run();
        assert_eq!(pass_2.exit, 0, "{:?}", pass_2.manifest.units);
    }
    for (index, unit) in UNITS.iter().enumerate() {
        let single = write_single(folder, index);
        let own = |name: &str| folder.join(format!("{name}-{index}"));
        let found = InProcess::<Detect>::new(own("p1")).read("frames", &single).run();
        assert_eq!(found.exit, 0);
        let name = format!("single{index}");
        let (theirs, mine) = (rows(&place("p1"), unit), rows(&own("p1"), &name));
        assert_eq!(mine.rows, 81 + index, "each star of the chip");
        assert_eq!(theirs.columns, mine.columns, "{unit}, pass 1");
        if with_psf {
            let psf =
                InProcess::<step_psf::Psf>::new(own("psf")).read("frames", &single).read("catalog", own("p1")).run();
            assert_eq!(psf.exit, 0, "{:?}", psf.manifest.units[0].reason);
            let found = InProcess::<Detect>::new(own("p2")).read("frames", &single).read("psf", own("psf")).run();
            assert_eq!(found.exit, 0);
            let (theirs, mine) = (rows(&place("p2"), unit), rows(&own("p2"), &name));
            assert!(mine.column("SPREAD_MODEL").is_ok(), "pass 2");
            assert_eq!(theirs.columns, mine.columns, "{unit}, pass 2");
        }
    }
}

#[test]
fn a_file_of_three_extensions_gives_the_catalogues_and_models_of_three_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    compare(&write_mosaic(folder.path()), folder.path(), true);
}

#[test]
fn compressed_extensions_are_measured_alike() {
    let Some(fpack) = test_sky::tool("fpack") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (plain, packed) = (write_mosaic(folder.path()), folder.path().join("packed/mosaic.fits.fz"));
    std::fs::create_dir(folder.path().join("packed")).expect("a folder");
    let done = Command::new(fpack).args(["-r", "-O"]).arg(&packed).arg(&plain).output().expect("fpack runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    compare(&packed, folder.path(), false);
}

#[test]
fn one_extension_is_measured_where_it_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mosaic = write_mosaic(folder.path());
    for wanted in ["2", "n2"] {
        let out = folder.path().join(wanted);
        let result = InProcess::<Detect>::new(&out).set("frame.extension", wanted).read("frames", &mosaic).run();
        assert_eq!(result.exit, 0, "{:?}", result.manifest.units);
        let endings: Vec<Status> = result.manifest.units.iter().map(|unit| unit.status).collect();
        assert_eq!(endings, [Status::NoWork, Status::Done, Status::NoWork]);
        assert_eq!(rows(&out, UNITS[1]).rows, 82);
    }
}

#[test]
fn weights_in_extensions_go_with_the_image_of_the_same_extension() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mosaic = write_mosaic(folder.path());
    let weights = folder.path().join("weights.fits");
    std::fs::copy(&mosaic, &weights).expect("a copy");
    // The images as their own noise: only a map of the same shape is taken, and the three shapes differ.
    let result = InProcess::<Detect>::new(folder.path().join("out"))
        .set("weights.kind", "rms")
        .read("frames", &mosaic)
        .read("weights", &weights)
        .run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units);
}
