//! A seeded mutator of a good tile: each variant with what a reader may make of it.

use fitsio_pure::compress::TileCompression;
use ndarray::Array2;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sky_fits::PixelData;

use super::tile::{BLOCK, CARD, Tile, empty_primary, gzipped, header_block, last_hdu, sealed};
use super::truth;

/// What a reader may make of a variant.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// Nothing: it must refuse.
    Refused,
    /// These pixels.
    Pixels(Array2<f32>),
    /// These pixels, or a refusal (the place that changed may mean nothing).
    PixelsOrRefused(Array2<f32>),
}

/// A changed file.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

impl Variant {
    /// The same, but a reader may also refuse it: what changed may break the standard where the plainest reading does not look.
    fn changed(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let expected = truth::pixels(&bytes).map_or(Expected::Refused, Expected::PixelsOrRefused);
        Self::new(name, bytes, expected)
    }

    fn new(name: impl Into<String>, bytes: Vec<u8>, expected: Expected) -> Self {
        Self { name: name.into(), bytes, expected }
    }

    /// Of a file of one plain image: what the plainest reading makes of it, or a refusal.
    fn plain(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        let expected = truth::pixels(&bytes).map_or(Expected::Refused, Expected::Pixels);
        Self::new(name, bytes, expected)
    }
}

/// Values that a header may claim.
const VALUES: &[&str] = &[
    "-1",
    "0",
    "1",
    "2",
    "3",
    "7",
    "9",
    "12",
    "-16",
    "17",
    "247",
    "99999",
    "2147483647",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "99999999999999999999",
    "1E30",
    "NaN",
    "16.0",
    "'16'",
    "T",
    "",
    "0x10",
    "16 16",
    "1,6",
];

/// All variants of a tile; the same for the same seed.
pub(crate) fn variants(tile: &Tile, seed: u64) -> Result<Vec<Variant>, String> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all = pixel_types(tile)?;
    let plain = tile.plain()?;
    all.extend(structure(&plain));
    all.extend(scaling(&plain));
    all.extend(cut(&plain, tile));
    all.extend(appended(&plain, tile));
    all.extend(flipped(&plain, tile, &mut random));
    all.extend(compressed(tile, &mut random)?);
    all.extend(stacked(&plain, &mut random));
    all.extend(odd_files(&plain));
    Ok(all)
}

/// One file of each pixel type, with NaN and infinite pixels where there are such.
fn pixel_types(tile: &Tile) -> Result<Vec<Variant>, String> {
    let mut floats = tile.pixels.mapv(f32::from);
    let (height, width) = floats.dim();
    for x in 0..width {
        floats[[height / 2, x]] = f32::NAN;
    }
    (floats[[0, 0]], floats[[1, 1]], floats[[2, 2]]) = (f32::INFINITY, f32::NEG_INFINITY, f32::from_bits(1));
    let all_nan = floats.mapv(|_| f32::NAN);
    let doubles = floats.mapv(|pixel| if pixel == f32::from_bits(1) { 1e300 } else { f64::from(pixel) });
    let (bytes, shorts) = (tile.pixels.mapv(|pixel| (pixel >> 6) as u8), tile.pixels.mapv(|pixel| pixel as u16));
    let (ints, longs) = (tile.pixels.mapv(i32::from), tile.pixels.mapv(|pixel| i64::from(pixel) << 40));
    let one = Array2::from_elem((1, 1), 7_i16);
    [
        ("BITPIX 8", PixelData::U8(&bytes)),
        ("BITPIX 16", PixelData::I16(&tile.pixels)),
        ("BITPIX 16 unsigned", PixelData::U16(&shorts)),
        ("BITPIX 32", PixelData::I32(&ints)),
        ("BITPIX 64", PixelData::I64(&longs)),
        ("BITPIX -32 with NaN and infinite pixels", PixelData::F32(&floats)),
        ("BITPIX -32 all NaN", PixelData::F32(&all_nan)),
        ("BITPIX -64 beyond 32 bits", PixelData::F64(&doubles)),
        ("one pixel", PixelData::I16(&one)),
    ]
    .into_iter()
    .map(|(name, pixels)| Ok(Variant::plain(name, tile.written(pixels)?)))
    .collect()
}

