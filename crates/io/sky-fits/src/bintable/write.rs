//! Writing binary tables, row by row.

use std::io::Write;

use rayon::prelude::*;
use sky_image::{CardValue, Header};

use crate::card_write::format_header;
use crate::image_write::pad;
use crate::{BinColumn, FitsError, FitsErrorKind, Values, without_structure};

/// Rows that one task encodes.
const ROWS_A_TASK: usize = 64;

/// Writes a FITS file with one binary table: an empty primary HDU, then the table called `name` with the cards of
/// `header` (its structural cards are left out).
///
/// Fails where the columns differ in length, a column is [`Values::Unread`], or the writer refuses.
pub fn write_bintable(
    writer: &mut impl Write,
    name: &str,
    header: &Header,
    columns: &[BinColumn],
) -> Result<(), FitsError> {
    write_primary(writer)
        .and_then(|()| write_table(writer, name, header, columns))
        .map_err(|kind| kind.of("output", Some(1)))
}

/// A primary HDU without data.
pub(crate) fn write_primary(writer: &mut impl Write) -> Result<(), FitsErrorKind> {
    let mut primary = Header::new();
    primary.push("SIMPLE", CardValue::Logical(true), "conforms to FITS standard");
    primary.push("BITPIX", CardValue::Integer(8), "");
    primary.push("NAXIS", CardValue::Integer(0), "no data here");
    primary.push("EXTEND", CardValue::Logical(true), "extensions follow");
    writer.write_all(&format_header(&primary)?)?;
    Ok(())
}

/// One table extension.
pub(crate) fn write_table(
    writer: &mut impl Write,
    name: &str,
    header: &Header,
    columns: &[BinColumn],
) -> Result<(), FitsErrorKind> {
    let rows = common_rows(columns)?;
    let widths: Vec<usize> = columns.iter().map(cell_bytes).collect();
    write_table_rows(writer, name, header, columns, rows, &|row, bytes| {
        for (column, width) in columns.iter().zip(&widths) {
            encode(column, row, *width, bytes);
        }
    })
}

/// One table extension of `rows` rows: `encode` appends the cells of a row, big-endian, in the order of the columns, of which
/// only names, types and shapes count. Rows are encoded by several threads and written in their order.
pub(crate) fn write_table_rows(
    writer: &mut impl Write,
    name: &str,
    header: &Header,
    columns: &[BinColumn],
    rows: usize,
    encode: &(dyn Fn(usize, &mut Vec<u8>) + Sync),
) -> Result<(), FitsErrorKind> {
    let widths: Vec<usize> = columns.iter().map(cell_bytes).collect();
    let row_bytes: usize = widths.iter().sum();
    let mut all = Header::new();
    all.push("XTENSION", CardValue::Text("BINTABLE".to_owned()), "binary table");
    for (keyword, value, comment) in [
        ("BITPIX", 8, "bytes"),
        ("NAXIS", 2, "rows and columns"),
        ("NAXIS1", row_bytes, "bytes of a row"),
        ("NAXIS2", rows, "rows"),
        ("PCOUNT", 0, "no heap"),
        ("GCOUNT", 1, "one table"),
        ("TFIELDS", columns.len(), "columns"),
    ] {
        all.push(keyword, CardValue::Integer(value as i64), comment);
    }
    all.push("EXTNAME", CardValue::Text(name.to_owned()), "name of the table");
    for card in without_structure(header).cards().iter().filter(|card| card.keyword != "EXTNAME") {
        all.push(&card.keyword, card.value.clone(), &card.comment);
    }
    for (index, (column, width)) in columns.iter().zip(&widths).enumerate() {
        describe(&mut all, index + 1, column, *width);
    }
    writer.write_all(&format_header(&all)?)?;
    let rows_at_once = ROWS_A_TASK * 2 * rayon::current_num_threads();
    let of_task = |from: usize, end: usize| {
        let task = from..(from + ROWS_A_TASK).min(end);
        let mut bytes = Vec::with_capacity(task.len() * row_bytes);
        for row in task {
            encode(row, &mut bytes);
        }
        bytes
    };
    let batch = |first: usize| -> Vec<Vec<u8>> {
        let end = (first + rows_at_once).min(rows);
        (first.min(end)..end).into_par_iter().step_by(ROWS_A_TASK).map(|from| of_task(from, end)).collect()
    };
    let mut encoded = batch(0);
    for first in (0..rows).step_by(rows_at_once) {
        let end = (first + rows_at_once).min(rows);
        let found: usize = encoded.iter().map(Vec::len).sum();
        if found != (end - first) * row_bytes {
            let found = format!("{found} bytes in {} rows", end - first);
            return Err(FitsErrorKind::column(name, found, format!("{row_bytes} bytes a row")));
        }
        // While this thread writes, the others encode what is next; it helps them when it is done.
        let mut next = Vec::new();
        let written = rayon::in_place_scope(|scope| {
            scope.spawn(|_| next = batch(end));
            encoded.iter().try_for_each(|bytes| writer.write_all(bytes))
        });
        written?;
        encoded = next;
    }
    pad(writer, rows as u64 * row_bytes as u64)
}

