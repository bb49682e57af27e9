//! What we write, judged by NASA's fitsverify.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use std::process::Command;

use ndarray::{Array2, Array3};
use sky_fits::{BinColumn, PixelData, PsfexFile, Values, ldac, write_bintable, write_image};
use sky_image::{CardValue, Header};

fn header() -> Header {
    let mut header = Header::new();
    header.push("OBJECT", CardValue::Text("M 67, the old one".into()), "name");
    header.push("STORY", CardValue::Text("a long story that goes on ".repeat(8)), "told");
    header.push("EXPOSURE", CardValue::Real(50.5), "min");
    header.push("TINY", CardValue::Real(1.0e-21), "");
    header.push("HUGE", CardValue::Real(-1.0e300), "");
    header.push("HISTORY", CardValue::None, "made by a test");
    header
}

#[test]
fn files_that_we_write_are_without_error() {
    let Some(fitsverify) = test_sky::tool("fitsverify") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, make: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        make(&mut bytes);
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    };
    let columns = [
        BinColumn::new("ID", Values::I64(vec![1, i64::MIN])).with_null(Some(i64::MIN)),
        BinColumn::new("FLAGS", Values::I16(vec![1, 2])).with_display("I3"),
        BinColumn::new("IS_GOOD", Values::Logical(vec![Some(true), None])),
        BinColumn::new("NAME", Values::Text(vec!["a".into(), "bc".into()])),
        BinColumn::new("RA", Values::F64(vec![1.0, f64::NAN])).with_unit("deg").with_display("F12.8"),
        BinColumn::new("VIGNET", Values::F32(vec![0.0; 18])).with_dims(&[3, 3]),
    ];
    write("u8.fits", &|out| write_image(out, &header(), PixelData::U8(&Array2::zeros((3, 4)))).expect("u8"));
    write("i16.fits", &|out| write_image(out, &header(), PixelData::I16(&Array2::zeros((3, 4)))).expect("i16"));
    write("u16.fits", &|out| write_image(out, &header(), PixelData::U16(&Array2::zeros((3, 4)))).expect("u16"));
    write("f32.fits", &|out| write_image(out, &header(), PixelData::F32(&Array2::zeros((300, 400)))).expect("f32"));
    write("table.fits", &|out| write_bintable(out, "SOURCES", &header(), &columns).expect("a table"));
    write("empty.fits", &|out| {
        write_bintable(out, "SOURCES", &header(), &[BinColumn::new("A", Values::U8(vec![]))]).expect("no rows")
    });
    write("catalogue.cat", &|out| ldac::write(out, &header(), &columns).expect("LDAC"));
    write("model.psf", &|out| {
        let psf = PsfexFile {
            loaded: 1,
            accepted: 1,
            chi2: 1.0,
            fwhm_px: 2.0,
            sampling_px: 0.5,
            contexts: vec![],
            degrees: vec![],
            coefficients: Array3::zeros((1, 5, 5)),
        };
        psf.write(out).expect("a model");
    });
    let mut checked = 0;
    for entry in std::fs::read_dir(folder.path()).expect("the folder").flatten() {
        let done = Command::new(&fitsverify).arg(entry.path()).output().expect("fitsverify runs");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        let is_clean = said.contains("found 0 warning(s) and 0 error(s)");
        // PSFEx asks for a column name with blanks: one warning each, never an error.
        let is_name_only = entry.path().extension().is_some_and(|end| end == "cat") && said.contains("and 0 error(s)");
        assert!(is_clean || is_name_only, "{}: {said}", entry.path().display());
        checked += 1;
    }
    eprintln!("fitsverify checked {checked} files");
    assert_eq!(checked, 8, "every file was checked");
}
