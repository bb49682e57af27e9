//! FITS_LDAC and `.psf`, against source-extractor and psfex themselves.
#![allow(clippy::print_stderr, reason = "comparisons say how many rows they compared")]

use std::path::Path;
use std::process::Command;

use ndarray::Array3;
use sky_fits::{BinColumn, Limits, PsfexContext, PsfexFile, Values, ldac};
use sky_image::{CardValue, Header};

const PARAMETERS: &str = "NUMBER\nX_IMAGE\nY_IMAGE\nXWIN_IMAGE\nYWIN_IMAGE\nFLUX_APER(1)\nFLUXERR_APER(1)\nMAG_APER(2)\nFLUX_RADIUS\nELONGATION\nFLAGS\nSNR_WIN\nVIGNET(25,25)\n";

fn model() -> PsfexFile {
    let gauss = |c: usize, y: usize, x: usize| {
        let r2 = (x as f32 - 12.0).powi(2) + (y as f32 - 12.0).powi(2);
        if c == 0 { (-r2 / 18.0).exp() / 56.5 } else { 0.0 }
    };
    let context = |name: &str| PsfexContext { name: name.into(), group: 1, zero: 128.0, scale: 256.0 };
    PsfexFile {
        loaded: 30,
        accepted: 25,
        chi2: 1.25,
        fwhm_px: 3.5,
        sampling_px: 0.5,
        contexts: vec![context("X_IMAGE"), context("Y_IMAGE")],
        degrees: vec![2],
        coefficients: Array3::from_shape_fn((6, 25, 25), |(c, y, x)| gauss(c, y, x)),
    }
}

fn extract(image: &Path, folder: &Path, extra: &[&str]) -> bool {
    let Some(sextractor) = test_sky::tool("source-extractor") else { return false };
    std::fs::write(
        folder.join("s.param"),
        PARAMETERS.to_owned() + if extra.is_empty() { "" } else { "SPREAD_MODEL\nFLUX_PSF\n" },
    )
    .expect("parameters");
    std::fs::write(folder.join("s.conv"), "CONV NORM\n1 2 1\n2 4 2\n1 2 1\n").expect("filter");
    let done = Command::new(sextractor)
        .current_dir(folder)
        .arg(image)
        .args([
            "-PARAMETERS_NAME",
            "s.param",
            "-FILTER_NAME",
            "s.conv",
            "-CATALOG_TYPE",
            "FITS_LDAC",
            "-CATALOG_NAME",
            "out.cat",
        ])
        .args(["-PHOT_APERTURES", "5,8", "-VERBOSE_TYPE", "QUIET"])
        .args(extra)
        .output()
        .expect("source-extractor runs");
    assert!(done.status.success(), "source-extractor: {}", String::from_utf8_lossy(&done.stderr));
    true
}

#[test]
fn catalogue_reads_back_with_the_header_of_its_image() {
    let mut imhead = Header::new();
    imhead.push("SIMPLE", CardValue::Logical(true), "");
    imhead.push("NAXIS1", CardValue::Integer(2118), "");
    imhead.push("SEXBKDEV", CardValue::Real(65.25), "background rms");
    let columns = [BinColumn::new("NUMBER", Values::I32(vec![1, 2]))];
    let mut bytes = Vec::new();
    ldac::write(&mut bytes, &imhead, &columns).expect("a catalogue can be written");
    let (header, table) = ldac::read_bytes(&bytes, &Limits::default()).expect("own catalogue is read");
    assert_eq!(header, imhead, "the header of the image comes back card by card");
    assert_eq!(table.integers("NUMBER").expect("numbers"), vec![Some(1), Some(2)], "so do the rows");
}

