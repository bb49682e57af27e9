//! The step on small simulated images.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use sky_coords::{PixelPos, SkyPos};
use sky_fits::{BinTable, PixelData, Values};
use sky_image::Header;
use sky_wcs::Wcs;
use step_contract::Status;
use step_detect::Detect;
use step_harness::testing::InProcess;
use test_sky::{gaussian_star, white_noise};

const FWHM_PX: f64 = 3.0;

/// Twelve stars of 20,000 ADU on a grid, on a sky of 1000 +- 5 ADU.
fn scene() -> Array2<f32> {
    let mut pixels = white_noise(256, 192, 5.0, 21);
    for star in 0..12_u32 {
        let (x, y) = (32.3 + 64.0 * f64::from(star % 4), 32.6 + 64.0 * f64::from(star / 4));
        pixels += &gaussian_star(256, 192, PixelPos::new(x, y), FWHM_PX, 20_000.0);
    }
    pixels.mapv_inplace(|value| value + 1000.0);
    pixels
}

fn write(folder: &Path, pixels: &Array2<f32>, header: &Header) -> PathBuf {
    let path = folder.join("field.fits");
    let mut file = std::fs::File::create(&path).expect("a file in the temporary folder");
    sky_fits::write_image(&mut file, header, PixelData::F32(pixels)).expect("an image can be written");
    path
}

fn with_wcs() -> Header {
    let mut header = Header::new();
    let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(127.5, 95.5), 1.7).expect("a WCS");
    assert!(wcs.write_to(&mut header), "a TAN solution can be written");
    header
}

fn catalogue(folder: &Path) -> BinTable {
    sky_fits::ldac::read(&folder.join("field.cat")).expect("an LDAC catalogue").1
}

fn doubles(table: &BinTable, name: &str) -> Vec<f64> {
    let column = table.columns.iter().find(|column| column.name == name).unwrap_or_else(|| panic!("column {name}"));
    match &column.values {
        Values::F64(values) => values.clone(),
        Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
        other => panic!("{name} holds {other:?}"),
    }
}

#[test]
fn an_image_alone_gives_a_catalogue_with_sky_positions() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &scene(), &with_wcs());
    let out = folder.path().join("out");
    let result = InProcess::<Detect>::new(&out).read("frames", &image).run();
    assert_eq!(result.exit, 0);
    let unit = &result.manifest.units[0];
    let facts = unit.facts.as_ref().expect("the unit is done");
    assert_eq!(facts.objects_detected, 12);
    assert!(facts.p1_cat.as_deref() == Some("field.cat") && facts.p2_cat.is_none(), "without a PSF it is pass 1");
    let table = catalogue(&out);
    assert_eq!(table.rows, 12);
    let wcs = Wcs::north_up(SkyPos::new(150.0, 20.0), PixelPos::new(127.5, 95.5), 1.7).expect("a WCS");
    let (x, y) = (doubles(&table, "XWIN_IMAGE"), doubles(&table, "YWIN_IMAGE"));
    let (ra, dec) = (doubles(&table, "ALPHAWIN_J2000"), doubles(&table, "DELTAWIN_J2000"));
    for row in 0..table.rows {
        let sky = wcs.sky_from_pixel(PixelPos::new(x[row] - 1.0, y[row] - 1.0));
        assert!((sky.ra_deg - ra[row]).abs() < 1e-9 && (sky.dec_deg - dec[row]).abs() < 1e-9, "columns are 1-based");
    }
}

#[test]
fn an_image_without_wcs_gives_a_catalogue_without_sky_columns_and_a_warning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &scene(), &Header::new());
    let out = folder.path().join("out");
    let result = InProcess::<Detect>::new(&out).read("frames", &image).run();
    assert_eq!(result.exit, 0);
    assert!(result.manifest.units[0].warnings.iter().any(|warning| warning.kind == "no_wcs"));
    let table = catalogue(&out);
    assert_eq!(table.rows, 12);
    assert!(table.columns.iter().all(|column| !column.name.contains("J2000")), "no column without values");
}

#[test]
fn a_blank_image_is_done_with_no_row() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &Array2::from_elem((64, 64), 5000.0), &with_wcs());
    let out = folder.path().join("out");
    let result = InProcess::<Detect>::new(&out).read("frames", &image).run();
    let unit = &result.manifest.units[0];
    assert_eq!((result.exit, unit.status), (0, Status::Done));
    assert_eq!(unit.facts.as_ref().map(|facts| facts.objects_detected), Some(0));
    assert!(unit.warnings.iter().any(|warning| warning.kind == "blank"));
    assert_eq!(catalogue(&out).rows, 0);
}