/// Every structural card with every value that it may claim.
fn structure(plain: &[u8]) -> Vec<Variant> {
    let mut all = Vec::new();
    for keyword in ["SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2"] {
        for value in VALUES {
            all.push(Variant::plain(format!("{keyword} = {value}"), with_card(plain, keyword, value)));
        }
        all.push(Variant::plain(format!("without {keyword}"), without_card(plain, keyword)));
        all.push(Variant::plain(format!("{keyword} twice, differing"), added_card(plain, keyword, "3")));
    }
    for (keyword, value) in
        [("EXTEND", "9"), ("PCOUNT", "99999999999"), ("GCOUNT", "-5"), ("GROUPS", "T"), ("NAXIS3", "0")]
    {
        all.push(Variant::plain(format!("added {keyword} = {value}"), added_card(plain, keyword, value)));
    }
    all
}

/// BSCALE, BZERO and BLANK as they should and should not be.
fn scaling(plain: &[u8]) -> Vec<Variant> {
    let mut all = Vec::new();
    for (keyword, values) in [
        ("BSCALE", ["0", "2.5", "-1", "1D2", "1E40", "1E400", "'two'", "T"]),
        ("BZERO", ["0", "32768", "-1.5", "1D2", "1E39", "NaN", "'zero'", "F"]),
        ("BLANK", ["6000", "-32768", "99999999", "6000.0", "6000.5", "'none'", "T", ""]),
    ] {
        for value in values {
            all.push(Variant::plain(format!("{keyword} = {value}"), added_card(plain, keyword, value)));
        }
    }
    let twice = added_card(&added_card(plain, "BZERO", "1"), "BZERO", "2");
    all.push(Variant::plain("BZERO twice, differing", twice));
    all
}

/// Ends that come too early, of the plain file and of its gzip.
fn cut(plain: &[u8], tile: &Tile) -> Vec<Variant> {
    let data = tile.pixels.len() * 2;
    let start = last_hdu(plain).1;
    let mut all: Vec<Variant> =
        [0, 1, 8, 79, 80, 2879, BLOCK, BLOCK + 1, start - 1, start, start + 1, start + data / 2, start + data - 1]
            .into_iter()
            .map(|length| {
                Variant::new(format!("cut after {length} bytes"), plain[..length].to_vec(), Expected::Refused)
            })
            .collect();
    all.push(Variant::plain("cut after the last pixel, padding missing", plain[..start + data].to_vec()));
    let packed = gzipped(plain);
    for part in 0..10 {
        let length = packed.len() * part / 10;
        let bytes = packed[..length].to_vec();
        all.push(Variant::new(format!("gzip cut after {part} tenths"), bytes, Expected::Refused));
    }
    for lost in [1, 4, 8, 9] {
        let bytes = packed[..packed.len() - lost].to_vec();
        all.push(Variant::new(format!("gzip without its last {lost} bytes"), bytes, Expected::Refused));
    }
    all.push(Variant::new("gzip", packed, Expected::Pixels(tile.pixels.mapv(f32::from))));
    all
}

/// What stands behind the image.
fn appended(plain: &[u8], tile: &Tile) -> Vec<Variant> {
    let good = Expected::Pixels(tile.pixels.mapv(f32::from));
    let with = |more: &[u8]| [plain, more].concat();
    let stranger = header_block(&[
        "XTENSION= 'IMAGE   '",
        "BITPIX  =                   16",
        "NAXIS   =                    1",
        "NAXIS1  =              9999999",
        "PCOUNT  =                    0",
        "GCOUNT  =                    1",
    ]);
    let groups = |pcount: &str, gcount: &str| {
        let pixels = &plain[last_hdu(plain).1..];
        let (height, width) = tile.pixels.dim();
        let (axis1, axis2) = (format!("NAXIS1  = {width:>20}"), format!("NAXIS2  = {height:>20}"));
        let (pcount, gcount) = (format!("PCOUNT  = {pcount:>20}"), format!("GCOUNT  = {gcount:>20}"));
        let cards = [
            "XTENSION= 'IMAGE   '",
            "BITPIX  =                   16",
            "NAXIS   =                    2",
            &axis1,
            &axis2,
            &pcount,
            &gcount,
        ];
        [&empty_primary(), &header_block(&cards), pixels].concat()
    };
    let mut all = vec![
        Variant::new("zeros behind the image", with(&vec![0; 3 * BLOCK]), good.clone()),
        Variant::new("one byte behind the image", with(b"x"), Expected::Refused),
        Variant::new("text behind the image", with(&[b'A'; 5000]), Expected::Refused),
        Variant::new("a second file behind the first", with(plain), Expected::Refused),
        Variant::new("an extension that is cut", with(&stranger), Expected::Refused),
        Variant::new("half an extension's header", with(&stranger[..100]), Expected::Refused),
        Variant::new(
            "gzip with text behind it",
            [gzipped(plain), b"<html>".to_vec()].concat(),
            Expected::PixelsOrRefused(tile.pixels.mapv(f32::from)),
        ),
        Variant::new("gzip of gzip", gzipped(&gzipped(plain)), Expected::Refused),
        Variant::new("image extension", groups("0", "1"), good),
        Variant::new(
            "ten thousand extensions and one",
            [plain.to_vec(), empty_extension().repeat(10_001)].concat(),
            Expected::Refused,
        ),
    ];
    for (pcount, gcount) in
        [("5", "1"), ("0", "2"), ("0", "0"), ("-1", "1"), ("9223372036854775807", "1"), ("0", "9223372036854775807")]
    {
        all.push(Variant::new(
            format!("image extension of PCOUNT {pcount}, GCOUNT {gcount}"),
            groups(pcount, gcount),
            Expected::Refused,
        ));
    }
    all
}

