//! Columns on their way from cells to types.

use sky_catalog::ColumnData;

use super::field::{Datatype, Field};
use crate::TableFileError;
use crate::text::Cells;

/// A column as it was read: texts of TABLEDATA, or values of a BINARY stream.
#[derive(Debug)]
pub(crate) enum RawColumn {
    /// Cells of TABLEDATA.
    Cells(Cells),
    /// Values already typed.
    Values(ColumnData),
}

impl Default for RawColumn {
    fn default() -> Self {
        Self::Cells(Cells::default())
    }
}

impl RawColumn {
    /// Adds a cell of TABLEDATA.
    pub(crate) fn push(&mut self, cell: &str) {
        if let Self::Cells(cells) = self {
            cells.push(cell);
        }
    }
}

/// The values of a column in the type that its field declares.
pub(crate) fn typed(name: &str, field: &Field, column: RawColumn) -> Result<ColumnData, TableFileError> {
    let cells = match column {
        RawColumn::Values(values) => return Ok(values),
        RawColumn::Cells(cells) => cells,
    };
    if field.is_text() || field.is_kept_as_text() {
        return Ok(cells.texts());
    }
    let null = field.null.as_deref().map(str::trim);
    let bad = |row: usize, cell: &str| {
        let place = format!("row {}, column {}", row + 1, field.name);
        TableFileError::malformed(name, place, format!("{cell:?}"), format!("a value of datatype {:?}", field.datatype))
    };
    let rows = || cells.iter().enumerate().map(|(row, cell)| (row, if null == Some(cell) { "" } else { cell }));
    match field.datatype {
        Datatype::Boolean => Ok(ColumnData::Bool(
            rows()
                .map(|(row, cell)| match cell.as_bytes().first() {
                    None | Some(b'?') => Ok(None),
                    Some(b'T' | b't' | b'1') => Ok(Some(true)),
                    Some(b'F' | b'f' | b'0') => Ok(Some(false)),
                    Some(_) => Err(bad(row, cell)),
                })
                .collect::<Result<_, _>>()?,
        )),
        Datatype::Float | Datatype::Double => Ok(ColumnData::F64(
            rows()
                .map(
                    |(row, cell)| if cell.is_empty() { Ok(f64::NAN) } else { cell.parse().map_err(|_| bad(row, cell)) },
                )
                .collect::<Result<_, _>>()?,
        )),
        _ => Ok(ColumnData::I64(
            rows()
                .map(|(row, cell)| match cell.strip_prefix("0x").or_else(|| cell.strip_prefix("0X")) {
                    _ if cell.is_empty() => Ok(None),
                    Some(digits) => i64::from_str_radix(digits, 16).map(Some).map_err(|_| bad(row, cell)),
                    None => cell.parse().map(Some).map_err(|_| bad(row, cell)),
                })
                .collect::<Result<_, _>>()?,
        )),
    }
}
