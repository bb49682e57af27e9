//! Reading ASCII tables (FITS standard 4.0, section 7.2), such as the `er.mask` of DSS plates.

use std::path::Path;

use sky_image::Header;

use super::read::text;
use crate::checksum::DataSum;
use crate::keywords::integer;
use crate::source::Source;
use crate::walker::Walker;
use crate::{BinColumn, BinTable, FitsError, FitsErrorKind, HduInfo, HduKind, Limits, Values};

/// Stands for an undefined whole number.
const UNDEFINED: i64 = i64::MIN;

/// Reads the ASCII table of that EXTNAME, or the first one. Numbers equal to TNULL are undefined.
pub fn read_ascii_table(path: &Path, name: Option<&str>) -> Result<BinTable, FitsError> {
    let limits = Limits::default();
    find(Source::open(path, &limits)?, name, &limits)
}

/// The same as [`read_ascii_table`] for a file in memory.
pub fn read_ascii_table_bytes(bytes: &[u8], name: Option<&str>, limits: &Limits) -> Result<BinTable, FitsError> {
    find(Source::from_bytes(bytes, limits)?, name, limits)
}

fn find(source: Source<'_>, name: Option<&str>, limits: &Limits) -> Result<BinTable, FitsError> {
    let mut walker = Walker::new(source, *limits);
    let mut others = Vec::new();
    while let Some(hdu) = walker.next()? {
        let extension = hdu.header.text("EXTNAME").unwrap_or_default();
        if name.is_none_or(|name| name == extension) && matches!(hdu.kind, HduKind::AsciiTable { .. }) {
            return read(&mut walker, &hdu).map_err(|kind| walker.fail(kind));
        }
        others.push(format!("{} {extension:?}", hdu.kind.describe()));
    }
    let wanted = name.map_or_else(|| "ASCII table".to_owned(), |name| format!("ASCII table {name:?}"));
    Err(FitsErrorKind::NoTable { wanted, found: others.join("; ") }.of(walker.source.name(), None))
}

fn read(walker: &mut Walker<'_>, hdu: &HduInfo) -> Result<BinTable, FitsErrorKind> {
    let HduKind::AsciiTable { row_bytes, rows, columns } = hdu.kind else {
        return Err(FitsErrorKind::NoTable { wanted: "ASCII table".to_owned(), found: hdu.kind.describe() });
    };
    let bytes = row_bytes.saturating_mul(rows);
    if bytes > walker.limits.max_bytes {
        return Err(FitsErrorKind::TooLarge { what: "bytes of a table", found: bytes, limit: walker.limits.max_bytes });
    }
    if row_bytes == 0 && rows > 0 {
        return Err(FitsErrorKind::header("NAXIS1", format!("0 with {rows} rows"), "1 or more"));
    }
    let data = walker.source.read_vec(hdu.data_offset, bytes)?;
    walker.prove(hdu, DataSum::default())?;
    let columns =
        (1..=columns).map(|number| column(&hdu.header, number, &data, row_bytes as usize)).collect::<Result<_, _>>()?;
    Ok(BinTable { header: hdu.header.clone(), rows: rows as usize, columns })
}

fn column(header: &Header, number: usize, data: &[u8], row_bytes: usize) -> Result<BinColumn, FitsErrorKind> {
    let card = |stem: &str| header.text(&format!("{stem}{number}")).unwrap_or_default().to_owned();
    let keyword = format!("TFORM{number}");
    let form = card("TFORM");
    let refuse = || FitsErrorKind::header(&keyword, format!("{form:?}"), "Aw, Iw, Fw.d, Ew.d or Dw.d inside the row");
    let (letter, width, decimals) = parse_form(&form).ok_or_else(refuse)?;
    let first = integer(header, &format!("TBCOL{number}"), "the first character of the column")?;
    let start = usize::try_from(first - 1).map_err(|_| refuse())?;
    let end = start.checked_add(width).filter(|end| *end <= row_bytes).ok_or_else(refuse)?;
    let null = card("TNULL");
    let cells = data.chunks_exact(row_bytes.max(1)).map(|row| text(&row[start..end]));
    let has_null = header.get(&format!("TNULL{number}")).is_some();
    let defined = |cell: &str| !has_null || cell != null;
    // The standard reads a blank number as zero, unless TNULL says that blank is undefined.
    let filled = |cell: String| if cell.trim().is_empty() && !has_null { "0".to_owned() } else { cell };
    let bad =
        |cell: &str| FitsErrorKind::column(&card("TTYPE"), format!("{cell:?}"), format!("a number of format {form}"));
    let values = match letter {
        'A' => Values::Text(cells.collect()),
        'I' => Values::I64(
            cells
                .map(|cell| match filled(cell).trim() {
                    cell if defined(cell) => cell.parse().map_err(|_| bad(cell)),
                    _ => Ok(UNDEFINED),
                })
                .collect::<Result<_, _>>()?,
        ),
        _ => Values::F64(
            cells
                .map(|cell| match filled(cell).trim() {
                    cell if defined(cell) => parse_real(cell, decimals).ok_or_else(|| bad(cell)),
                    _ => Ok(f64::NAN),
                })
                .collect::<Result<_, _>>()?,
        ),
    };
    let mut column = BinColumn::new(&card("TTYPE"), values).with_unit(&card("TUNIT")).with_display(&card("TDISP"));
    if letter == 'I' {
        column.null = Some(UNDEFINED);
    }
    let factor = header.number(&format!("TSCAL{number}")).unwrap_or(1.0);
    let zero = header.number(&format!("TZERO{number}")).unwrap_or(0.0);
    if letter != 'A' && (factor, zero) != (1.0, 0.0) {
        column.values = Values::F64(column.numbers()?.iter().map(|value| zero + factor * value).collect());
        column.null = None;
    }
    Ok(column)
}

fn parse_form(form: &str) -> Option<(char, usize, usize)> {
    let letter = form.chars().next().filter(|letter| "AIFED".contains(*letter))?;
    let (width, decimals) = form[1..].split_once('.').unwrap_or((&form[1..], "0"));
    let width = if width.is_empty() { 1 } else { width.parse().ok()? };
    Some((letter, width, decimals.parse().ok().filter(|decimals| *decimals < 300)?))
}

/// A number as Fortran reads it: D exponents, and without a point the last `decimals` digits stand behind it.
fn parse_real(cell: &str, decimals: usize) -> Option<f64> {
    let cell = cell.replace(['D', 'd'], "E");
    let value: f64 = cell.parse().ok().filter(|value: &f64| value.is_finite())?;
    let is_implicit = decimals > 0 && !cell.contains(['.', 'E', 'e']);
    // Ten to at most 300 is exact enough for a field of a few digits.
    Some(if is_implicit { format!("{value}e-{decimals}").parse().unwrap_or(value) } else { value })
}