#[test]
fn an_image_without_data_is_unprocessable() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &Array2::from_elem((64, 64), f32::NAN), &with_wcs());
    let result = InProcess::<Detect>::new(folder.path().join("out")).read("frames", &image).run();
    let unit = &result.manifest.units[0];
    assert_eq!(unit.status, Status::Unprocessable);
    assert_eq!(unit.reason.as_ref().map(|reason| reason.kind.as_str()), Some("no_background"));
}

#[test]
fn the_columns_asked_for_are_written_in_their_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &scene(), &with_wcs());
    let out = folder.path().join("out");
    InProcess::<Detect>::new(&out)
        .config_toml("columns = [\"YWIN_IMAGE\", \"NUMBER\", \"VIGNET\"]\n[detect]\nvignet = true\nvignet_px = 9")
        .read("frames", &image)
        .run();
    let table = catalogue(&out);
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["YWIN_IMAGE", "NUMBER", "VIGNET"]);
    assert_eq!(table.columns[2].values.len(), 81 * table.rows, "9 x 9 pixels a source");
    let failure = InProcess::<Detect>::new(folder.path().join("other"))
        .config_toml("columns = [\"X_IMAGINARY\"]")
        .read("frames", &image)
        .try_run();
    assert!(failure.is_err(), "a column that nobody knows is refused: {failure:?}");
}

#[test]
fn threads_change_no_byte() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &scene(), &with_wcs());
    let run = |name: &str, threads: usize| {
        let out = folder.path().join(name);
        let result = InProcess::<Detect>::new(&out).read("frames", &image).run_id("run-1").threads(threads).run();
        (result.identity, std::fs::read(out.join("field.cat")).expect("the catalogue"))
    };
    assert_eq!(run("one", 1), run("two", 2));
}

/// A hundred stars of 8,000 to 32,000 ADU.
fn many_stars() -> Array2<f32> {
    let mut pixels = white_noise(420, 420, 10.0, 3);
    for star in 0..100_u32 {
        let jitter = (f64::from(star) * 0.618_033_99).fract();
        let (x, y) = (f64::from(star % 10) * 42.0 + 19.0 + jitter, f64::from(star / 10) * 42.0 + 23.0 - jitter);
        pixels += &gaussian_star(420, 420, PixelPos::new(x, y), FWHM_PX, 8000.0 * (1.0 + 3.0 * jitter));
    }
    pixels.mapv_inplace(|value| value + 1000.0);
    pixels
}

#[test]
fn with_a_psf_stars_have_no_spread_and_the_flux_that_they_have() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let image = write(folder.path(), &many_stars(), &with_wcs());
    let place = |name: &str| folder.path().join(name);
    let first = InProcess::<Detect>::new(place("p1")).read("frames", &image).run();
    assert_eq!(first.manifest.units[0].facts.as_ref().map(|facts| facts.objects_detected), Some(100));
    let psf = InProcess::<step_psf::Psf>::new(place("psf")).read("frames", &image).read("catalog", place("p1")).run();
    assert_eq!(psf.exit, 0, "{:?}", psf.manifest.units[0].reason);
    let second = InProcess::<Detect>::new(place("p2")).read("frames", &image).read("psf", place("psf")).run();
    assert_eq!(second.exit, 0, "{:?}", second.manifest.units[0].reason);
    let facts = second.manifest.units[0].facts.as_ref().expect("the unit is done");
    assert!(facts.p2_cat.as_deref() == Some("field.cat") && facts.p1_cat.is_none(), "with a PSF it is pass 2");
    assert_eq!(facts.psf_model_used.as_deref(), Some("field.psf"));
    let table = catalogue(&place("p2"));
    for spread in doubles(&table, "SPREAD_MODEL") {
        assert!(spread.abs() < 0.005, "a star as wide as the PSF: SPREAD_MODEL {spread}");
    }
    for (auto, fitted) in doubles(&table, "FLUX_AUTO").into_iter().zip(doubles(&table, "FLUX_PSF")) {
        assert!((fitted / auto - 1.0).abs() < 0.06, "the fit's flux is that of the Kron ellipse: {fitted}, {auto}");
    }
}
