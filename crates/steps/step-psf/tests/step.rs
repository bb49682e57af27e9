//! The step on small simulated frames.

use std::path::Path;

use ndarray::Array2;
use sky_coords::PixelPos;
use sky_fits::{BinColumn, PixelData, PsfexFile, Values, ldac, write_image};
use sky_image::{CardValue, Header};
use step_contract::Status;
use step_harness::testing::InProcess;
use step_psf::Psf;

const SIZE: usize = 420;
const FWHM_PX: f64 = 3.0;
const SIGMA_ADU: f64 = 10.0;

/// Writes an image of `side` x `side` Gaussian stars on a background, and its catalogue without the columns in `without`.
fn write_field(folder: &Path, side: usize, without: &[&str]) {
    let mut pixels = test_sky::white_noise(SIZE, SIZE, SIGMA_ADU, 3);
    pixels.mapv_inplace(|value| value + 1000.0);
    let spacing = SIZE as f64 / side as f64;
    let mut stars = Vec::new();
    for k in 0..side * side {
        let jitter = (k as f64 * 0.618_033_99).fract();
        let place =
            PixelPos::new(((k % side) as f64 + 0.45) * spacing + jitter, ((k / side) as f64 + 0.55) * spacing - jitter);
        let flux = 8000.0 * (1.0 + 3.0 * jitter);
        pixels += &test_sky::gaussian_star(SIZE, SIZE, place, FWHM_PX, flux);
        stars.push((place, flux));
    }
    write_fits(&folder.join("field.fits"), &pixels);
    let column = |of: &dyn Fn(&(PixelPos, f64)) -> f64| Values::F64(stars.iter().map(of).collect());
    let columns = [
        ("XWIN_IMAGE", column(&|s| s.0.x_px + 1.0)),
        ("YWIN_IMAGE", column(&|s| s.0.y_px + 1.0)),
        ("FLUX_AUTO", column(&|s| s.1)),
        ("FLUX_RADIUS", column(&|_| 0.5 * FWHM_PX)),
        ("SNR_WIN", column(&|s| s.1 / (SIGMA_ADU * 4.5))),
        ("ELONGATION", column(&|_| 1.02)),
        ("FLAGS", column(&|_| 0.0)),
        ("FLUX_MAX", column(&|s| 0.09 * s.1)),
        ("BACKGROUND", column(&|_| 1000.0)),
    ];
    let columns: Vec<BinColumn> = columns
        .into_iter()
        .filter(|(name, _)| !without.contains(name))
        .map(|(name, values)| BinColumn::new(name, values))
        .collect();
    let mut header = Header::new();
    header.push("SIMPLE", CardValue::Logical(true), "");
    header.push("BITPIX", CardValue::Integer(-32), "");
    header.push("NAXIS", CardValue::Integer(2), "");
    header.push("NAXIS1", CardValue::Integer(SIZE as i64), "");
    header.push("NAXIS2", CardValue::Integer(SIZE as i64), "");
    let mut file = std::fs::File::create(folder.join("field.cat")).expect("a file can be made");
    ldac::write(&mut file, &header, &columns).expect("the catalogue can be written");
}

fn write_fits(path: &Path, pixels: &Array2<f32>) {
    let mut file = std::fs::File::create(path).expect("a file can be made");
    write_image(&mut file, &Header::new(), PixelData::F32(pixels)).expect("the image can be written");
}

fn step(folder: &Path, out: &str) -> InProcess<Psf> {
    InProcess::<Psf>::new(folder.join(out))
        .read("frames", folder.join("field.fits"))
        .read("catalog", folder.join("field.cat"))
}

#[test]
fn a_model_is_written_with_its_quality() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 10, &[]);
    let result = step(folder.path(), "psf").run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units[0].reason);
    let facts = result.manifest.units[0].facts.as_ref().expect("a done unit has facts");
    assert_eq!(facts.psf_model, "field.psf");
    assert!(facts.stars_used >= 90, "{} of 100 stars used", facts.stars_used);
    // A pixel of one widens a Gaussian of FWHM 3 by its variance of 1/12: sqrt(9 + 5.545 / 12) = 3.076.
    test_sky::assert_close!(facts.fwhm_px.expect("a FWHM"), 3.076, abs = 0.04, "FWHM with the pixel");
    let file = PsfexFile::read(&folder.path().join("psf/field.psf")).expect("PSFEx's format");
    assert_eq!((file.degrees.as_slice(), file.accepted as u64), (&[2][..], facts.stars_used), "degree and stars");
}

#[test]
fn too_few_stars_are_unprocessable() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 4, &[]);
    let result = step(folder.path(), "psf").run();
    let unit = &result.manifest.units[0];
    assert_eq!(unit.status, Status::Unprocessable, "16 stars: {:?}", unit.reason);
    assert_eq!(unit.reason.as_ref().map(|reason| reason.kind.as_str()), Some("psf_insufficient_stars"));
    assert_eq!(result.exit, 20, "nothing is done, and trying again is useless");
}

#[test]
fn a_lower_degree_is_a_warning_with_its_reason() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 6, &[]);
    let result = step(folder.path(), "psf").run();
    let unit = &result.manifest.units[0];
    let facts = unit.facts.as_ref().expect("a done unit has facts");
    assert_eq!((facts.degree, facts.degree_requested), (1, Some(2)), "36 stars");
    assert!(facts.degree_reason.as_ref().is_some_and(|reason| reason.contains("36 stars")), "{facts:?}");
    assert!(unit.warnings.iter().any(|warning| warning.kind == "psf_degree_lowered"), "{:?}", unit.warnings);
}

#[test]
fn a_missing_column_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 6, &["FLUX_RADIUS"]);
    let result = step(folder.path(), "psf").run();
    let reason = result.manifest.units[0].reason.as_ref().expect("a failed unit has a reason");
    assert_eq!(reason.kind, "columns_missing");
    assert!(reason.message.contains("FLUX_RADIUS"), "{}", reason.message);
}

#[test]
fn a_psfex_configuration_is_understood() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 10, &[]);
    let config = folder.path().join("plan.psfex");
    std::fs::write(&config, "PSF_SIZE 21,21\nPSFVAR_DEGREES 1\nSAMPLE_MINSN 30\n").expect("written");
    let result = step(folder.path(), "psf").config_file(&config).run();
    assert_eq!(result.exit, 0, "{:?}", result.manifest.units[0].reason);
    let file = PsfexFile::read(&folder.path().join("psf/field.psf")).expect("PSFEx's format");
    assert_eq!(file.coefficients.dim(), (3, 21, 21), "degree 1 on 21 x 21 samples");
}

#[test]
fn one_thread_and_two_write_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 10, &[]);
    let one = step(folder.path(), "one").threads(1).run();
    let two = step(folder.path(), "two").threads(2).run();
    assert_eq!(one.identity, two.identity, "manifests, and so the sums of the models, are equal");
}

#[test]
fn psfex_without_a_vignet_column_is_told_where_to_get_one() {
    if test_sky::tool("psfex").is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_field(folder.path(), 6, &[]);
    let result = step(folder.path(), "psf").set("engine", "psfex").run();
    let reason = result.manifest.units[0].reason.as_ref().expect("a failed unit has a reason");
    assert_eq!(reason.kind, "columns_missing");
    assert!(reason.message.contains("VIGNET") && reason.message.contains("detect.vignet"), "{}", reason.message);
    assert_eq!(result.manifest.engine.name, "psfex");
    assert!(result.manifest.engine.version.starts_with("3."), "{}", result.manifest.engine.version);
}