fn empty_extension() -> Vec<u8> {
    header_block(&[
        "XTENSION= 'IMAGE   '",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        "PCOUNT  =                    0",
        "GCOUNT  =                    1",
    ])
}

/// Single bits of the plain file, of the sealed file, of the gzip.
fn flipped(plain: &[u8], tile: &Tile, random: &mut ChaCha8Rng) -> Vec<Variant> {
    let (start, good) = (last_hdu(plain).1, tile.pixels.mapv(f32::from));
    let mut all = Vec::new();
    for number in 0..30 {
        let (bytes, name) = flip(plain, random.random_range(start..start + 2 * tile.pixels.len()), random);
        all.push(Variant::plain(format!("{name} of a pixel ({number})"), bytes));
    }
    for number in 0..40 {
        let (bytes, name) = flip(plain, random.random_range(0..start), random);
        all.push(Variant::changed(format!("{name} of the header ({number})"), bytes));
    }
    let whole = sealed(plain);
    all.push(Variant::new("sealed by CHECKSUM", whole.clone(), Expected::Pixels(good.clone())));
    for number in 0..30 {
        let (bytes, name) = flip(&whole, random.random_range(0..whole.len()), random);
        all.push(Variant::new(
            format!("{name} of the sealed file ({number})"),
            bytes,
            Expected::PixelsOrRefused(good.clone()),
        ));
    }
    let packed = gzipped(plain);
    for number in 0..30 {
        let (bytes, name) = flip(&packed, random.random_range(0..packed.len()), random);
        all.push(Variant::new(
            format!("{name} of the gzip ({number})"),
            bytes,
            Expected::PixelsOrRefused(good.clone()),
        ));
    }
    all
}

fn flip(file: &[u8], at: usize, random: &mut ChaCha8Rng) -> (Vec<u8>, String) {
    let mut bytes = file.to_vec();
    let bit = random.random_range(0..8);
    bytes[at] ^= 1 << bit;
    (bytes, format!("bit {bit} of byte {at}"))
}

