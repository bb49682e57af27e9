//! Files that lie: never a panic, never more memory than the file can fill, always an error that says what is wrong.
#![allow(clippy::print_stderr, reason = "tests say what they compared")]

use std::path::{Path, PathBuf};

use ndarray::Array2;
use rand::{RngExt as _, SeedableRng as _};
use sky_fits::{
    BinColumn, FitsErrorKind, ImageOptions, ImageReader, Limits, PixelData, Values, check_length_bytes,
    read_ascii_table_bytes, read_bintable_bytes, read_header_bytes, write_bintable, write_image,
};
use sky_image::Header;

/// Peak memory that all mutants together may take.
const PEAK_KB: u64 = 400_000;

fn image_file() -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = Array2::from_shape_fn((24, 31), |(y, x)| ((y * 31 + x) % 97) as i16);
    write_image(&mut bytes, &Header::new(), PixelData::I16(&pixels)).expect("an image");
    bytes
}

fn table_file() -> Vec<u8> {
    let mut bytes = Vec::new();
    let columns = [
        BinColumn::new("ID", Values::I64((0..20).collect())),
        BinColumn::new("NAME", Values::Text((0..20).map(|row| format!("star {row}")).collect())),
        BinColumn::new("V", Values::F32(vec![0.5; 60])).with_dims(&[3]),
    ];
    write_bintable(&mut bytes, "T", &Header::new(), &columns).expect("a table");
    bytes
}

fn compressed_file(compression: &str) -> Vec<u8> {
    let image = image_file();
    let parsed = fitsio_pure::hdu::parse_fits(&image).expect("own image");
    let pixels: Vec<f32> = fitsio_pure::image::read_image_physical_f32(&image, parsed.primary()).expect("own image");
    let mut primary = image_file()[..2880].to_vec();
    let empty = b"SIMPLE  =                    T                                                  BITPIX  =                    8                                                  NAXIS   =                    0                                                  EXTEND  =                    T                                                  END";
    primary.fill(b' ');
    primary[..empty.len()].copy_from_slice(empty);
    primary.extend(deflated_tiles(&pixels, compression));
    primary
}

/// A compressed HDU made here by hand: one GZIP tile a row.
fn deflated_tiles(pixels: &[f32], compression: &str) -> Vec<u8> {
    use std::io::Write as _;
    let tiles: Vec<Vec<u8>> = pixels
        .chunks(31)
        .map(|row| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            row.iter().for_each(|pixel| encoder.write_all(&(*pixel as i16).to_be_bytes()).expect("memory"));
            encoder.finish().expect("memory")
        })
        .collect();
    let heap: usize = tiles.iter().map(Vec::len).sum();
    let cards = [
        "XTENSION= 'BINTABLE'".to_owned(),
        "BITPIX  =                    8".to_owned(),
        "NAXIS   =                    2".to_owned(),
        "NAXIS1  =                    8".to_owned(),
        format!("NAXIS2  = {:>20}", tiles.len()),
        format!("PCOUNT  = {heap:>20}"),
        "GCOUNT  =                    1".to_owned(),
        "TFIELDS =                    1".to_owned(),
        "TTYPE1  = 'COMPRESSED_DATA'".to_owned(),
        "TFORM1  = '1PB(99)'".to_owned(),
        "ZIMAGE  =                    T".to_owned(),
        "ZBITPIX =                   16".to_owned(),
        "ZNAXIS  =                    2".to_owned(),
        "ZNAXIS1 =                   31".to_owned(),
        "ZNAXIS2 =                   24".to_owned(),
        "ZTILE1  =                   31".to_owned(),
        "ZTILE2  =                    1".to_owned(),
        format!("ZCMPTYPE= '{compression}'"),
        "END".to_owned(),
    ];
    let mut bytes: Vec<u8> = cards.iter().flat_map(|card| format!("{card:<80}").into_bytes()).collect();
    bytes.resize(2880, b' ');
    let mut offset = 0_u32;
    for tile in &tiles {
        bytes.extend((tile.len() as u32).to_be_bytes());
        bytes.extend(offset.to_be_bytes());
        offset += tile.len() as u32;
    }
    bytes.extend(tiles.concat());
    bytes.resize(bytes.len().next_multiple_of(2880), 0);
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// Reads a file in every way; answers how many of them refused it.
fn read_all(bytes: &[u8]) -> usize {
    let limits = Limits { max_pixels: 10_000_000, max_bytes: 50_000_000, ..Limits::default() };
    [
        read_header_bytes(bytes, &limits).err(),
        check_length_bytes(bytes, &limits).err(),
        ImageReader::open_bytes(bytes, &ImageOptions { limits, ..Default::default() })
            .and_then(|reader| reader.read())
            .err(),
        ImageReader::open_bytes(bytes, &ImageOptions { limits, ..Default::default() })
            .and_then(|reader| reader.read_raw())
            .err(),
        read_bintable_bytes(bytes, None, &limits).err(),
        read_ascii_table_bytes(bytes, None, &limits).err(),
        sky_fits::ldac::read_bytes(bytes, &limits).err(),
    ]
    .into_iter()
    .flatten()
    .inspect(|error| assert!(!error.to_string().is_empty(), "every error says something"))
    .count()
}

fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.trim().parse().ok()
}

