//! Tiles to pixels.

use std::io::Read as _;
use std::ops::Range;

use fitsio_pure::hdu::HduInfo as PureInfo;
use fitsio_pure::header::parse_header_blocks;
use fitsio_pure::image::ImageData;
use fitsio_pure::value::Value;
use flate2::read::GzDecoder;
use sky_image::Header;

use super::Band;
use crate::bintable::{Field, row_layout};
use crate::keywords::{bitpix, count};
use crate::source::{Source, room};
use crate::{FitsErrorKind, HduInfo};

/// An image may have so many pixels for each byte of its compressed data (RICE: at most 85; constant planes of HCOMPRESS and
/// GZIP: thousands), unless it is small.
const MAX_PIXELS_PER_BYTE: u64 = 4096;
/// So many pixels need no bytes: 64 MiB of floats.
const FREE_PIXELS: u64 = 1 << 24;
/// Columns that hold a descriptor of bytes in the heap.
const HEAP_COLUMNS: &[&str] = &["COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA"];
/// Dither patterns of quantised floats repeat after so many tiles (FITS standard 4.0, section 10.2.1).
const DITHER_PATTERNS: u64 = 10_000;

/// Decodes the pixels of a band (without BSCALE and BZERO), in the order of the file. Nothing else of the data is read.
pub(crate) fn decode(source: &Source<'_>, hdu: &HduInfo, band: &Band) -> Result<ImageData, FitsErrorKind> {
    let bytes = band_bytes(source, hdu, band)?;
    check_memory(bitpix(&hdu.header, "ZBITPIX")?, &band.axes, bytes.len() as u64)?;
    let header = source.read_vec(hdu.header_offset, hdu.data_offset - hdu.header_offset)?;
    let reason = |error: fitsio_pure::Error| FitsErrorKind::Compressed { reason: format!("what fails with: {error}") };
    let mut cards = parse_header_blocks(&header).map_err(reason)?;
    // Tiles are dithered by their number in the image, and the first of the band is number 1 to the decoder.
    for card in cards.iter_mut().filter(|card| card.keyword_str() == "ZDITHER0") {
        if let Some(Value::Integer(seed)) = &mut card.value {
            let first = u64::try_from(*seed - 1).unwrap_or(0);
            *seed = ((first + band.first_tile) % DITHER_PATTERNS + 1) as i64;
        }
    }
    let mut pure = fitsio_pure::hdu::Hdu::from_cards(cards, 0, 0).map_err(reason)?;
    if let PureInfo::CompressedImage { znaxes, naxis2, .. } = &mut pure.info {
        *znaxes = band.axes.iter().map(|axis| *axis as usize).collect();
        *naxis2 = band.tiles as usize;
    }
    // The decoder is young: a panic of it is a file that does not decode.
    std::panic::catch_unwind(|| fitsio_pure::tiled::read_tiled_image(&bytes, &pure))
        .unwrap_or(Err(fitsio_pure::Error::DecompressionError("the decoder panicked")))
        .map_err(reason)
}

/// The rows of the table that are the band's, and behind them the part of the heap that they point to.
fn band_bytes(source: &Source<'_>, hdu: &HduInfo, band: &Band) -> Result<Vec<u8>, FitsErrorKind> {
    let header = &hdu.header;
    let row_bytes = count(header, "NAXIS1", 0)?;
    let table_bytes = row_bytes * count(header, "NAXIS2", 0)?;
    let heap_start = count(header, "THEAP", table_bytes)?;
    if heap_start < table_bytes || heap_start > hdu.data_bytes {
        return Err(FitsErrorKind::header("THEAP", heap_start.to_string(), "a byte after the table"));
    }
    let heap_bytes = hdu.data_bytes - heap_start;
    let columns = count(header, "TFIELDS", 0)? as usize;
    let fields: Vec<Field> = row_layout(header, columns)?
        .fields
        .into_iter()
        .filter(|field| HEAP_COLUMNS.contains(&field.name.as_str()))
        .collect();
    let rows = Rows { row_bytes: row_bytes as usize, first: band.first_tile };
    let mut bytes = source.read_vec(hdu.data_offset + band.first_tile * row_bytes, band.tiles * row_bytes)?;
    let cells_bytes = bytes.len();
    let span = rows.heap_span(&bytes, &fields, heap_bytes)?;
    let heap_part = (span.end - span.start) as usize;
    if bytes.try_reserve_exact(heap_part).is_err() {
        return Err(FitsErrorKind::NoMemory { what: "data", bytes: span.end - span.start });
    }
    bytes.resize(cells_bytes + heap_part, 0);
    let (cells, heap) = bytes.split_at_mut(cells_bytes);
    source.read_at(hdu.data_offset + heap_start + span.start, heap)?;
    rows.move_descriptors(cells, &fields, span.start);
    rows.check_gzip(cells, heap, &fields, header, hdu)?;
    Ok(bytes)
}