/// Images compressed by tiles: sound, cut, flipped, and with cards that lie.
fn compressed(tile: &Tile, random: &mut ChaCha8Rng) -> Result<Vec<Variant>, String> {
    let good = tile.pixels.mapv(f32::from);
    let mut all = Vec::new();
    for (name, compression) in
        [("RICE_1", TileCompression::rice()), ("GZIP_1", TileCompression::gzip()), ("GZIP_2", TileCompression::gzip2())]
    {
        let bare = tile.compressed(&compression)?;
        let whole = sealed(&bare);
        all.push(Variant::new(name, bare.clone(), Expected::Pixels(good.clone())));
        all.push(Variant::new(format!("{name} sealed"), whole.clone(), Expected::Pixels(good.clone())));
        for part in 1..10 {
            let bytes = bare[..bare.len() * part / 10].to_vec();
            all.push(Variant::new(format!("{name} cut after {part} tenths"), bytes, Expected::Refused));
        }
        for number in 0..20 {
            // What precedes the sealed HDU is an empty primary HDU, of which a changed bit may mean nothing.
            let (bytes, bit) = flip(&whole, random.random_range(BLOCK..whole.len()), random);
            all.push(Variant::new(
                format!("{name} sealed: {bit} ({number})"),
                bytes,
                Expected::PixelsOrRefused(good.clone()),
            ));
        }
        for (keyword, value) in LIES {
            let bytes = with_card(&bare, keyword, value);
            all.push(Variant::new(format!("{name}: {keyword} = {value}"), bytes, Expected::Refused));
        }
        let (start, data) = last_hdu(&bare);
        for (place, descriptor) in
            [(0, [u32::MAX, 0]), (3, [0x7fff_ffff, 0x7fff_ffff]), (7, [10, u32::MAX]), (9, [1 << 30, 4])]
        {
            let mut bytes = bare.clone();
            let at = data + place * 8;
            bytes[at..at + 4].copy_from_slice(&descriptor[0].to_be_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&descriptor[1].to_be_bytes());
            all.push(Variant::new(
                format!("{name}: descriptor of row {place} beyond the heap"),
                bytes,
                Expected::Refused,
            ));
        }
        for keyword in ["ZBITPIX", "ZNAXIS", "ZNAXIS1", "ZNAXIS2", "ZCMPTYPE", "TFORM1", "TTYPE1", "TFIELDS", "PCOUNT"]
        {
            let bytes = [&bare[..start], &without_card(&bare[start..], keyword)].concat();
            all.push(Variant::new(format!("{name} without {keyword}"), bytes, Expected::Refused));
        }
    }
    Ok(all)
}

/// Cards of a compressed image that cannot be.
const LIES: &[(&str, &str)] = &[
    ("ZNAXIS1", "30000"),
    ("ZNAXIS2", "2147483647"),
    ("ZNAXIS1", "9223372036854775807"),
    ("ZNAXIS", "999"),
    ("ZNAXIS", "1"),
    ("ZNAXIS1", "0"),
    ("ZNAXIS2", "-4"),
    ("ZTILE1", "0"),
    ("ZTILE1", "-1"),
    ("ZTILE2", "99999999"),
    ("ZBITPIX", "12"),
    ("ZBITPIX", "0"),
    ("ZCMPTYPE", "'LZW_9   '"),
    ("ZCMPTYPE", "7"),
    ("NAXIS1", "9"),
    ("NAXIS1", "9223372036854775807"),
    ("NAXIS2", "3"),
    ("NAXIS2", "99999999999"),
    ("PCOUNT", "-1"),
    ("PCOUNT", "9223372036854775807"),
    ("GCOUNT", "2"),
    ("TFIELDS", "1000"),
    ("TFIELDS", "0"),
    ("TFIELDS", "-1"),
    ("TFORM1", "'1PZ     '"),
    ("TFORM1", "'99999999999999999999B'"),
    ("TFORM1", "'9PB     '"),
    ("TFORM1", "'       '"),
    ("TFORM1", "8"),
    ("BITPIX", "16"),
    ("XTENSION", "'BINTABEL'"),
];

/// Several changes at once, seeded, of a plain file: the plainest reading says what is left of it.
fn stacked(plain: &[u8], random: &mut ChaCha8Rng) -> Vec<Variant> {
    (0..80)
        .map(|number| {
            let mut bytes = plain.to_vec();
            let mut names = Vec::new();
            for _ in 0..random.random_range(2..5) {
                names.push(change(&mut bytes, random));
            }
            Variant::changed(format!("{} ({number})", names.join(", ")), bytes)
        })
        .collect()
}

fn change(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) -> String {
    if bytes.len() < 2 * CARD {
        return "nothing left".to_owned();
    }
    let cards = bytes.len().min(2 * BLOCK) / CARD;
    let at = random.random_range(0..cards) * CARD;
    match random.random_range(0..6) {
        0 => {
            let value = VALUES[random.random_range(0..VALUES.len())];
            if let Some(field) = bytes.get_mut(at + 10..at + 30) {
                field.copy_from_slice(format!("{value:>20}").as_bytes());
            }
            format!("card {} = {value}", at / CARD)
        }
        1 => {
            let from = random.random_range(0..cards) * CARD;
            let card = bytes[from..from + CARD].to_vec();
            bytes[at..at + CARD].copy_from_slice(&card);
            format!("card {} at {}", from / CARD, at / CARD)
        }
        2 => {
            bytes.drain(at..at + CARD);
            format!("card {} removed", at / CARD)
        }
        3 => {
            let position = random.random_range(0..bytes.len());
            bytes.splice(position..position, [b'\r', b'\n']).for_each(drop);
            format!("line end at {position}")
        }
        4 => {
            let position = random.random_range(0..bytes.len());
            bytes[position] = random.random();
            format!("byte {position}")
        }
        _ => {
            let length = random.random_range(0..bytes.len());
            bytes.truncate(length);
            format!("cut at {length}")
        }
    }
}

