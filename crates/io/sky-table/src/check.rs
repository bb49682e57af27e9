//! Whether a table holds what was declared.

use sky_catalog::{Column, ColumnData, ColumnSpec, ColumnType, Table};

use crate::TableFileError;

/// Checks that every declared column is there, in a type that fits and, where both are known, in the declared unit.
///
/// Fails naming every difference. Columns that are not declared are allowed.
pub fn check_columns(table: &Table, specs: &[ColumnSpec]) -> Result<(), TableFileError> {
    let problems: Vec<String> = specs
        .iter()
        .flat_map(|spec| match table.column(spec.name) {
            Some(column) => vec![unit_problem(column, spec), type_problem(table, column, spec)],
            None => {
                let there = table.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
                vec![Some(format!("column {} is missing; found {there}", spec.name))]
            }
        })
        .flatten()
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(TableFileError::Columns { problems }) }
}

fn unit_problem(column: &Column, spec: &ColumnSpec) -> Option<String> {
    let differs = !column.unit.is_empty() && !spec.unit.is_empty() && column.unit != spec.unit;
    differs.then(|| format!("column {} is in {:?}, expected {:?}", spec.name, column.unit, spec.unit))
}

fn type_problem(table: &Table, column: &Column, spec: &ColumnSpec) -> Option<String> {
    let (lowest, highest) = match spec.kind {
        ColumnType::F64 | ColumnType::F32 => {
            return table.numbers(spec.name).err().map(|error| error.to_string());
        }
        ColumnType::Text => return None,
        ColumnType::Bool => {
            let is_bool = matches!(column.data, ColumnData::Bool(_));
            return (!is_bool).then(|| format!("column {} does not hold truth values", spec.name));
        }
        ColumnType::I64 => (i64::MIN, i64::MAX),
        ColumnType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        ColumnType::I16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
    };
    match table.integers(spec.name) {
        Err(error) => Some(error.to_string()),
        Ok(values) => {
            let outside = values.into_iter().flatten().find(|value| !(lowest..=highest).contains(value));
            outside.map(|value| format!("column {} holds {value}, expected {lowest} to {highest}", spec.name))
        }
    }
}
