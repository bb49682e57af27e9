//! Between FITS tables and the tables of `sky-catalog`.

use sky_catalog::{Column, ColumnData, ColumnSpec, ColumnType, Table, TableError};

use crate::{BinColumn, BinTable, FitsErrorKind, Values};

impl BinTable {
    /// The columns of one value a row as a table, and one note for each column that was left out.
    pub fn to_table(&self) -> Result<(Table, Vec<String>), TableError> {
        let mut table = Table::new();
        let mut notes = Vec::new();
        for column in &self.columns {
            let data = match &column.values {
                Values::Unread(why) => {
                    notes.push(format!("column {} was left out: it holds {why}", column.name));
                    continue;
                }
                Values::Text(texts) => ColumnData::Text(texts.clone()),
                _ if column.elements() != 1 => {
                    notes.push(format!("column {} was left out: its cells have shape {:?}", column.name, column.dims));
                    continue;
                }
                Values::Logical(values) => ColumnData::Bool(values.clone()),
                Values::F32(values) => ColumnData::F64(values.iter().map(|value| f64::from(*value)).collect()),
                Values::F64(values) => ColumnData::F64(values.clone()),
                Values::U8(_) | Values::I16(_) | Values::I32(_) | Values::I64(_) => {
                    ColumnData::I64(column.integers().unwrap_or_default())
                }
            };
            let (name, unit, ucd) = (column.name.clone(), column.unit.clone(), column.ucd.clone());
            table.push(Column { name, unit, ucd, data })?;
        }
        Ok((table, notes))
    }
}

/// The columns of a table in the types that their declarations ask for, to be written as a FITS table.
///
/// Fails where a declared column is missing, holds another type, or a number does not fit.
pub fn columns_of(table: &Table, specs: &[ColumnSpec]) -> Result<Vec<BinColumn>, FitsErrorKind> {
    specs.iter().map(|spec| column_of(table, spec)).collect()
}

fn column_of(table: &Table, spec: &ColumnSpec) -> Result<BinColumn, FitsErrorKind> {
    let refuse = |error: TableError| FitsErrorKind::column(spec.name, error.to_string(), format!("{:?}", spec.kind));
    let mut null = None;
    let mut whole = |missing: i64, lowest: i64, highest: i64| -> Result<Vec<i64>, FitsErrorKind> {
        table
            .integers(spec.name)
            .map_err(refuse)?
            .into_iter()
            .map(|value| match value {
                None => {
                    null = Some(missing);
                    Ok(missing)
                }
                Some(value) if (lowest..=highest).contains(&value) => Ok(value),
                Some(value) => {
                    Err(FitsErrorKind::column(spec.name, value.to_string(), format!("{lowest} to {highest}")))
                }
            })
            .collect()
    };
    let values = match spec.kind {
        ColumnType::F64 => Values::F64(table.numbers(spec.name).map_err(refuse)?),
        ColumnType::F32 => {
            Values::F32(table.numbers(spec.name).map_err(refuse)?.iter().map(|value| *value as f32).collect())
        }
        ColumnType::I64 => Values::I64(whole(i64::MIN, i64::MIN + 1, i64::MAX)?),
        ColumnType::I32 => {
            let (missing, highest) = (i64::from(i32::MIN), i64::from(i32::MAX));
            Values::I32(whole(missing, missing + 1, highest)?.iter().map(|value| *value as i32).collect())
        }
        ColumnType::I16 => {
            let (missing, highest) = (i64::from(i16::MIN), i64::from(i16::MAX));
            Values::I16(whole(missing, missing + 1, highest)?.iter().map(|value| *value as i16).collect())
        }
        ColumnType::Bool => match table.column(spec.name).map(|column| &column.data) {
            Some(ColumnData::Bool(values)) => Values::Logical(values.clone()),
            Some(_) => return Err(refuse(TableError::WrongType(spec.name.to_owned(), "truth values"))),
            None => return Err(refuse(TableError::NoColumn(spec.name.to_owned(), Vec::new()))),
        },
        ColumnType::Text => Values::Text(table.texts(spec.name).map_err(refuse)?),
    };
    let display = match (spec.decimals, spec.kind) {
        (Some(decimals), ColumnType::F64 | ColumnType::F32) => format!("F{}.{decimals}", decimals + 8),
        _ => String::new(),
    };
    let mut column = BinColumn::new(spec.name, values).with_unit(spec.unit).with_comment(spec.meaning);
    spec.ucd.clone_into(&mut column.ucd);
    Ok(column.with_display(&display).with_null(null))
}
