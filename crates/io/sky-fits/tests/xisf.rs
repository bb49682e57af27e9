//! XISF files of PixInsight's kind: written here by the words of the specification, and two of another program.

use std::io::Write as _;

use ndarray::{Array2, s};
use rand::{RngExt as _, SeedableRng as _};
use sha2::Digest as _;
use sky_fits::{FitsError, FitsErrorKind, ImageOptions, ImageReader, Limits, RawPixels};

const SHAPE: (usize, usize) = (23, 37);

fn value((y, x): (usize, usize)) -> u16 {
    (y * 1031 + x * 377) as u16
}

fn frame() -> Array2<u16> {
    Array2::from_shape_fn(SHAPE, value)
}

fn bytes_of(pixels: &Array2<u16>) -> Vec<u8> {
    pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect()
}

/// A monolithic file: the header names the place of its one block.
fn file(attributes: &str, children: &str, block: &[u8]) -> Vec<u8> {
    const BLOCK_AT: usize = 4096;
    let attributes = attributes.replace("@", &format!("attachment:{BLOCK_AT}:{}", block.len()));
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><xisf version=\"1.0\" xmlns=\"http://www.pixinsight.com/xisf\">\
         <Image {attributes}>{children}</Image><Metadata/></xisf>"
    );
    with_xml(&xml, BLOCK_AT, block)
}

