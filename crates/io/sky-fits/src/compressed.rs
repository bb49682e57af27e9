//! Images compressed by tiles (FITS standard 4.0, section 10): everything that a decoder would believe is checked here
//! before `fitsio-pure` decodes RICE, GZIP, HCOMPRESS and PLIO.

use std::io::Read as _;

use fitsio_pure::header::parse_header_blocks;
use fitsio_pure::image::ImageData;
use flate2::read::GzDecoder;
use sky_image::{CardValue, Header};

use crate::bintable::row_layout;
use crate::checksum::DataSum;
use crate::hdu::{axes, bitpix, check_pixels, count, integer};
use crate::source::room;
use crate::walker::Walker;
use crate::{FitsErrorKind, HduInfo, HduKind, Limits};

/// Compressions that are known.
const KNOWN: &[&str] = &["RICE_1", "RICE_ONE", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1", "NOCOMPRESS"];
/// Ways to round floats before compression that are known.
const QUANTIZATIONS: &[&str] = &["NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2", "NONE"];
/// An image may have so many pixels for each byte of its compressed data (RICE: at most 85; constant planes of HCOMPRESS and
/// GZIP: thousands), unless it is small.
const MAX_PIXELS_PER_BYTE: u64 = 4096;
/// So many pixels need no bytes: 64 MiB of floats.
const FREE_PIXELS: u64 = 1 << 24;
/// Columns that hold a descriptor of bytes in the heap.
const HEAP_COLUMNS: &[&str] = &["COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA"];

/// Shape of the image, once every keyword of the compression is possible.
pub(crate) fn kind_of(header: &Header, rows: u64, limits: &Limits) -> Result<HduKind, FitsErrorKind> {
    let bitpix = bitpix(header, "ZBITPIX")?;
    let axes = axes(header, "ZNAXIS")?;
    let mut pixels = 1_u64;
    let mut tiles = 1_u64;
    for (index, axis) in axes.iter().enumerate() {
        let number = index + 1;
        if *axis == 0 {
            return Err(FitsErrorKind::header(&format!("ZNAXIS{number}"), "0", "1 or more"));
        }
        let keyword = format!("ZTILE{number}");
        let tile = count(header, &keyword, if index == 0 { *axis } else { 1 })?;
        if !(1..=*axis).contains(&tile) {
            return Err(FitsErrorKind::header(&keyword, tile.to_string(), format!("1 to {axis}")));
        }
        pixels = pixels.saturating_mul(*axis);
        tiles = tiles.saturating_mul(axis.div_ceil(tile));
    }
    check_pixels(pixels, 1, limits)?;
    if tiles != rows {
        return Err(FitsErrorKind::header("NAXIS2", format!("{rows} rows for {tiles} tiles"), "one row for each tile"));
    }
    let compression = header.text("ZCMPTYPE").unwrap_or_default();
    if !KNOWN.contains(&compression) {
        return Err(FitsErrorKind::header("ZCMPTYPE", format!("{compression:?}"), KNOWN.join(", ")));
    }
    check_parameters(header)?;
    Ok(HduKind::CompressedImage { bitpix, axes })
}

/// Decodes the pixels (without BSCALE and BZERO), in the order of the file.
pub(crate) fn decode(walker: &mut Walker<'_>, hdu: &HduInfo) -> Result<ImageData, FitsErrorKind> {
    walker.prove(hdu, DataSum::default())?;
    let header_bytes = hdu.data_offset - hdu.header_offset;
    let bytes = walker.source.read_vec(hdu.header_offset, header_bytes + hdu.data_bytes)?;
    let (header, data) = bytes.split_at(header_bytes as usize);
    check_heap(&hdu.header, &hdu.kind, data)?;
    check_memory(&hdu.kind, data.len() as u64)?;
    let reason = |error: fitsio_pure::Error| FitsErrorKind::Compressed { reason: format!("what fails with: {error}") };
    let cards = parse_header_blocks(header).map_err(reason)?;
    let pure = fitsio_pure::hdu::Hdu::from_cards(cards, 0, header_bytes as usize).map_err(reason)?;
    // The decoder is young: a panic of it is a file that does not decode.
    std::panic::catch_unwind(|| fitsio_pure::tiled::read_tiled_image(&bytes, &pure))
        .unwrap_or(Err(fitsio_pure::Error::DecompressionError("the decoder panicked")))
        .map_err(reason)
}

/// Refuses an image that its data cannot fill, and one that the machine cannot hold: the decoder asks nobody.
fn check_memory(kind: &HduKind, data_bytes: u64) -> Result<(), FitsErrorKind> {
    let HduKind::CompressedImage { bitpix, axes } = kind else { return Ok(()) };
    let pixels = axes.iter().fold(1_u64, |product, axis| product.saturating_mul(*axis));
    let limit = data_bytes.saturating_mul(MAX_PIXELS_PER_BYTE).max(FREE_PIXELS);
    if pixels > limit {
        return Err(FitsErrorKind::TooLarge { what: "pixels for its compressed bytes", found: pixels, limit });
    }
    // Stored pixels, and beside them what the decoder of one tile works on (at most the whole image, 8 bytes a pixel).
    let probe: Vec<u64> = room("decoded pixels", pixels + pixels * bitpix.unsigned_abs() / 64)?;
    drop(probe);
    Ok(())
}

/// ZVALn that a decoder divides by, and what it would pass over without a word.
fn check_parameters(header: &Header) -> Result<(), FitsErrorKind> {
    if let Some(value) = header.get("ZQUANTIZ") {
        let known = header.text("ZQUANTIZ").is_some_and(|name| QUANTIZATIONS.contains(&name));
        if !known {
            return Err(FitsErrorKind::header("ZQUANTIZ", format!("{value:?}"), QUANTIZATIONS.join(", ")));
        }
    }
    for keyword in ["ZBLANK", "ZDITHER0"] {
        if header.get(keyword).is_some() {
            integer(header, keyword, "a whole number")?;
        }
    }
    if header.get("ZMASKCMP").is_some() {
        return Err(FitsErrorKind::Unsupported { what: "a mask of undefined pixels (ZMASKCMP)".to_owned() });
    }
    for number in 1..=9 {
        let allowed: &[i64] = match header.text(&format!("ZNAME{number}")) {
            Some("BLOCKSIZE") => &[16, 32],
            Some("BYTEPIX") => &[1, 2, 4, 8],
            _ => continue,
        };
        let keyword = format!("ZVAL{number}");
        let value = integer(header, &keyword, "a whole number")?;
        if !allowed.contains(&value) {
            return Err(FitsErrorKind::header(&keyword, value.to_string(), format!("one of {allowed:?}")));
        }
    }
    Ok(())
}

/// Every descriptor must lie inside the heap, and no gzip tile may inflate beyond its pixels.
fn check_heap(header: &Header, kind: &HduKind, data: &[u8]) -> Result<(), FitsErrorKind> {
    let HduKind::CompressedImage { axes, .. } = kind else { return Ok(()) };
    let columns = count(header, "TFIELDS", 0)? as usize;
    let row_bytes = count(header, "NAXIS1", 0)? as usize;
    let table_bytes = row_bytes * count(header, "NAXIS2", 0)? as usize;
    let heap_start = count(header, "THEAP", table_bytes as u64)? as usize;
    let heap = data.get(heap_start..).filter(|_| heap_start >= table_bytes);
    let heap = heap.ok_or_else(|| FitsErrorKind::header("THEAP", heap_start.to_string(), "a byte after the table"))?;
    let tile_pixels: u64 = (1..=axes.len())
        .map(|number| count(header, &format!("ZTILE{number}"), if number == 1 { axes[0] } else { 1 }))
        .try_fold(1, |product: u64, tile| tile.map(|tile| product.saturating_mul(tile)))?;
    let is_gzip = header.text("ZCMPTYPE").is_some_and(|name| name.starts_with("GZIP"));
    for field in row_layout(header, columns)?.fields {
        if !HEAP_COLUMNS.contains(&field.name.as_str()) {
            continue;
        }
        for (row, cells) in data[..table_bytes].chunks_exact(row_bytes.max(1)).enumerate() {
            let Some((offset, bytes)) = field.descriptor_bytes(cells) else { continue };
            let broken = || FitsErrorKind::Compressed {
                reason: format!(
                    "in row {} {bytes} bytes at {offset}, outside the heap of {} bytes",
                    row + 1,
                    heap.len()
                ),
            };
            let end = offset.checked_add(bytes).and_then(|end| usize::try_from(end).ok()).ok_or_else(broken)?;
            let tile = heap.get(offset as usize..end).ok_or_else(broken)?;
            if !tile.is_empty() && (field.name.starts_with("GZIP") || (is_gzip && field.name.starts_with("COMPR"))) {
                check_inflated(tile, tile_pixels.saturating_mul(8), row)?;
            }
        }
    }
    Ok(())
}

fn check_inflated(tile: &[u8], limit: u64, row: usize) -> Result<(), FitsErrorKind> {
    let mut inflated = GzDecoder::new(tile).take(limit + 1);
    let bytes = std::io::copy(&mut inflated, &mut std::io::sink()).map_err(|error| FitsErrorKind::Compressed {
        reason: format!("in row {} a gzip stream that is broken ({error})", row + 1),
    })?;
    if bytes > limit {
        return Err(FitsErrorKind::TooLarge { what: "bytes of an inflated tile", found: bytes, limit });
    }
    Ok(())
}

/// The header of the image that a compressed HDU stands for: BITPIX and NAXIS are those of the image.
pub(crate) fn image_header(header: &Header, bitpix: i64, axes: &[u64]) -> Header {
    let mut image = crate::without_structure(header);
    image.set("BITPIX", CardValue::Integer(bitpix), "");
    image.set("NAXIS", CardValue::Integer(axes.len() as i64), "");
    for (index, axis) in axes.iter().enumerate() {
        image.set(&format!("NAXIS{}", index + 1), CardValue::Integer(*axis as i64), "");
    }
    for keyword in ["BSCALE", "BZERO", "BLANK"] {
        if let Some(card) = header.cards().iter().find(|card| card.keyword == keyword) {
            image.set(keyword, card.value.clone(), &card.comment);
        }
    }
    image
}