/// The rows of the band in its bytes.
struct Rows {
    row_bytes: usize,
    /// Number of the first one in the table.
    first: u64,
}

impl Rows {
    /// The part of the heap that the descriptors name; every one must lie inside the heap.
    fn heap_span(&self, cells: &[u8], fields: &[Field], heap_bytes: u64) -> Result<Range<u64>, FitsErrorKind> {
        let (mut first, mut last) = (u64::MAX, 0);
        for (number, row) in cells.chunks_exact(self.row_bytes.max(1)).enumerate() {
            for (offset, bytes) in fields.iter().filter_map(|field| field.descriptor_bytes(row)) {
                let end = offset.checked_add(bytes).filter(|end| *end <= heap_bytes);
                let end = end.ok_or_else(|| FitsErrorKind::Compressed {
                    reason: format!(
                        "in row {} {bytes} bytes at {offset}, outside the heap of {heap_bytes} bytes",
                        self.first + number as u64 + 1
                    ),
                })?;
                if bytes > 0 {
                    (first, last) = (first.min(offset), last.max(end));
                }
            }
        }
        Ok(if first < last { first..last } else { 0..0 })
    }

    /// Counts the descriptors from the first byte of the part that was read.
    fn move_descriptors(&self, cells: &mut [u8], fields: &[Field], start: u64) {
        for row in cells.chunks_exact_mut(self.row_bytes.max(1)) {
            for field in fields {
                if let Some((offset, bytes)) = field.descriptor_bytes(row) {
                    field.set_heap_offset(row, if bytes > 0 { offset - start } else { 0 });
                }
            }
        }
    }

    /// No gzip tile may inflate beyond its pixels.
    fn check_gzip(
        &self,
        cells: &[u8],
        heap: &[u8],
        fields: &[Field],
        header: &Header,
        hdu: &HduInfo,
    ) -> Result<(), FitsErrorKind> {
        let crate::HduKind::CompressedImage { axes, .. } = &hdu.kind else { return Ok(()) };
        let tile_pixels: u64 = (1..=axes.len())
            .map(|number| count(header, &format!("ZTILE{number}"), if number == 1 { axes[0] } else { 1 }))
            .try_fold(1, |product: u64, tile| tile.map(|tile| product.saturating_mul(tile)))?;
        let is_gzip = header.text("ZCMPTYPE").is_some_and(|name| name.starts_with("GZIP"));
        let packed = |field: &&Field| field.name.starts_with("GZIP") || (is_gzip && field.name.starts_with("COMPR"));
        for (number, row) in cells.chunks_exact(self.row_bytes.max(1)).enumerate() {
            for (offset, bytes) in fields.iter().filter(packed).filter_map(|field| field.descriptor_bytes(row)) {
                if bytes > 0 {
                    let tile = &heap[offset as usize..(offset + bytes) as usize];
                    check_inflated(tile, tile_pixels.saturating_mul(8), self.first + number as u64)?;
                }
            }
        }
        Ok(())
    }
}

/// Refuses an image that its data cannot fill, and one that the machine cannot hold: the decoder asks nobody.
fn check_memory(bitpix: i64, axes: &[u64], data_bytes: u64) -> Result<(), FitsErrorKind> {
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

fn check_inflated(tile: &[u8], limit: u64, row: u64) -> Result<(), FitsErrorKind> {
    let mut inflated = GzDecoder::new(tile).take(limit + 1);
    let bytes = std::io::copy(&mut inflated, &mut std::io::sink()).map_err(|error| FitsErrorKind::Compressed {
        reason: format!("in row {} a gzip stream that is broken ({error})", row + 1),
    })?;
    if bytes > limit {
        return Err(FitsErrorKind::TooLarge { what: "bytes of an inflated tile", found: bytes, limit });
    }
    Ok(())
}
