//! Reading binary tables.

use std::path::Path;

use sky_image::Header;

use super::layout::{ElementCode, Field, row_layout};
use crate::checksum::DataSum;
use crate::keywords::integer;
use crate::source::Source;
use crate::walker::Walker;
use crate::{BinColumn, BinTable, FitsError, FitsErrorKind, HduInfo, HduKind, Limits, Values};

/// Reads the binary table of that EXTNAME, or the first one.
///
/// Columns of variable length or of complex numbers come back as [`Values::Unread`]. Fails where there is no such
/// table, its header is impossible or the file too short.
pub fn read_bintable(path: &Path, name: Option<&str>) -> Result<BinTable, FitsError> {
    let limits = Limits::default();
    find(Source::open(path, &limits)?, name, &limits)
}

/// The same as [`read_bintable`] for a file in memory.
pub fn read_bintable_bytes(bytes: &[u8], name: Option<&str>, limits: &Limits) -> Result<BinTable, FitsError> {
    find(Source::from_bytes(bytes, limits)?, name, limits)
}

fn find(source: Source<'_>, name: Option<&str>, limits: &Limits) -> Result<BinTable, FitsError> {
    let mut walker = Walker::new(source, *limits);
    let mut others = Vec::new();
    while let Some(hdu) = walker.next()? {
        let extension = hdu.header.text("EXTNAME").unwrap_or_default();
        let is_wanted = name.is_none_or(|name| name == extension);
        if is_wanted && matches!(hdu.kind, HduKind::BinaryTable { .. }) {
            return read_rows(&mut walker, &hdu);
        }
        others.push(format!("{} {extension:?}", hdu.kind.describe()));
    }
    let wanted = name.map_or_else(|| "binary table".to_owned(), |name| format!("binary table {name:?}"));
    Err(FitsErrorKind::NoTable { wanted, found: others.join("; ") }.of(walker.source.name(), None))
}

/// Reads the rows of the table that the walker stands at.
pub(crate) fn read_rows(walker: &mut Walker<'_>, hdu: &HduInfo) -> Result<BinTable, FitsError> {
    decode(walker, hdu).map_err(|kind| walker.fail(kind))
}

/// Reads of these rows only the columns of those names, in the order of the table; names that it has not are left out.
/// The rows pass through a small buffer, so that a table of wide rows costs the memory of what is asked for. A table with
/// a DATASUM is read whole, to verify it.
pub(crate) fn read_columns_of_rows(
    walker: &mut Walker<'_>,
    hdu: &HduInfo,
    names: &[&str],
) -> Result<BinTable, FitsError> {
    let table = if hdu.header.get("DATASUM").is_some() {
        decode(walker, hdu).map(|mut table| {
            table.columns.retain(|column| names.contains(&column.name.as_str()));
            table
        })
    } else {
        decode_columns(walker, hdu, names)
    };
    table.map_err(|kind| walker.fail(kind))
}

/// Bytes of rows that are read at once.
const PIECE_BYTES: usize = 1 << 18;

fn decode_columns(walker: &mut Walker<'_>, hdu: &HduInfo, names: &[&str]) -> Result<BinTable, FitsErrorKind> {
    let (row_bytes, rows, columns) = shape(walker, hdu)?;
    let layout = row_layout(&hdu.header, columns)?;
    let wanted: Vec<(usize, &Field)> =
        layout.fields.iter().enumerate().filter(|(_, field)| names.contains(&field.name.as_str())).collect();
    let (row_bytes, rows) = (row_bytes as usize, rows as usize);
    let mut cells: Vec<Vec<u8>> = wanted.iter().map(|(_, field)| Vec::with_capacity(field.bytes * rows)).collect();
    let rows_a_piece = (PIECE_BYTES / row_bytes.max(1)).clamp(1, rows.max(1));
    let mut piece = vec![0; rows_a_piece * row_bytes];
    for first in (0..rows).step_by(rows_a_piece) {
        let piece = &mut piece[..rows_a_piece.min(rows - first) * row_bytes];
        walker.source.read_at(hdu.data_offset + (first * row_bytes) as u64, piece)?;
        for row in piece.chunks_exact(row_bytes.max(1)) {
            for (cells, (_, field)) in cells.iter_mut().zip(&wanted) {
                cells.extend_from_slice(&row[field.offset..field.offset + field.bytes]);
            }
        }
    }
    let columns = wanted
        .iter()
        .zip(&cells)
        .map(|((index, field), cells)| {
            let alone = Field { offset: 0, ..(*field).clone() };
            column(&hdu.header, index + 1, &alone, cells, field.bytes)
        })
        .collect::<Result<_, _>>()?;
    Ok(BinTable { header: hdu.header.clone(), rows, columns })
}