fn common_rows(columns: &[BinColumn]) -> Result<usize, FitsErrorKind> {
    let mut rows = None;
    for column in columns {
        let found = column.rows().ok_or_else(|| {
            let found = format!("{} {}", column.values.len(), column.values.describe());
            FitsErrorKind::column(&column.name, found, format!("cells of {} values", column.elements()))
        })?;
        if *rows.get_or_insert(found) != found {
            return Err(FitsErrorKind::column(&column.name, format!("{found} rows"), "as many as the other columns"));
        }
    }
    Ok(rows.unwrap_or(0))
}

fn cell_bytes(column: &BinColumn) -> usize {
    let size = match &column.values {
        Values::Text(texts) => return texts.iter().map(String::len).max().unwrap_or(0).max(1),
        Values::Unread(_) => 0,
        Values::Logical(_) | Values::U8(_) => 1,
        Values::I16(_) => 2,
        Values::I32(_) | Values::F32(_) => 4,
        Values::I64(_) | Values::F64(_) => 8,
    };
    size * column.elements()
}

fn describe(header: &mut Header, number: usize, column: &BinColumn, width: usize) {
    let letter = match column.values {
        Values::Logical(_) => 'L',
        Values::U8(_) => 'B',
        Values::I16(_) => 'I',
        Values::I32(_) => 'J',
        Values::I64(_) => 'K',
        Values::F32(_) => 'E',
        Values::F64(_) => 'D',
        Values::Text(_) | Values::Unread(_) => 'A',
    };
    let repeat = if letter == 'A' { width } else { column.elements() };
    let mut push = |stem: &str, text: &str, comment: &str| {
        if !text.is_empty() {
            header.push(&format!("{stem}{number}"), CardValue::Text(text.to_owned()), comment);
        }
    };
    push("TTYPE", &column.name, &column.comment);
    push("TFORM", &format!("{repeat}{letter}"), "");
    if column.dims.len() > 1 && !matches!(column.values, Values::Unread(_)) {
        let axes = column.dims.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        push("TDIM", &format!("({axes})"), "");
    }
    push("TUNIT", &column.unit, "");
    push("TDISP", &column.display, "");
    push("TUCD", &column.ucd, "");
    if let Some(null) = column.null {
        header.push(&format!("TNULL{number}"), CardValue::Integer(null), "");
    }
}

fn encode(column: &BinColumn, row: usize, width: usize, out: &mut Vec<u8>) {
    fn push<T: Copy, const N: usize>(out: &mut Vec<u8>, cell: &[T], bytes: impl Fn(T) -> [u8; N]) {
        out.extend(cell.iter().flat_map(|value| bytes(*value)));
    }
    let elements = column.elements();
    let cell = row * elements..(row + 1) * elements;
    match &column.values {
        Values::Logical(values) => {
            push(out, &values[cell], |value| [value.map_or(0, |value| if value { b'T' } else { b'F' })]);
        }
        Values::U8(values) => out.extend_from_slice(&values[cell]),
        Values::I16(values) => push(out, &values[cell], i16::to_be_bytes),
        Values::I32(values) => push(out, &values[cell], i32::to_be_bytes),
        Values::I64(values) => push(out, &values[cell], i64::to_be_bytes),
        Values::F32(values) => push(out, &values[cell], f32::to_be_bytes),
        Values::F64(values) => push(out, &values[cell], f64::to_be_bytes),
        Values::Text(values) => {
            let end = out.len() + width;
            out.extend(values[row].bytes().map(|byte| if (b' '..=b'~').contains(&byte) { byte } else { b'?' }));
            out.resize(end, b' ');
        }
        Values::Unread(_) => {}
    }
}
