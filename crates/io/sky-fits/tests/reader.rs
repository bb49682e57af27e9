//! The door to pixels: every way in gives the same pixels, whatever the file is like.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use fitsio_pure::compress::{
    Algorithm, CompressPixel, Dither, DitherSeed, Quantize, TileCompression, compress_image_hdu,
};
use ndarray::{Array2, s};
use sky_fits::{
    FitsErrorKind, ImageOptions, ImageReader, PixelData, RawPixels, Scaling, write_image, write_image_scaled,
};
use sky_image::Header;

const SHAPE: (usize, usize) = (41, 67);
/// Rectangles: whole, one pixel, a column, whole rows, the edges.
const WINDOWS: [(std::ops::Range<usize>, std::ops::Range<usize>); 7] =
    [(0..41, 0..67), (7..8, 9..10), (0..41, 66..67), (11..23, 0..67), (3..38, 5..61), (40..41, 0..1), (5..5, 3..9)];

fn value((y, x): (usize, usize)) -> u16 {
    (y * 1031 + x * 377 + (y * x) % 97) as u16
}

fn plain_file(pixels: PixelData<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_image(&mut bytes, &Header::new(), pixels).expect("an image");
    bytes
}

fn compressed_file<T: CompressPixel>(pixels: &[T], compression: &TileCompression) -> Vec<u8> {
    let mut primary = String::new();
    for card in
        ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0", "END"]
    {
        primary += &format!("{card:<80}");
    }
    let mut bytes = format!("{primary:<2880}").into_bytes();
    bytes.extend(compress_image_hdu(&[SHAPE.1, SHAPE.0], pixels, compression, &[]).expect("the compressor"));
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn on_disk(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// Bits of floats, so that NaN equals NaN.
fn bits(pixels: &Array2<f32>) -> Array2<u32> {
    pixels.mapv(f32::to_bits)
}

/// Every rectangle, physical and raw, is the slice of the whole image.
fn windows_are_slices(what: &str, reader: &ImageReader<'_>) {
    let whole = reader.read().unwrap_or_else(|error| panic!("{what}: {error}")).pixels;
    let raw = reader.read_raw().unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(bits(&raw.pixels.to_f32(&raw.scaling)), bits(&whole), "{what}: raw pixels and their scaling");
    assert_eq!(raw.scaling, reader.scaling(), "{what}: the scaling is known before the pixels");
    for (rows, columns) in WINDOWS {
        let part =
            reader.read_rectangle(rows.clone(), columns.clone()).unwrap_or_else(|error| panic!("{what}: {error}"));
        let slice = whole.slice(s![rows.clone(), columns.clone()]).to_owned();
        assert_eq!(bits(&part), bits(&slice), "{what}: rows {rows:?}, columns {columns:?}");
        let part = reader.read_raw_rectangle(rows.clone(), columns.clone()).expect("raw pixels");
        assert_eq!(bits(&part.to_f32(&reader.scaling())), bits(&slice), "{what}: raw {rows:?}, {columns:?}");
    }
}

#[test]
fn rectangles_are_slices_of_the_image_in_every_pixel_type_on_disk_in_memory_and_in_gzip() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = Array2::from_shape_fn(SHAPE, value);
    let (bytes, shorts) = (whole.mapv(|v| v as u8), whole.mapv(|v| v as i16));
    let (ints, longs) = (whole.mapv(|v| i32::from(v) * 70_001), whole.mapv(|v| i64::from(v) << 33));
    let mut floats = whole.mapv(|v| f32::from(v) / 7.0);
    floats[(3, 5)] = f32::NAN;
    let doubles = whole.mapv(|v| f64::from(v) / 7.0);
    let files = [
        ("u8", PixelData::U8(&bytes)),
        ("i16", PixelData::I16(&shorts)),
        ("u16", PixelData::U16(&whole)),
        ("i32", PixelData::I32(&ints)),
        ("i64", PixelData::I64(&longs)),
        ("f32", PixelData::F32(&floats)),
        ("f64", PixelData::F64(&doubles)),
    ];
    for (name, pixels) in files {
        let file = plain_file(pixels);
        let path = on_disk(folder.path(), &format!("{name}.fits"), &file);
        let packed = on_disk(folder.path(), &format!("{name}.gz"), &gzipped(&file));
        windows_are_slices(name, &ImageReader::open(&path).expect("a file"));
        windows_are_slices(name, &ImageReader::open(&packed).expect("a gzip file"));
        windows_are_slices(name, &ImageReader::open_bytes(&file, &ImageOptions::default()).expect("memory"));
    }
    let scaling = Scaling { bscale: 0.25, bzero: 100.0, blank: Some(377) };
    let mut file = Vec::new();
    write_image_scaled(&mut file, &Header::new(), PixelData::I16(&shorts), &scaling).expect("an image");
    windows_are_slices("scaled", &ImageReader::open_bytes(&file, &ImageOptions::default()).expect("memory"));
}

#[test]
fn a_rectangle_wider_than_the_pieces_it_is_read_in_is_a_slice_too() {
    // Rows of 800 kB: two of them are more than what is read at once.
    let whole = Array2::from_shape_fn((5, 400_000), |(y, x)| (y * 13 + x) as u16);
    let folder = tempfile::tempdir().expect("a folder");
    let reader =
        ImageReader::open(&on_disk(folder.path(), "wide.fits", &plain_file(PixelData::U16(&whole)))).expect("it");
    for columns in [0..400_000, 1..399_999, 100_000..350_000] {
        let read = reader.read_raw_rectangle(1..4, columns.clone()).expect("pixels");
        let slice = whole.slice(s![1..4, columns.clone()]).to_owned();
        assert!(read == RawPixels::U16(slice), "columns {columns:?}");
    }
}

#[test]
fn camera_frames_come_back_as_the_numbers_of_the_camera() {
    let whole = Array2::from_shape_fn(SHAPE, value);
    let file = plain_file(PixelData::U16(&whole));
    let reader = ImageReader::open_bytes(&file, &ImageOptions::default()).expect("a frame");
    assert_eq!((reader.shape(), reader.bitpix(), reader.planes()), (SHAPE, 16, 1));
    assert_eq!(reader.header().number("BZERO"), Some(32_768.0), "the header is there before the pixels");
    assert_eq!(reader.read_raw_rectangle(0..41, 0..67).expect("pixels"), RawPixels::U16(whole));
    assert_eq!(reader.scaling(), Scaling::default(), "BZERO is in the numbers already");
}

#[test]
fn rectangles_of_compressed_images_are_slices_whatever_the_tiles() {
    let whole = Array2::from_shape_fn(SHAPE, value);
    let (mut shorts, _) = whole.mapv(|v| (v / 2) as i16).into_raw_vec_and_offset();
    shorts[5] = -77;
    let (floats, _) = whole.mapv(|v| f32::from(v % 1009) / 7.0).into_raw_vec_and_offset();
    let dithered = |dither| Quantize::new().level(16.0).dither(dither).seed(DitherSeed::Fixed(9_990));
    for tile in [[67, 1], [67, 16], [20, 7], [67, 41], [1, 41]] {
        for algorithm in [Algorithm::Rice, Algorithm::Gzip] {
            let compression = TileCompression::new(algorithm).tile_dims(&tile);
            let file = compressed_file(&shorts, &compression);
            let reader = ImageReader::open_bytes(&file, &ImageOptions::default()).expect("an image");
            windows_are_slices(&format!("{algorithm:?} in tiles {tile:?}"), &reader);
            let RawPixels::I16(pixels) = reader.read_raw().expect("pixels").pixels else { panic!("BITPIX 16") };
            assert_eq!(pixels.into_raw_vec_and_offset().0, shorts, "{algorithm:?} in tiles {tile:?}");
            // The pattern of the dither depends on the number of the tile in the image, over its end at 10,000 too.
            for dither in [Dither::Subtractive, Dither::None] {
                let quantize = dithered(dither);
                let compression = TileCompression::new(algorithm).tile_dims(&tile).quantize(quantize);
                let file = compressed_file(&floats, &compression);
                let reader = ImageReader::open_bytes(&file, &ImageOptions::default()).expect("an image");
                windows_are_slices(&format!("{algorithm:?} dithered in tiles {tile:?}"), &reader);
            }
        }
    }
}

#[test]
fn a_heap_that_does_not_follow_its_table_at_once_is_found() {
    let whole = Array2::from_shape_fn(SHAPE, value).mapv(|v| v as i16);
    let (pixels, _) = whole.clone().into_raw_vec_and_offset();
    let file = compressed_file(&pixels, &TileCompression::rice());
    let start = 2880;
    let header_end = (start..file.len()).step_by(80).find(|at| file[*at..].starts_with(b"END  ")).expect("END");
    let data = (header_end + 80).next_multiple_of(2880);
    let number = |keyword: &str| -> usize {
        let card =
            (start..header_end).step_by(80).find(|at| file[*at..].starts_with(format!("{keyword:<8}=").as_bytes()));
        let text = String::from_utf8_lossy(&file[card.expect("the card") + 10..][..20]).into_owned();
        text.trim().parse().expect("a number")
    };
    const GAP: usize = 64;
    let (table, heap) = (number("NAXIS1") * number("NAXIS2"), number("PCOUNT"));
    let mut cards = file[start..header_end].to_vec();
    let pcount = cards.chunks(80).position(|card| card.starts_with(b"PCOUNT")).expect("PCOUNT") * 80;
    cards[pcount..pcount + 80].copy_from_slice(format!("{:<80}", format!("PCOUNT  = {:>20}", heap + GAP)).as_bytes());
    cards.extend(format!("{:<80}", format!("THEAP   = {:>20}", table + GAP)).into_bytes());
    cards.extend(format!("{:<80}", "END").into_bytes());
    cards.resize(cards.len().next_multiple_of(2880), b' ');
    let mut body = file[data..data + table].to_vec();
    body.extend([0xa5; GAP]);
    body.extend(&file[data + table..data + table + heap]);
    body.resize(body.len().next_multiple_of(2880), 0);
    let moved = [file[..start].to_vec(), cards, body].concat();
    let reader = ImageReader::open_bytes(&moved, &ImageOptions::default()).expect("a lawful file");
    assert_eq!(reader.read_raw().expect("pixels").pixels, RawPixels::I16(whole), "THEAP says where the heap begins");
}

#[test]
fn planes_of_a_cube_are_read_one_by_one_where_they_are_asked_for() {
    let planes: Vec<Array2<i16>> =
        (0..3).map(|plane| Array2::from_shape_fn(SHAPE, |at| (value(at) / 2) as i16 ^ (plane * 257))).collect();
    let mut body: Vec<u8> = planes.iter().flat_map(|plane| plane.iter().flat_map(|v| v.to_be_bytes())).collect();
    body.resize(body.len().next_multiple_of(2880), 0);
    let axes = [("NAXIS1", SHAPE.1), ("NAXIS2", SHAPE.0), ("NAXIS3", 3)];
    let mut cards =
        vec![format!("SIMPLE  = {:>20}", "T"), format!("BITPIX  = {:>20}", 16), format!("NAXIS   = {:>20}", 3)];
    cards.extend(axes.iter().map(|(keyword, length)| format!("{keyword:<8}= {length:>20}")));
    cards.push("END".to_owned());
    let cards: String = cards.iter().map(|card| format!("{card:<80}")).collect();
    let file = [format!("{cards:<2880}").into_bytes(), body].concat();
    let error = ImageReader::open_bytes(&file, &ImageOptions::default()).expect_err("no plane is asked for");
    assert!(matches!(error.kind, FitsErrorKind::NoImage { .. }), "{error}");
    for (number, plane) in planes.iter().enumerate() {
        let options = ImageOptions { plane: Some(number), ..ImageOptions::default() };
        let reader = ImageReader::open_bytes(&file, &options).expect("a plane");
        assert_eq!(reader.read_raw().expect("pixels").pixels, RawPixels::I16(plane.clone()), "plane {number}");
        windows_are_slices(&format!("plane {number}"), &reader);
    }
    let options = ImageOptions { plane: Some(3), ..ImageOptions::default() };
    let error = ImageReader::open_bytes(&file, &options).expect_err("there are three");
    assert!(error.to_string().contains("NAXIS3"), "{error}");
}

#[test]
fn a_mask_has_the_shape_of_its_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let image = on_disk(folder.path(), "image.fits", &plain_file(PixelData::F32(&Array2::zeros(SHAPE))));
    let bits = Array2::from_shape_fn(SHAPE, |(y, x)| ((y + x) % 200) as u8);
    let mask = on_disk(folder.path(), "image.mask", &plain_file(PixelData::U8(&bits)));
    let other = on_disk(folder.path(), "other.mask", &plain_file(PixelData::U8(&Array2::zeros((2, 3)))));
    let half = on_disk(folder.path(), "half.mask", &plain_file(PixelData::F32(&Array2::from_elem(SHAPE, 0.5))));
    let reader = ImageReader::open(&image).expect("the image");
    assert_eq!(reader.read_mask(&mask).expect("its mask"), bits.mapv(u16::from));
    let error = reader.read_mask(&other).expect_err("3 x 2 pixels are another image's");
    assert!(error.to_string().contains("the mask has 3 x 2 pixels, the image 67 x 41"), "{error}");
    let error = reader.read_mask(&half).expect_err("0.5 is no bit");
    assert!(error.to_string().contains("0.5"), "{error}");
}

#[test]
fn rows_and_columns_outside_the_image_are_refused() {
    let file = plain_file(PixelData::U16(&Array2::zeros(SHAPE)));
    let reader = ImageReader::open_bytes(&file, &ImageOptions::default()).expect("an image");
    for (rows, columns, keyword) in
        [(40..42, 0..1, "NAXIS2"), (0..1, 60..68, "NAXIS1"), (usize::MAX..0, 0..1, "NAXIS2")]
    {
        let error = reader.read_raw_rectangle(rows, columns).expect_err("it lies outside");
        assert!(error.to_string().contains(keyword), "{error}");
    }
}

#[test]
fn a_file_packed_otherwise_is_refused_by_the_name_of_its_packing() {
    let error = ImageReader::open_bytes(b"BZh91AY&SY\0\0", &ImageOptions::default()).expect_err("bzip2 is not read");
    assert!(error.to_string().contains("bzip2: unpack it first"), "{error}");
}