/// Bytes of a row, rows and columns, where the limits allow them.
fn shape(walker: &Walker<'_>, hdu: &HduInfo) -> Result<(u64, u64, usize), FitsErrorKind> {
    let HduKind::BinaryTable { row_bytes, rows, columns } = hdu.kind else {
        return Err(FitsErrorKind::NoTable { wanted: "binary table".to_owned(), found: hdu.kind.describe() });
    };
    let bytes = row_bytes.saturating_mul(rows);
    if bytes > walker.limits.max_bytes {
        return Err(FitsErrorKind::TooLarge { what: "bytes of a table", found: bytes, limit: walker.limits.max_bytes });
    }
    if row_bytes == 0 && rows > 0 {
        return Err(FitsErrorKind::header("NAXIS1", format!("0 with {rows} rows"), "1 or more"));
    }
    Ok((row_bytes, rows, columns))
}

fn decode(walker: &mut Walker<'_>, hdu: &HduInfo) -> Result<BinTable, FitsErrorKind> {
    let (row_bytes, rows, columns) = shape(walker, hdu)?;
    let bytes = row_bytes * rows;
    let data = walker.source.read_vec(hdu.data_offset, bytes)?;
    walker.prove(hdu, DataSum::default())?;
    let layout = row_layout(&hdu.header, columns)?;
    let columns = layout
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| column(&hdu.header, index + 1, field, &data, row_bytes as usize))
        .collect::<Result<_, _>>()?;
    Ok(BinTable { header: hdu.header.clone(), rows: rows as usize, columns })
}

fn column(
    header: &Header,
    number: usize,
    field: &Field,
    data: &[u8],
    row_bytes: usize,
) -> Result<BinColumn, FitsErrorKind> {
    let text = |stem: &str| header.text(&format!("{stem}{number}")).unwrap_or_default().to_owned();
    let keyword = format!("TTYPE{number}");
    let comment = header.cards().iter().find(|card| card.keyword == keyword);
    let cells = data.chunks_exact(row_bytes.max(1)).map(|row| &row[field.offset..field.offset + field.bytes]);
    let mut column = BinColumn {
        name: field.name.clone(),
        unit: text("TUNIT"),
        ucd: text("TUCD"),
        comment: comment.map(|card| card.comment.clone()).unwrap_or_default(),
        display: text("TDISP"),
        null: None,
        dims: dims(field, &text("TDIM")),
        values: match field.code {
            // Of an array of strings in one cell, as the cards of an LDAC header are, each may be padded with NUL.
            ElementCode::Character if text("TDIM").contains(',') || field.name == crate::keywords::HEADER_CARDS => {
                Values::Text(cells.map(padded_text).collect())
            }
            _ => values(field, cells),
        },
    };
    let keyword = format!("TNULL{number}");
    if column.integers().is_ok() && header.get(&keyword).is_some() {
        column.null = Some(integer(header, &keyword, "a whole number")?);
    }
    scale(&mut column, header, number);
    Ok(column)
}

fn dims(field: &Field, tdim: &str) -> Vec<usize> {
    let elements = match field.code {
        ElementCode::Character => return Vec::new(),
        ElementCode::Bit => field.bytes,
        _ => field.repeat,
    };
    let stated = tdim.trim().strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let stated: Option<Vec<usize>> =
        stated.and_then(|inner| inner.split(',').map(|axis| axis.trim().parse().ok()).collect());
    let product = |axes: &[usize]| axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
    match stated {
        // A TDIM that does not fit its column does not count.
        Some(axes) if product(&axes) == Some(elements) && field.code != ElementCode::Bit => axes,
        _ if elements == 1 => Vec::new(),
        _ => vec![elements],
    }
}

