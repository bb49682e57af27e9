//! The step on frames with known stars, and on frames without a picture.

use std::path::Path;

use ndarray::Array2;
use products::frame_metrics::read_stars;
use products::{FrameMetrics, MeasuredPlane};
use sky_coords::PixelPos;
use sky_fits::{PixelData, write_image};
use sky_image::{BayerPattern, CardValue, Colour, Header};
use step_contract::{Status, Unit};
use step_harness::testing::InProcess;
use step_ingest::Ingest;
use step_measure::Measure;

const WIDTH: usize = 400;
const HEIGHT: usize = 300;
const SKY_ADU: f32 = 900.0;
const FWHM_PX: f64 = 3.2;

fn places() -> Vec<PixelPos> {
    (0..20).map(|k| PixelPos::new(40.3 + 80.0 * f64::from(k % 5), 35.7 + 65.0 * f64::from(k / 5))).collect()
}

/// Stars on a sky with noise of 10 ADU.
fn sky(seed: u64) -> Array2<f32> {
    let mut pixels = test_sky::white_noise(WIDTH, HEIGHT, 10.0, seed);
    pixels.mapv_inplace(|value| value + SKY_ADU);
    for place in places() {
        pixels += &test_sky::gaussian_star(WIDTH, HEIGHT, place, FWHM_PX, 30_000.0);
    }
    pixels
}

fn write(path: &Path, pixels: &Array2<f32>, bayer: Option<&str>) {
    let mut header = Header::new();
    for (keyword, value) in [("IMAGETYP", "LIGHT"), ("OBJECT", "M 1"), ("FILTER", "L"), ("INSTRUME", "Camera")] {
        header.push(keyword, CardValue::Text(value.to_owned()), "");
    }
    header.push("EXPTIME", CardValue::Real(10.0), "");
    if let Some(pattern) = bayer {
        header.push("BAYERPAT", CardValue::Text(pattern.to_owned()), "");
    }
    let stored = pixels.mapv(|value| value.round().clamp(0.0, 65_535.0) as u16);
    let mut file = std::fs::File::create(path).expect("a file");
    write_image(&mut file, &header, PixelData::U16(&stored)).expect("written");
}

fn measured(folder: &Path) -> Vec<Unit<FrameMetrics>> {
    let ingest = folder.join("nights");
    InProcess::<Ingest>::new(&ingest).input("raw", folder.join("raw")).run();
    InProcess::<Measure>::new(folder.join("metrics")).read("frames", &ingest).run().manifest.units
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("raw")).expect("a folder");
    folder
}

#[test]
fn stars_of_a_mono_frame_and_of_a_mosaic_lie_where_they_were_put() {
    let folder = folder();
    let pixels = sky(3);
    write(&folder.path().join("raw/mono.fits"), &pixels, None);
    // The red and blue pixels see half of the light.
    let pattern = BayerPattern::Grbg;
    let mosaic = Array2::from_shape_fn((HEIGHT, WIDTH), |(y, x)| {
        if pattern.colour(x, y) == Colour::Green { pixels[(y, x)] } else { 0.5 * pixels[(y, x)] }
    });
    write(&folder.path().join("raw/mosaic.fits"), &mosaic, Some("GRBG"));
    for unit in measured(folder.path()) {
        let facts = unit.facts.as_ref().expect("measured");
        let stars =
            read_stars(&folder.path().join("metrics").join(format!("{}_stars.csv", unit.unit))).expect("a table");
        let is_mosaic = facts.measured_on == MeasuredPlane::Green;
        assert_eq!(is_mosaic, unit.unit == "mosaic");
        assert_eq!(stars.len(), 20, "{}: {stars:?}", unit.unit);
        for place in places() {
            let distance = |star: &products::frame_metrics::MeasuredStar| {
                (star.position.x_px - place.x_px).hypot(star.position.y_px - place.y_px)
            };
            let nearest = stars.iter().map(distance).fold(f64::INFINITY, f64::min);
            assert!(nearest < if is_mosaic { 0.15 } else { 0.06 }, "{} at {place:?}: {nearest} px off", unit.unit);
        }
        let quality = &facts.quality;
        test_sky::assert_close!(quality.background_adu.expect("a sky"), SKY_ADU, abs = 1.0, "{}", unit.unit);
        test_sky::assert_close!(quality.noise_adu.expect("a noise"), 10.0, abs = 0.6, "{}", unit.unit);
        // The Gaussian of FWHM 3.2 px has a half-flux radius of 1.60 px and a mean radius of 1.70 px; filling widens it a little.
        let wider = if is_mosaic { 0.25 } else { 0.0 };
        test_sky::assert_close!(quality.fwhm_px.expect("stars"), 3.2 + wider, abs = 0.15, "FWHM of {}", unit.unit);
        test_sky::assert_close!(
            quality.half_flux_radius_px.expect("stars"),
            1.60 + 0.5 * wider,
            abs = 0.1,
            "half flux"
        );
        test_sky::assert_close!(quality.hfr_nina_px.expect("stars"), 1.70 + 0.5 * wider, abs = 0.1, "mean radius");
    }
}

#[test]
fn frames_without_a_picture_are_rejected_with_their_reason() {
    let folder = folder();
    let raw = |name: &str| folder.path().join("raw").join(name);
    write(&raw("black.fits"), &Array2::zeros((HEIGHT, WIDTH)), None);
    write(&raw("constant.fits"), &Array2::from_elem((HEIGHT, WIDTH), 812.0), None);
    let mut half = sky(4);
    half.slice_mut(ndarray::s![150.., ..]).fill(0.0);
    write(&raw("half.fits"), &half, None);
    write(&raw("good.fits"), &sky(5), None);
    let units = measured(folder.path());
    let rules: Vec<(&str, Option<&str>)> = units
        .iter()
        .map(|unit| {
            let selection = unit.facts.as_ref().expect("done").selection.as_ref();
            (unit.unit.as_str(), selection.map(|selection| selection.reasons[0].rule.as_str()))
        })
        .collect();
    let expected =
        [("black", Some("black")), ("constant", Some("constant")), ("good", None), ("half", Some("half_written"))];
    assert_eq!(rules, expected);
    assert!(units.iter().all(|unit| unit.is_rejected() == (unit.unit != "good")));
}

#[test]
fn a_gzip_file_that_is_cut_off_is_told_and_stops_no_other() {
    let folder = folder();
    let plain = folder.path().join("a.fits");
    write(&plain, &sky(6), None);
    write(&folder.path().join("raw/good.fits"), &sky(7), None);
    let packed = folder.path().join("raw/cut.fits.gz");
    let status = std::process::Command::new("gzip").arg("-c").arg(&plain).output().expect("gzip");
    std::fs::write(&packed, &status.stdout[..status.stdout.len() / 2]).expect("written");
    let units = measured(folder.path());
    assert_eq!(units.len(), 2);
    assert_eq!((units[0].unit.as_str(), units[0].status), ("cut", Status::Unprocessable), "{:?}", units[0].reason);
    assert_eq!(units[0].reason.as_ref().expect("a reason").kind, "bad_fits");
    assert_eq!(units[1].status, Status::Done);
}
