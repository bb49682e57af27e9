//! Images: round trips, scaling, rows, length.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use ndarray::Array2;
use sky_fits::{
    FitsErrorKind, ImageOptions, ImageReader, Limits, PixelData, RawPixels, check_length_bytes, write_image,
};
use sky_image::{CardValue, Header};

fn ramp(height: usize, width: usize) -> Array2<f32> {
    Array2::from_shape_fn((height, width), |(y, x)| (y * width + x) as f32 - 100.5)
}

fn written(header: &Header, pixels: PixelData<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_image(&mut bytes, header, pixels).expect("an image in memory can be written");
    bytes
}

#[test]
fn float_image_reads_back_as_written() {
    let mut pixels = ramp(7, 5);
    pixels[[2, 3]] = f32::NAN;
    let bytes = written(&Header::new(), PixelData::F32(&pixels));
    assert_eq!(bytes.len() % 2880, 0, "a FITS file is made of blocks of 2880 bytes");
    let image = ImageReader::open_bytes(&bytes, &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect("own file is read");
    assert_eq!(image.pixels.dim(), (7, 5), "rows and columns keep their places");
    assert!(image.pixels[[2, 3]].is_nan(), "an undefined pixel stays undefined");
    let same = image.pixels.iter().zip(&pixels).filter(|(a, b)| a.to_bits() == b.to_bits()).count();
    assert_eq!(same, 35, "every pixel has the same bits");
}

#[test]
fn unsigned_pixels_keep_type_and_value() {
    let pixels = Array2::from_shape_vec((1, 4), vec![0_u16, 32767, 32768, 65535]).expect("four pixels");
    let bytes = written(&Header::new(), PixelData::U16(&pixels));
    let raw = ImageReader::open_bytes(&bytes, &ImageOptions::default())
        .and_then(|reader| reader.read_raw())
        .expect("own file is read");
    assert_eq!(raw.pixels, RawPixels::U16(pixels), "unsigned 16-bit pixels come back as such");
    let image = ImageReader::open_bytes(&bytes, &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect("own file is read");
    assert_eq!(image.pixels.as_slice(), Some([0.0_f32, 32767.0, 32768.0, 65535.0].as_slice()), "BZERO was applied");
}

#[test]
fn cut_file_is_truncated() {
    let bytes = written(&Header::new(), PixelData::F32(&ramp(40, 40)));
    for cut in [2880, 2881, 2880 + 40 * 40 * 4 - 1] {
        let error = check_length_bytes(&bytes[..cut], &Limits::default()).expect_err("a cut file is refused");
        assert!(matches!(error.kind, FitsErrorKind::Truncated { .. }), "cut at {cut}: {error}");
    }
    assert!(check_length_bytes(&bytes, &Limits::default()).is_ok(), "the whole file is accepted");
}

#[test]
fn long_strings_and_numbers_survive_in_headers() {
    let mut header = Header::new();
    let long =
        "it's a long story, told twice: it's a long story, told twice, and with 'quotes' & ampersands &".repeat(2);
    header.push("STORY", CardValue::Text(long.clone()), "told");
    header.push("REAL", CardValue::Real(0.1 + 0.2), "");
    header.push("TINY", CardValue::Real(-1.0e-300), "");
    header.push("WHOLE", CardValue::Integer(i64::MAX), "");
    header.push("ESO DET NAME", CardValue::Text("x".to_owned()), "");
    header.push("HISTORY", CardValue::None, "done");
    let bytes = written(&header, PixelData::F32(&ramp(2, 2)));
    let back = ImageReader::open_bytes(&bytes, &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect("own file is read")
        .header;
    assert_eq!(back.text("STORY"), Some(long.as_str()), "a long string comes back whole");
    assert_eq!(back.number("REAL"), Some(0.1 + 0.2), "shortest digits read back the same");
    assert_eq!(back.number("TINY"), Some(-1.0e-300), "exponents survive");
    assert_eq!(back.integer("WHOLE"), Some(i64::MAX), "64-bit integers are exact");
    assert_eq!(back.text("ESO DET NAME"), Some("x"), "HIERARCH keywords keep their name");
    assert!(back.get("LONGSTRN").is_some(), "CONTINUE is announced");
}

#[test]
fn number_that_is_not_finite_is_refused() {
    let mut header = Header::new();
    header.push("BAD", CardValue::Real(f64::NAN), "");
    let error = write_image(&mut Vec::new(), &header, PixelData::F32(&ramp(2, 2))).expect_err("NaN has no card");
    assert!(error.to_string().contains("BAD"), "the keyword is named: {error}");
}

#[test]
fn real_images_read_like_their_twins() {
    let Some(data) = test_sky::real_data("sky-fits real_images_read_like_their_twins") else { return };
    let packed = sky_fits::ImageReader::open(&data.join("f_nasty/nomtam/fpack.fits.fz"))
        .and_then(|reader| reader.read())
        .expect("fpack's file is read");
    let plain = sky_fits::ImageReader::open(&data.join("f_nasty/nomtam/funpack.fits"))
        .and_then(|reader| reader.read())
        .expect("funpack's file is read");
    assert_eq!(packed.pixels, plain.pixels, "a compressed image holds the pixels of its plain twin");
    let rice = sky_fits::ImageReader::open(&data.join("f_nasty/astropy/m13_rice.fits"))
        .and_then(|reader| reader.read())
        .expect("a RICE image is read");
    let gzip = sky_fits::ImageReader::open(&data.join("f_nasty/astropy/m13_gzip.fits"))
        .and_then(|reader| reader.read())
        .expect("a GZIP image is read");
    let m13 = sky_fits::ImageReader::open(&data.join("f_nasty/astropy/m13.fits"))
        .and_then(|reader| reader.read())
        .expect("a plain image is read");
    assert_eq!(rice.pixels, m13.pixels, "RICE of M13");
    assert_eq!(gzip.pixels, m13.pixels, "GZIP of M13");
    let tile = sky_fits::ImageReader::open(&data.join("i_sim/std/tile.fits.gz"))
        .and_then(|reader| reader.read())
        .expect("a gzip tile is read");
    assert_eq!(tile.pixels.dim(), (2118, 2118), "size of the simulated tile");
    let rows = sky_fits::ImageReader::open(&data.join("f_nasty/astropy/m13.fits"))
        .and_then(|reader| reader.read_rows(10..13))
        .expect("rows are read");
    assert_eq!(rows, m13.pixels.slice(ndarray::s![10..13, ..]), "rows 10 to 12 of the same image");
}