fn values<'a>(field: &Field, cells: impl Iterator<Item = &'a [u8]>) -> Values {
    if field.descriptor.is_some() {
        return Values::Unread("arrays of variable length, which are not read".to_owned());
    }
    match field.code {
        ElementCode::Logical => Values::Logical(
            cells
                .flatten()
                .map(|byte| match byte {
                    b'T' => Some(true),
                    b'F' => Some(false),
                    _ => None,
                })
                .collect(),
        ),
        ElementCode::Bit | ElementCode::Byte => Values::U8(cells.flatten().copied().collect()),
        ElementCode::Short => Values::I16(elements(cells, i16::from_be_bytes)),
        ElementCode::Int => Values::I32(elements(cells, i32::from_be_bytes)),
        ElementCode::Long => Values::I64(elements(cells, i64::from_be_bytes)),
        ElementCode::Float => Values::F32(elements(cells, f32::from_be_bytes)),
        ElementCode::Double => Values::F64(elements(cells, f64::from_be_bytes)),
        ElementCode::Character => Values::Text(cells.map(text).collect()),
        ElementCode::Complex | ElementCode::DoubleComplex => {
            Values::Unread("complex numbers, which are not read".to_owned())
        }
    }
}

fn elements<'a, T, const N: usize>(cells: impl Iterator<Item = &'a [u8]>, decode: impl Fn([u8; N]) -> T) -> Vec<T> {
    cells.flat_map(|cell| cell.as_chunks::<N>().0).map(|bytes| decode(*bytes)).collect()
}

/// A string ends at the first NUL; trailing blanks mean nothing.
pub(super) fn text(cell: &[u8]) -> String {
    let end = cell.iter().position(|byte| *byte == 0).unwrap_or(cell.len());
    String::from_utf8_lossy(&cell[..end]).trim_end().to_owned()
}

/// Strings behind one another: NUL is padding wherever it stands.
fn padded_text(cell: &[u8]) -> String {
    let blank: Vec<u8> = cell.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    String::from_utf8_lossy(&blank).trim_end().to_owned()
}

/// Applies TSCALn and TZEROn: unsigned integers become wider signed ones, everything else floats.
fn scale(column: &mut BinColumn, header: &Header, number: usize) {
    let factor = header.number(&format!("TSCAL{number}")).unwrap_or(1.0);
    let zero = header.number(&format!("TZERO{number}")).unwrap_or(0.0);
    if factor == 1.0 && zero == 0.0 {
        return;
    }
    let shifted = match &column.values {
        Values::U8(values) if (factor, zero) == (1.0, -128.0) => {
            Some(Values::I16(values.iter().map(|value| i16::from(*value) - 128).collect()))
        }
        Values::I16(values) if (factor, zero) == (1.0, 32768.0) => {
            Some(Values::I32(values.iter().map(|value| i32::from(*value) + 32768).collect()))
        }
        Values::I32(values) if (factor, zero) == (1.0, 2_147_483_648.0) => {
            Some(Values::I64(values.iter().map(|value| i64::from(*value) + 2_147_483_648).collect()))
        }
        Values::I64(values) if (factor, zero) == (1.0, 9_223_372_036_854_775_808.0) => Some(unsigned_long(values)),
        _ => None,
    };
    if let Some(values) = shifted {
        column.null = column.null.and_then(|null| null.checked_add(zero as i64));
        column.values = values;
    } else if let Ok(numbers) = column.numbers() {
        column.null = None;
        column.values = Values::F64(numbers.into_iter().map(|value| zero + factor * value).collect());
    }
}

fn unsigned_long(stored: &[i64]) -> Values {
    let values: Option<Vec<i64>> = stored.iter().map(|value| i64::try_from((*value as u64) ^ (1 << 63)).ok()).collect();
    values.map_or_else(|| Values::Unread("unsigned integers beyond 2^63, which are not read".to_owned()), Values::I64)
}
