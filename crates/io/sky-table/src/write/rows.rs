//! The declared columns of a table, row by row.

use std::borrow::Cow;

use sky_catalog::{ColumnData, ColumnSpec, ColumnType, Table};

use super::Cell;
use crate::{TableFileError, check_columns};

/// Declared columns of a table, checked.
pub(crate) struct Rows<'a> {
    pub(crate) specs: &'a [ColumnSpec],
    pub(crate) columns: Vec<Values<'a>>,
    pub(crate) count: usize,
}

/// The values of one column in the kind that its declaration asks for.
pub(crate) enum Values<'a> {
    Float(Cow<'a, [f64]>),
    Integer(&'a [Option<i64>]),
    Bool(&'a [Option<bool>]),
    Text(Cow<'a, [String]>),
}

impl<'a> Rows<'a> {
    pub(crate) fn new(specs: &'a [ColumnSpec], table: &'a Table) -> Result<Self, TableFileError> {
        check_columns(table, specs)?;
        let columns = specs.iter().map(|spec| values(spec, table)).collect::<Result<_, _>>()?;
        Ok(Self { specs, columns, count: table.n_rows() })
    }

    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match &self.columns[column] {
            Values::Float(values) => Cell::Float(values[row]),
            Values::Integer(values) => Cell::Integer(values[row]),
            Values::Bool(values) => Cell::Bool(values[row]),
            Values::Text(values) => Cell::Text(&values[row]),
        }
    }
}

fn values<'a>(spec: &ColumnSpec, table: &'a Table) -> Result<Values<'a>, TableFileError> {
    let refuse = |what: String| TableFileError::Columns { problems: vec![what] };
    let data = table.column(spec.name).map(|column| &column.data);
    Ok(match (spec.kind, data) {
        (ColumnType::F64 | ColumnType::F32, Some(ColumnData::F64(values))) => Values::Float(Cow::Borrowed(values)),
        (ColumnType::F64 | ColumnType::F32, _) => {
            Values::Float(Cow::Owned(table.numbers(spec.name).map_err(|error| refuse(error.to_string()))?))
        }
        (ColumnType::Text, Some(ColumnData::Text(values))) => Values::Text(Cow::Borrowed(values)),
        (ColumnType::Text, _) => {
            Values::Text(Cow::Owned(table.texts(spec.name).map_err(|error| refuse(error.to_string()))?))
        }
        (ColumnType::Bool, Some(ColumnData::Bool(values))) => Values::Bool(values),
        (_, Some(ColumnData::I64(values))) => Values::Integer(values),
        _ => return Err(refuse(format!("column {} does not hold {:?}", spec.name, spec.kind))),
    })
}