/// What is no FITS image at all, or claims without end.
fn odd_files(plain: &[u8]) -> Vec<Variant> {
    let good = truth::pixels(plain).map_or(Expected::Refused, Expected::PixelsOrRefused);
    let endless: Vec<u8> = [b"SIMPLE  =                    T".to_vec(), vec![b' '; 17 << 20]].concat();
    let mut strings = header_block(&[
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        "LONG    = 'begins&'",
    ]);
    strings.truncate(4 * CARD);
    for _ in 0..40_000 {
        strings.extend(format!("{:<80}", format!("CONTINUE  '{}&'", "x".repeat(66))).into_bytes());
    }
    strings.extend(format!("{:<80}", "END").into_bytes());
    strings.resize(strings.len().next_multiple_of(BLOCK), b' ');
    let mut bomb = plain.to_vec();
    bomb.resize(300 << 20, 0);
    let mut page = b"<!DOCTYPE html><html><body>Service unavailable</body></html>".to_vec();
    page.resize(3 * BLOCK, b' ');
    vec![
        Variant::new("an empty file", Vec::new(), Expected::Refused),
        Variant::new("a web page", page.clone(), Expected::Refused),
        Variant::new("a web page as gzip", gzipped(&page), Expected::Refused),
        Variant::new("a header without end", endless, Expected::Refused),
        Variant::new("a string of 40,000 CONTINUE cards", strings, Expected::Refused),
        Variant::new("300 MiB of zeros behind the image, as gzip", gzipped(&bomb), good),
        Variant::new("blanks", vec![b' '; 5 * BLOCK], Expected::Refused),
        Variant::new("zeros", vec![0; 5 * BLOCK], Expected::Refused),
        Variant::new("a header only", plain[..last_hdu(plain).1].to_vec(), Expected::Refused),
    ]
}

/// The last HDU with another value in a card, or with that card before END where there is none.
fn with_card(file: &[u8], keyword: &str, value: &str) -> Vec<u8> {
    let (start, data) = last_hdu(file);
    let card = format!("{:<80}", format!("{keyword:<8}= {value:>20}")).into_bytes();
    let mut bytes = file.to_vec();
    match place_of(file, keyword) {
        Some(at) => bytes[at..at + CARD].copy_from_slice(&card),
        None => return added_card(file, keyword, value),
    }
    debug_assert!(start < data);
    bytes
}

/// The last HDU without that card: the following ones move up.
fn without_card(file: &[u8], keyword: &str) -> Vec<u8> {
    let Some(at) = place_of(file, keyword) else { return file.to_vec() };
    let data = last_hdu(file).1;
    let mut bytes = file.to_vec();
    bytes.copy_within(at + CARD..data, at);
    bytes[data - CARD..data].fill(b' ');
    bytes
}

/// The last HDU with one more card before END (its header has room for it, or grows by a block).
fn added_card(file: &[u8], keyword: &str, value: &str) -> Vec<u8> {
    let (start, data) = last_hdu(file);
    let end = place_of(file, "END").unwrap_or(data - CARD);
    let mut header = file[start..end].to_vec();
    header.extend(format!("{:<80}", format!("{keyword:<8}= {value:>20}")).into_bytes());
    header.extend(format!("{:<80}", "END").into_bytes());
    header.resize(header.len().next_multiple_of(BLOCK), b' ');
    [&file[..start], &header, &file[data..]].concat()
}

fn place_of(file: &[u8], keyword: &str) -> Option<usize> {
    let (start, data) = last_hdu(file);
    let wanted = format!("{keyword:<8}");
    (start..data).step_by(CARD).find(|at| file[*at..].starts_with(wanted.as_bytes()))
}
