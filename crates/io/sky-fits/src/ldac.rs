//! FITS_LDAC catalogues as SExtractor writes them: an empty primary HDU, LDAC_IMHEAD (the header of the image in one
//! cell) and LDAC_OBJECTS (the sources).

use std::io::Write;
use std::path::Path;

use sky_image::Header;

use crate::bintable::{read_columns_of_rows, read_rows, write_primary, write_table, write_table_rows};
use crate::card_read::{CARD_BYTES, parse_header};
use crate::card_write::format_cards;
use crate::keywords::HEADER_CARDS;
use crate::source::Source;
use crate::walker::Walker;
use crate::{BinColumn, BinTable, FitsError, FitsErrorKind, HduKind, Limits, Values};

/// EXTNAME of the table that holds the header of the image.
const IMHEAD: &str = "LDAC_IMHEAD";
/// EXTNAME of the table of sources.
const OBJECTS: &str = "LDAC_OBJECTS";

/// Writes a catalogue. `imhead` is the whole header of the image, structural cards included; PSFEx reads SEXBKDEV
/// (background rms, ADU) and SEXGAIN (e-/ADU) there.
///
/// Fails where a card cannot be written, the columns differ in length, or the writer refuses.
pub fn write(writer: &mut impl Write, imhead: &Header, columns: &[BinColumn]) -> Result<(), FitsError> {
    write_imhead(writer, imhead)
        .and_then(|()| write_table(writer, OBJECTS, &Header::new(), columns))
        .map_err(|kind| kind.of("output", None))
}

/// Writes a catalogue of `rows` sources without holding its cells: `encode` appends those of a row, big-endian, in the order
/// of the columns, of which only names, types and shapes count.
///
/// Fails where a card cannot be written, a row has another length than the columns say, or the writer refuses.
pub fn write_rows(
    writer: &mut impl Write,
    imhead: &Header,
    columns: &[BinColumn],
    rows: usize,
    encode: &(dyn Fn(usize, &mut Vec<u8>) + Sync),
) -> Result<(), FitsError> {
    write_imhead(writer, imhead)
        .and_then(|()| write_table_rows(writer, OBJECTS, &Header::new(), columns, rows, encode))
        .map_err(|kind| kind.of("output", None))
}

/// Reads a catalogue: the header of the image and the table of sources.
///
/// Fails where either is missing, or where the catalogue is of a mosaic (more than one pair of tables).
pub fn read(path: &Path) -> Result<(Header, BinTable), FitsError> {
    let limits = Limits::default();
    read_source(Source::open(path, &limits)?, &limits, None)
}

/// The same as [`read`] with only those of the sources' columns that are named here and there: a catalogue with VIGNET is
/// read in a tenth of the time without it.
pub fn read_columns(path: &Path, names: &[&str]) -> Result<(Header, BinTable), FitsError> {
    let limits = Limits::default();
    read_source(Source::open(path, &limits)?, &limits, Some(names))
}

/// The same as [`read`] for a file in memory.
pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<(Header, BinTable), FitsError> {
    read_source(Source::from_bytes(bytes, limits)?, limits, None)
}

/// The empty primary HDU and the header of the image.
fn write_imhead(writer: &mut impl Write, imhead: &Header) -> Result<(), FitsErrorKind> {
    let cards = format_cards(imhead)?;
    let count = cards.len() / CARD_BYTES;
    // Bytes under the letter A: the cell is one text, but for a reader an array of cards.
    let cell = Values::Text(vec![String::from_utf8_lossy(&cards).into_owned()]);
    let header = BinColumn::new(HEADER_CARDS, cell).with_dims(&[CARD_BYTES, count]);
    write_primary(writer)?;
    write_table(writer, IMHEAD, &Header::new(), &[header])
}

fn read_source(source: Source<'_>, limits: &Limits, names: Option<&[&str]>) -> Result<(Header, BinTable), FitsError> {
    let mut walker = Walker::new(source, *limits);
    let mut imhead = None;
    let mut objects = None;
    let mut others = Vec::new();
    while let Some(hdu) = walker.next()? {
        let name = hdu.header.text("EXTNAME").unwrap_or_default().to_owned();
        let is_table = matches!(hdu.kind, HduKind::BinaryTable { .. });
        let several = || FitsErrorKind::Unsupported { what: format!("more than one {name}: a catalogue of a mosaic") };
        if is_table && name == IMHEAD {
            let table = read_rows(&mut walker, &hdu)?;
            let header = header_of(&table).map_err(|kind| walker.fail(kind))?;
            if imhead.replace(header).is_some() {
                return Err(walker.fail(several()));
            }
        } else if is_table && name == OBJECTS {
            let table = match names {
                Some(names) => read_columns_of_rows(&mut walker, &hdu, names)?,
                None => read_rows(&mut walker, &hdu)?,
            };
            if objects.replace(table).is_some() {
                return Err(walker.fail(several()));
            }
        } else {
            others.push(format!("{} {name:?}", hdu.kind.describe()));
        }
    }
    match (imhead, objects) {
        (Some(imhead), Some(objects)) => Ok((imhead, objects)),
        _ => {
            let wanted = format!("FITS_LDAC catalogue ({IMHEAD} and {OBJECTS})");
            Err(FitsErrorKind::NoTable { wanted, found: others.join("; ") }.of(walker.source.name(), None))
        }
    }
}

fn header_of(table: &BinTable) -> Result<Header, FitsErrorKind> {
    let first = table.columns.first().ok_or_else(|| FitsErrorKind::column(IMHEAD, "no column", "one"))?;
    let cell = first.texts()?.first().ok_or_else(|| FitsErrorKind::column(&first.name, "no row", "one"))?;
    let mut cards = cell.clone().into_bytes();
    cards.resize(cards.len().next_multiple_of(CARD_BYTES), b' ');
    cards.extend_from_slice(b"END");
    cards.resize(cards.len().next_multiple_of(CARD_BYTES), b' ');
    parse_header(&cards)
}