#[test]
fn sextractors_catalogue_is_read_written_again_and_taken_by_psfex() {
    let Some(data) = test_sky::real_data("sky-fits sextractors_catalogue_is_read_written_again_and_taken_by_psfex")
    else {
        return;
    };
    let Some(psfex) = test_sky::tool("psfex") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let tile = sky_fits::ImageReader::open(&data.join("i_sim/std/tile.fits.gz"))
        .and_then(|reader| reader.read_raw())
        .expect("the simulated tile");
    let image = folder.path().join("tile.fits");
    let mut file = std::fs::File::create(&image).expect("a file");
    sky_fits::write_image(&mut file, &tile.header, tile.pixels.view()).expect("the tile is written");
    if !extract(&image, folder.path(), &[]) {
        return;
    }
    let theirs = folder.path().join("out.cat");
    let (imhead, table) = ldac::read(&theirs).expect("source-extractor's catalogue is read");
    assert_eq!(imhead.integer("NAXIS1"), Some(2118), "LDAC_IMHEAD holds the header of the image");
    assert_eq!(imhead.integer("SEXNFIN"), Some(table.rows as i64), "as many rows as source-extractor counted");
    assert!(table.rows > 1000, "{} rows are too few", table.rows);
    let ours = folder.path().join("ours.cat");
    let mut file = std::fs::File::create(&ours).expect("a file");
    ldac::write(&mut file, &imhead, &table.columns).expect("the catalogue is written again");
    let (again, rows) = ldac::read(&ours).expect("own catalogue is read");
    assert_eq!(again, imhead, "the header survives");
    assert_eq!(format!("{:?}", rows.columns), format!("{:?}", table.columns), "every column survives");
    let done = Command::new(psfex)
        .current_dir(folder.path())
        .args([
            "ours.cat",
            "-PSFVAR_DEGREES",
            "2",
            "-WRITE_XML",
            "N",
            "-CHECKPLOT_TYPE",
            "NONE",
            "-CHECKIMAGE_TYPE",
            "NONE",
        ])
        .args(["-PSF_DIR", ".", "-VERBOSE_TYPE", "QUIET"])
        .output()
        .expect("psfex runs");
    assert!(done.status.success(), "psfex takes our catalogue: {}", String::from_utf8_lossy(&done.stderr));
    let psf = PsfexFile::read(&folder.path().join("ours.psf")).expect("psfex's model is read");
    assert!(psf.accepted > 50, "psfex accepted {} of our rows", psf.accepted);
    assert_eq!(psf.coefficients.dim().0, 6, "two contexts of degree 2 have 6 coefficients");
    eprintln!("compared {} rows; psfex loaded {}, accepted {}", table.rows, psf.loaded, psf.accepted);
    let mut bytes = Vec::new();
    psf.write(&mut bytes).expect("the model is written");
    assert_eq!(
        PsfexFile::read_bytes(&bytes, &Limits::default()).expect("own model is read"),
        psf,
        "the model survives"
    );
}

#[test]
fn sextractor_takes_our_psf() {
    let Some(data) = test_sky::real_data("sky-fits sextractor_takes_our_psf") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = std::fs::File::create(folder.path().join("ours.psf")).expect("a file");
    model().write(&mut file).expect("the model is written");
    if !extract(&data.join("h_reference/sep/image.fits"), folder.path(), &["-PSF_NAME", "ours.psf"]) {
        return;
    }
    let (_, table) = ldac::read(&folder.path().join("out.cat")).expect("source-extractor's catalogue");
    let spread = table.numbers("SPREAD_MODEL").expect("SPREAD_MODEL");
    let flux = table.numbers("FLUX_PSF").expect("FLUX_PSF");
    let fitted = flux.iter().filter(|flux| **flux > 0.0).count();
    eprintln!("compared {} rows, {fitted} with a positive FLUX_PSF", table.rows);
    assert!(fitted > 30 && spread.iter().all(|value| value.is_finite()), "source-extractor fitted our model");
}

#[test]
fn model_with_too_few_coefficients_is_refused() {
    let mut broken = model();
    broken.degrees = vec![3];
    let error = broken.write(&mut Vec::new()).expect_err("degree 3 asks for 10 coefficients");
    assert!(error.to_string().contains("10"), "the number expected is named: {error}");
}

#[test]
fn columns_read_alone_are_those_of_the_whole_table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("wide.cat");
    // Rows of 40 kB: more than one piece.
    let (rows, vignet) = (40, 10_000);
    let columns = [
        BinColumn::new("NUMBER", Values::I32((0..rows).collect())),
        BinColumn::new("VIGNET", Values::F32((0..rows as usize * vignet).map(|k| k as f32).collect()))
            .with_dims(&[100, 100]),
        BinColumn::new("FLUX_AUTO", Values::F64((0..rows).map(|row| 1.5 * f64::from(row)).collect())),
    ];
    let mut file = std::fs::File::create(&path).expect("a file");
    ldac::write(&mut file, &Header::new(), &columns).expect("a catalogue");
    drop(file);
    let (_, whole) = ldac::read(&path).expect("the catalogue");
    let (_, some) = ldac::read_columns(&path, &["FLUX_AUTO", "NUMBER", "NO_SUCH"]).expect("the catalogue");
    assert_eq!(some.rows, whole.rows);
    assert_eq!(some.columns, [whole.columns[0].clone(), whole.columns[2].clone()], "in the order of the table");
}
