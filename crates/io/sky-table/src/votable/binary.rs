//! BINARY and BINARY2 streams: rows of big-endian values in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sky_catalog::ColumnData;

use super::field::{Datatype, Field, Shape};
use super::tabledata::RawColumn;
use crate::{ReadOptions, TableFileError};

/// Decodes a stream; `has_flags` is set for BINARY2, whose rows begin with one bit a field that says missing.
pub(crate) fn decode(
    name: &str,
    fields: &[Field],
    text: &str,
    has_flags: bool,
    options: &ReadOptions,
) -> Result<Vec<RawColumn>, TableFileError> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(compact).map_err(|error| TableFileError::Truncated {
        file: name.to_owned(),
        what: format!("base64 of a STREAM that is broken ({error})"),
    })?;
    let mut columns: Vec<ColumnData> = fields.iter().map(empty).collect();
    let mut stream = Stream { rest: &bytes };
    let mut rows = 0_u64;
    while !stream.rest.is_empty() {
        let before = stream.rest.len();
        let cut = || TableFileError::Truncated {
            file: name.to_owned(),
            what: format!("a STREAM that ends inside row {}", rows + 1),
        };
        let flags = if has_flags { stream.take(fields.len().div_ceil(8) as u64).ok_or_else(cut)? } else { &[] };
        for (index, (field, column)) in fields.iter().zip(&mut columns).enumerate() {
            let elements = match field.shape {
                Shape::Scalar => 1,
                Shape::Fixed(elements) => elements,
                Shape::Variable => u64::from(u32::from_be_bytes(stream.array().ok_or_else(cut)?)),
            };
            let cell = field.datatype.bytes(elements).and_then(|bytes| stream.take(bytes)).ok_or_else(cut)?;
            let is_missing = flags.get(index / 8).is_some_and(|flags| flags & (0x80 >> (index % 8)) != 0);
            push(column, field, cell, elements, is_missing);
        }
        rows += 1;
        let limit = options.limits.max_rows;
        if rows > limit {
            return Err(TableFileError::TooLarge { file: name.to_owned(), what: "rows", found: rows, limit });
        }
        if stream.rest.len() == before {
            return Err(TableFileError::malformed(name, "STREAM", "rows without bytes", "rows with bytes"));
        }
    }
    Ok(columns.into_iter().map(RawColumn::Values).collect())
}

struct Stream<'a> {
    rest: &'a [u8],
}

impl<'a> Stream<'a> {
    fn take(&mut self, bytes: u64) -> Option<&'a [u8]> {
        let (cell, rest) = self.rest.split_at_checked(usize::try_from(bytes).ok()?)?;
        self.rest = rest;
        Some(cell)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N as u64)?.try_into().ok()
    }
}

fn empty(field: &Field) -> ColumnData {
    if field.is_text() || field.is_kept_as_text() {
        return ColumnData::Text(Vec::new());
    }
    match field.datatype {
        Datatype::Boolean => ColumnData::Bool(Vec::new()),
        Datatype::Float | Datatype::Double => ColumnData::F64(Vec::new()),
        _ => ColumnData::I64(Vec::new()),
    }
}

fn push(column: &mut ColumnData, field: &Field, cell: &[u8], elements: u64, is_missing: bool) {
    match column {
        ColumnData::Bool(values) => values.push(truth(cell.first().copied()).filter(|_| !is_missing)),
        ColumnData::F64(values) => values.push(if is_missing { f64::NAN } else { float(cell) }),
        ColumnData::I64(values) => {
            let value = if field.datatype == Datatype::Bit { i64::from(cell[0] >> 7) } else { whole(cell) };
            let is_null = field.null.as_deref().and_then(|null| null.trim().parse::<i64>().ok()) == Some(value);
            values.push(Some(value).filter(|_| !is_missing && !is_null));
        }
        ColumnData::Text(values) => {
            values.push(if is_missing { String::new() } else { text(field.datatype, cell, elements) })
        }
    }
}

const fn truth(byte: Option<u8>) -> Option<bool> {
    match byte {
        Some(b'T' | b't' | b'1') => Some(true),
        Some(b'F' | b'f' | b'0') => Some(false),
        _ => None,
    }
}

/// A big-endian integer of 1 (unsigned), 2, 4 or 8 bytes.
fn whole(bytes: &[u8]) -> i64 {
    match *bytes {
        [a] => i64::from(a),
        [a, b] => i64::from(i16::from_be_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => i64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

/// A big-endian float of 4 or 8 bytes.
fn float(bytes: &[u8]) -> f64 {
    match *bytes {
        [a, b, c, d] => f64::from(f32::from_be_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_be_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

/// Characters up to the first NUL, or the elements of an array with blanks between.
fn text(datatype: Datatype, cell: &[u8], elements: u64) -> String {
    let join = |values: Vec<String>| values.join(" ");
    match datatype {
        Datatype::Char => {
            let end = cell.iter().position(|byte| *byte == 0).unwrap_or(cell.len());
            String::from_utf8_lossy(&cell[..end]).trim_end().to_owned()
        }
        Datatype::UnicodeChar => {
            let units: Vec<u16> = cell.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
            String::from_utf16_lossy(&units[..end]).trim_end().to_owned()
        }
        Datatype::Bit => {
            let bit = |index: u64| (cell[(index / 8) as usize] >> (7 - index % 8)) & 1;
            join((0..elements).map(|index| bit(index).to_string()).collect())
        }
        Datatype::Boolean => {
            let symbol = |byte: &u8| truth(Some(*byte)).map_or("?", |value| if value { "T" } else { "F" }).to_owned();
            join(cell.iter().map(symbol).collect())
        }
        Datatype::UnsignedByte => join(cell.iter().map(u8::to_string).collect()),
        Datatype::Short => join(cell.chunks_exact(2).map(|bytes| whole(bytes).to_string()).collect()),
        Datatype::Int => join(cell.chunks_exact(4).map(|bytes| whole(bytes).to_string()).collect()),
        Datatype::Long => join(cell.chunks_exact(8).map(|bytes| whole(bytes).to_string()).collect()),
        Datatype::Float | Datatype::FloatComplex => {
            join(cell.chunks_exact(4).map(|bytes| float(bytes).to_string()).collect())
        }
        Datatype::Double | Datatype::DoubleComplex => {
            join(cell.chunks_exact(8).map(|bytes| float(bytes).to_string()).collect())
        }
    }
}