fn mutate(file: &mut Vec<u8>, random: &mut rand_chacha::ChaCha8Rng) {
    const WORDS: [&str; 10] =
        ["99999999999", "-1", "2147483647", "0", "9223372036854775807", "12,5", "'x'", "T", "1E400", "64"];
    for _ in 0..random.random_range(1..4) {
        let position = random.random_range(0..file.len());
        match random.random_range(0..6) {
            0 => file[position] = random.random(),
            1 => file.truncate(position.max(1)),
            2 => {
                // Another value in some card.
                let card = position / 80 * 80;
                let word = format!("{:>20}", WORDS[random.random_range(0..WORDS.len())]);
                if let Some(field) = file.get_mut(card + 10..card + 30) {
                    field.copy_from_slice(word.as_bytes());
                }
            }
            3 => {
                // A card in the place of another.
                let (from, to) = (position / 80 * 80, random.random_range(0..file.len()) / 80 * 80);
                if let Some(card) = file.get(from..from + 80).map(<[u8]>::to_vec)
                    && let Some(place) = file.get_mut(to..to + 80)
                {
                    place.copy_from_slice(&card);
                }
            }
            4 => {
                let end = (position + 100).min(file.len());
                file.drain(position..end);
            }
            _ => file.splice(position..position, [b'\r', b'\n']).for_each(drop),
        }
        if file.is_empty() {
            return;
        }
    }
}

#[test]
fn mutated_files_never_panic() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(20_261_121);
    let mut refused = 0;
    let sources = [image_file(), table_file(), compressed_file("GZIP_1"), compressed_file("RICE_1")];
    for source in &sources {
        for number in 0..300 {
            let mut file = source.clone();
            mutate(&mut file, &mut random);
            refused += read_all(&file);
            if number % 10 == 0 {
                let mut packed = gzipped(&file);
                refused += read_all(&packed);
                mutate(&mut packed, &mut random);
                refused += read_all(&packed);
            }
        }
    }
    eprintln!("1200 mutants of 4 files, read in 7 ways: {refused} refusals, peak {:?} kB", peak_kb());
    assert!(refused > 2000, "mutants are refused: {refused}");
    if let Some(peak) = peak_kb() {
        assert!(peak < PEAK_KB, "{peak} kB at the peak");
    }
}

#[test]
fn compressed_image_made_by_hand_is_read() {
    let image = ImageReader::open_bytes(&compressed_file("GZIP_1"), &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect("a GZIP image");
    let plain = ImageReader::open_bytes(&image_file(), &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect("its plain twin");
    assert_eq!(image.pixels, plain.pixels, "same pixels");
    assert_eq!((image.bitpix, image.hdu_index), (16, 1), "pixel type and HDU of the image");
}

#[test]
fn gzip_bomb_stops_at_the_limit() {
    let mut bomb = image_file();
    bomb.resize(60_000_000, 0);
    let limits = Limits { max_bytes: 1_000_000, ..Limits::default() };
    let error = ImageReader::open_bytes(&gzipped(&bomb), &ImageOptions { limits, ..Default::default() })
        .and_then(|reader| reader.read())
        .expect_err("60 MB are more than 1 MB");
    assert!(matches!(error.kind, FitsErrorKind::TooLarge { .. }), "{error}");
}

#[test]
fn wrong_datasum_is_refused() {
    let mut bytes = image_file();
    let end = bytes.chunks(80).position(|card| card.starts_with(b"END ")).expect("END") * 80;
    bytes[end..end + 80].copy_from_slice(format!("{:<80}", "DATASUM = '12345   '").as_bytes());
    bytes[end + 80..end + 83].copy_from_slice(b"END");
    let error = ImageReader::open_bytes(&bytes, &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect_err("12345 is not the sum");
    assert!(matches!(error.kind, FitsErrorKind::Checksum { expected: 12345, .. }), "{error}");
}

#[test]
fn error_page_is_not_fits() {
    let error = ImageReader::open_bytes(b"<html>Too many jobs</html>", &ImageOptions::default())
        .and_then(|reader| reader.read())
        .expect_err("a web page");
    assert!(matches!(error.kind, FitsErrorKind::NotFits { .. }), "{error}");
    assert!(error.to_string().contains("<html>"), "the page is quoted: {error}");
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the data").flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn nasty_files_of_the_field_never_panic() {
    let Some(data) = test_sky::real_data("sky-fits nasty_files_of_the_field_never_panic") else { return };
    let files = files_under(&data.join("f_nasty"));
    let mut images = 0;
    for path in &files {
        let bytes = std::fs::read(path).expect("a file of the data");
        read_all(&bytes);
        images += usize::from(
            ImageReader::open_bytes(&bytes, &ImageOptions::default()).and_then(|reader| reader.read()).is_ok(),
        );
    }
    eprintln!("{} files, {images} of them hold an image", files.len());
    assert!(files.len() > 50 && images >= 15, "{} files, {images} images", files.len());
    for (name, is_image) in [
        ("astropy/blank.fits", true),
        ("astropy/scale.fits", true),
        ("astropy/compressed_with_nan.fits", true),
        ("nomtam/DECam_00149774_40_DESX0332-2742.fits.fz", true),
        ("nomtam/tu1134529.fits.fz", true),
        ("crlf_mangled/comp.fits", false),
        ("crlf_mangled/IUElwp25637mxlo.fits", false),
        ("graxpert/color_16bit.fits", false),
        ("astropy/history_header.fits", false),
        ("graxpert/mono_16bit.tiff", false),
    ] {
        let read = sky_fits::ImageReader::open(&data.join("f_nasty").join(name)).and_then(|reader| reader.read());
        assert_eq!(read.is_ok(), is_image, "{name}: {:?}", read.err().map(|error| error.to_string()));
    }
    let blank = sky_fits::ImageReader::open(&data.join("f_nasty/astropy/blank.fits"))
        .and_then(|reader| reader.read())
        .expect("an image with BLANK");
    assert!(blank.pixels.iter().any(|pixel| pixel.is_nan()), "BLANK is NaN");
}