fn with_xml(xml: &str, block_at: usize, block: &[u8]) -> Vec<u8> {
    let mut bytes = b"XISF0100".to_vec();
    bytes.extend((xml.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(xml.as_bytes());
    bytes.resize(block_at.max(bytes.len()), 0);
    bytes.extend(block);
    bytes
}

fn geometry(channels: usize) -> String {
    format!("geometry=\"{}:{}:{channels}\" sampleFormat=\"UInt16\"", SHAPE.1, SHAPE.0)
}

fn read(bytes: &[u8]) -> Result<RawPixels, FitsError> {
    ImageReader::open_bytes(bytes, &ImageOptions::default()).and_then(|reader| reader.read_raw()).map(|raw| raw.pixels)
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).expect_err("it must be refused").to_string()
}

/// The bytes of all items by their place in the item, as PixInsight sorts them.
fn shuffled(bytes: &[u8], item: usize) -> Vec<u8> {
    let whole = bytes.len() / item * item;
    let mut sorted: Vec<u8> =
        (0..item).flat_map(|place| bytes[..whole].iter().skip(place).step_by(item).copied()).collect();
    sorted.extend(&bytes[whole..]);
    sorted
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_packing_gives_the_numbers_of_the_camera() {
    let pixels = frame();
    let plain = bytes_of(&pixels);
    let sorted = shuffled(&plain, 2);
    let size = plain.len();
    let lz4 = |bytes: &[u8]| lz4_flex::block::compress(bytes);
    let files = [
        ("plain", String::new(), plain.clone()),
        ("zlib", format!("compression=\"zlib:{size}\""), zlib(&plain)),
        ("zlib+sh", format!("compression=\"zlib+sh:{size}:2\""), zlib(&sorted)),
        ("lz4", format!("compression=\"lz4:{size}\""), lz4(&plain)),
        ("lz4hc+sh", format!("compression=\"lz4hc+sh:{size}:2\""), lz4(&sorted)),
        ("zstd", format!("compression=\"zstd:{size}\""), zstd(&plain)),
        ("zstd+sh", format!("compression=\"zstd+sh:{size}:2\""), zstd(&sorted)),
    ];
    for (name, attributes, block) in files {
        for checksum in ["", "sha-1", "sha-256", "sha-512"] {
            let digest = match checksum {
                "sha-1" => hex(&sha1::Sha1::digest(&block)),
                "sha-256" => hex(&sha2::Sha256::digest(&block)),
                _ => hex(&sha2::Sha512::digest(&block)),
            };
            let sum = if checksum.is_empty() { String::new() } else { format!("checksum=\"{checksum}:{digest}\"") };
            let bytes = file(&format!("{} {attributes} {sum} location=\"@\"", geometry(1)), "", &block);
            let reader = ImageReader::open_bytes(&bytes, &ImageOptions::default())
                .unwrap_or_else(|error| panic!("{name} {checksum}: {error}"));
            let part = reader.read_raw_rectangle(3..20, 5..31).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(part, RawPixels::U16(pixels.slice(s![3..20, 5..31]).to_owned()), "{name} {checksum}: a part");
            assert_eq!(reader.read_raw().expect(name).pixels, RawPixels::U16(pixels.clone()), "{name} {checksum}");
            assert_eq!((reader.shape(), reader.bitpix()), (SHAPE, 16), "{name}");
            if !checksum.is_empty() {
                let mut damaged = bytes.clone();
                let last = damaged.len() - 1;
                damaged[last] ^= 1;
                assert!(refused(&damaged).contains("checksum"), "{name} {checksum}: {}", refused(&damaged));
            }
        }
    }
}

#[test]
fn parts_that_were_packed_one_by_one_are_joined() {
    let pixels = frame();
    let sorted = shuffled(&bytes_of(&pixels), 2);
    let (first, second) = sorted.split_at(600);
    let (a, b) = (zlib(first), zlib(second));
    let parts = format!("{},{}:{},{}", a.len(), first.len(), b.len(), second.len());
    let attributes = format!("compression=\"zlib+sh:{}:2\" subblocks=\"{parts}\" location=\"@\"", sorted.len());
    let bytes = file(&format!("{} {attributes}", geometry(1)), "", &[a, b].concat());
    assert_eq!(read(&bytes).expect("two parts"), RawPixels::U16(pixels));
}

#[test]
fn channels_are_planes_however_they_are_stored() {
    let channels: Vec<Array2<u16>> = (0..3).map(|channel| frame().mapv(|pixel| pixel ^ (channel * 257))).collect();
    let planar: Vec<u8> = channels.iter().flat_map(bytes_of).collect();
    let mut normal = Vec::new();
    for y in 0..SHAPE.0 {
        for x in 0..SHAPE.1 {
            normal.extend(channels.iter().flat_map(|channel| channel[(y, x)].to_le_bytes()));
        }
    }
    let big: Vec<u8> = planar.as_chunks::<2>().0.iter().flat_map(|[low, high]| [*high, *low]).collect();
    for (attributes, block) in [
        ("colorSpace=\"RGB\"", &planar),
        ("colorSpace=\"RGB\" pixelStorage=\"Normal\"", &normal),
        ("colorSpace=\"RGB\" byteOrder=\"big\"", &big),
    ] {
        let bytes = file(&format!("{} {attributes} location=\"@\"", geometry(3)), "", block);
        let error = ImageReader::open_bytes(&bytes, &ImageOptions::default()).expect_err("no channel is asked for");
        assert!(matches!(error.kind, FitsErrorKind::NoImage { .. }), "{error}");
        for (number, channel) in channels.iter().enumerate() {
            let options = ImageOptions { plane: Some(number), ..ImageOptions::default() };
            let reader = ImageReader::open_bytes(&bytes, &options).expect("a channel");
            assert_eq!(reader.planes(), 3);
            let whole = RawPixels::U16(channel.clone());
            assert_eq!(reader.read_raw().expect("pixels").pixels, whole, "{attributes}: channel {number}");
            let part = RawPixels::U16(channel.slice(s![2..9, 30..37]).to_owned());
            assert_eq!(reader.read_raw_rectangle(2..9, 30..37).expect("a part"), part, "{attributes}: {number}");
        }
    }
}

#[test]
fn data_in_the_header_are_read_too() {
    let hex_of: String =
        [1_u16, 2, 3, 65_535, 5, 6].iter().flat_map(|v| v.to_le_bytes()).map(|b| format!("{b:02X}")).collect();
    let expected = RawPixels::U16(Array2::from_shape_vec((2, 3), vec![1, 2, 3, 65_535, 5, 6]).expect("six pixels"));
    let image = "geometry=\"3:2:1\" sampleFormat=\"UInt16\"";
    let inline = file(&format!("{image} location=\"inline:hex\""), &hex_of, &[]);
    assert_eq!(read(&inline).expect("inline"), expected);
    let embedded = file(
        &format!("{image} location=\"embedded\""),
        "<FITSKeyword name=\"A\" value=\"1\" comment=\"\"/><Data encoding=\"base64\">AQACAAMA //8FAAYA\n</Data>",
        &[],
    );
    assert_eq!(read(&embedded).expect("embedded"), expected);
}

#[test]
fn keywords_become_cards_and_strings_lose_only_their_quotes() {
    let keywords = "<FITSKeyword name=\"OBJECT\" value=\"'M 51 / NGC 5194'\" comment=\"a &amp; b\"/>\
        <FITSKeyword name=\"EXPTIME\" value=\"60.\" comment=\"s\"/><FITSKeyword name=\"GAIN\" value=\"100\" comment=\"\"/>\
        <FITSKeyword name=\"FILTER\" value=\"L/O\" comment=\"no quotes\"/>\
        <FITSKeyword name=\"BZERO\" value=\"32768\" comment=\"\"/><FITSKeyword name=\"NAXIS1\" value=\"9\" comment=\"\"/>\
        <FITSKeyword name=\"HISTORY\" value=\"\" comment=\"dark subtracted\"/>";
    let pixels = frame();
    let bytes = file(&format!("{} location=\"@\"", geometry(1)), keywords, &bytes_of(&pixels));
    let reader = ImageReader::open_bytes(&bytes, &ImageOptions::default()).expect("an image");
    let header = reader.header();
    assert_eq!(header.text("OBJECT"), Some("M 51 / NGC 5194"));
    assert_eq!((header.number("EXPTIME"), header.integer("GAIN")), (Some(60.0), Some(100)));
    assert_eq!(header.text("FILTER"), Some("L/O"));
    assert_eq!(header.integer("NAXIS1"), Some(37), "the geometry says the size");
    assert_eq!(header.get("BZERO"), None, "XISF numbers are physical as they stand");
    assert_eq!(reader.read_raw().expect("pixels").pixels, RawPixels::U16(pixels), "BZERO is not applied");
}

#[test]
fn what_cannot_be_is_refused_before_memory_is_taken() {
    let plain = bytes_of(&frame());
    let size = plain.len();
    let with = |attributes: &str, block: &[u8]| file(attributes, "", block);
    let image = geometry(1);
    let bomb = zlib(&vec![0; 8 << 20]);
    let cases = [
        ("geometry=\"38:23:1\" sampleFormat=\"UInt16\" location=\"@\"".to_owned(), "as its geometry says"),
        ("geometry=\"4294967295:4294967295:4294967295\" sampleFormat=\"UInt16\" location=\"@\"".to_owned(), "pixels"),
        ("geometry=\"0:23:1\" sampleFormat=\"UInt16\" location=\"@\"".to_owned(), "geometry"),
        ("geometry=\"37:23:1\" sampleFormat=\"Int16\" location=\"@\"".to_owned(), "sampleFormat"),
        ("geometry=\"37:23:1\" sampleFormat=\"Float32\" location=\"@\"".to_owned(), "bounds"),
        (format!("{image} location=\"attachment:4096:99999999999999\""), "as its geometry says"),
        (format!("{image} location=\"attachment:18446744073709551615:{size}\""), "truncated"),
        (format!("{image} location=\"attachment:4097:{size}\""), "truncated"),
        (format!("{image} location=\"url(http://example.org/a)\""), "outside its file"),
        (format!("{image} compression=\"zlib:{size}\" location=\"@\""), "decode"),
        (format!("{image} compression=\"lz4:{size}\" location=\"@\""), "decode"),
        (format!("{image} compression=\"zstd:{size}\" location=\"@\""), "decode"),
        (format!("{image} compression=\"bzip2:{size}\" location=\"@\""), "compression"),
        (format!("{image} compression=\"zlib:99999999999\" location=\"@\""), "geometry"),
        (format!("{image} checksum=\"sha-1:00\" location=\"@\""), "checksum"),
    ];
    for (attributes, words) in cases {
        let error = refused(&with(&attributes, &plain));
        assert!(error.contains(words), "{attributes}: {error}");
    }
    let declared = "geometry=\"20000:20000:1\" sampleFormat=\"UInt16\" compression=\"zlib:800000000\" location=\"@\"";
    assert!(refused(&with(declared, &bomb[..100])).contains("compressed block"), "8 million times its bytes");
    let longer = format!("{image} compression=\"zlib:{size}\" location=\"@\"");
    assert!(refused(&with(&longer, &bomb)).contains("more than"), "a block that holds more than its pixels");
}

#[test]
fn headers_that_are_bombs_or_cut_are_refused() {
    let deep = format!("<xisf>{}{}</xisf>", "<a>".repeat(20_000), "</a>".repeat(20_000));
    assert!(refused(&with_xml(&deep, 0, &[])).contains("deep"));
    let entities =
        "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><xisf><Image geometry=\"&b;\"/></xisf>";
    assert!(refused(&with_xml(entities, 0, &[])).contains("document type"));
    assert!(refused(&with_xml("<xisf><Image", 0, &[])).contains("XML header"));
    assert!(refused(&with_xml("<html></html>", 0, &[])).contains("root element html"));
    assert!(refused(b"XISF0100").contains("truncated"));
    let mut long = with_xml("<xisf></xisf>", 0, &[]);
    long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(refused(&long).contains("header bytes"), "4 GiB of header in a file of 29 bytes");
    long[8..12].copy_from_slice(&4000_u32.to_le_bytes());
    assert!(refused(&long).contains("truncated"));
    let many = format!(
        "<xisf>{}</xisf>",
        "<Image geometry=\"1:1:1\" sampleFormat=\"UInt8\" location=\"embedded\"/>".repeat(50)
    );
    let options = ImageOptions { limits: Limits { max_hdus: 10, ..Limits::default() }, ..ImageOptions::default() };
    let error = ImageReader::open_bytes(&with_xml(&many, 0, &[]), &options).expect_err("50 images");
    assert!(error.to_string().contains("images"), "{error}");
}

#[test]
fn no_changed_byte_brings_the_reader_down() {
    let plain = bytes_of(&frame());
    let packed = lz4_flex::block::compress(&shuffled(&plain, 2));
    let keyword = "<FITSKeyword name=\"OBJECT\" value=\"'M 51'\" comment=\"\"/>";
    let attributes = format!("{} compression=\"lz4+sh:{}:2\" location=\"@\"", geometry(1), plain.len());
    let good = file(&attributes, keyword, &packed);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut refusals = 0;
    for _ in 0..3000 {
        let mut bytes = good.clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.random_range(0..=255);
        }
        bytes.truncate(random.random_range(bytes.len() / 2..=bytes.len()));
        refusals += usize::from(read(&bytes).is_err());
    }
    assert!(refusals > 1000, "{refusals} of 3000 changed files were refused");
}

#[test]
fn files_of_another_program_hold_what_their_fits_twins_hold() {
    let Some(data) = test_sky::real_data("sky-fits files_of_another_program_hold_what_their_fits_twins_hold") else {
        return;
    };
    let folder = data.join("f_nasty/graxpert");
    let mono = ImageReader::open(&folder.join("mono_32bit.xisf")).expect("an XISF file");
    assert_eq!((mono.shape(), mono.bitpix(), mono.bounds()), ((5, 6), -32, Some((0.0, 1.0))));
    let twin = ImageReader::open(&folder.join("mono_32bit.fits")).and_then(|reader| reader.read()).expect("its twin");
    assert_eq!(mono.read().expect("pixels").pixels, twin.pixels, "GraXpert wrote both");
    for plane in 0..3 {
        let options = ImageOptions { plane: Some(plane), ..ImageOptions::default() };
        let color = ImageReader::open_with(&folder.join("color_16bit.xisf"), &options).expect("a channel");
        let twin = ImageReader::open_with(&folder.join("color_16bit.fits"), &options).expect("its twin");
        assert_eq!(
            color.read_raw().expect("pixels").pixels,
            twin.read_raw().expect("pixels").pixels,
            "channel {plane}"
        );
    }
}
