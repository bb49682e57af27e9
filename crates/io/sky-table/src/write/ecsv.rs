//! ECSV 1.0 as astropy reads it.

use std::io::Write;

use sky_catalog::{ColumnSpec, ColumnType, Table};

use super::{Cell, CsvWriter, Rows};
use crate::TableFileError;

/// Writes the declared columns of a table as ECSV, with units, meanings and UCDs.
pub fn write_ecsv(writer: &mut impl Write, specs: &[ColumnSpec], table: &Table) -> Result<(), TableFileError> {
    let mut header = "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n".to_owned();
    for spec in specs {
        let datatype = match spec.kind {
            ColumnType::F64 => "float64",
            ColumnType::F32 => "float32",
            ColumnType::I64 => "int64",
            ColumnType::I32 => "int32",
            ColumnType::I16 => "int16",
            ColumnType::Bool => "bool",
            ColumnType::Text => "string",
        };
        header += &format!("# - {{name: {}", spec.name);
        if !spec.unit.is_empty() {
            header += &format!(", unit: {}", quoted(spec.unit));
        }
        header += &format!(", datatype: {datatype}, description: {}", quoted(spec.meaning));
        if !spec.ucd.is_empty() {
            header += &format!(", meta: {{ucd: {}}}", quoted(spec.ucd));
        }
        header += "}\n";
    }
    header += "# schema: astropy-2.0\n";
    writer.write_all(header.as_bytes()).map_err(TableFileError::output)?;
    let rows = Rows::new(specs, table)?;
    let mut csv = CsvWriter::new(writer, &with_written_truths(specs))?;
    for row in 0..rows.count {
        let cells: Vec<Cell<'_>> = (0..specs.len()).map(|column| written(rows.cell(row, column))).collect();
        csv.write_row(&cells)?;
    }
    csv.finish().map(|_| ())
}

/// The columns with truth values as texts: astropy takes `True` and `False`, and refuses `true`.
fn with_written_truths(specs: &[ColumnSpec]) -> Vec<ColumnSpec> {
    let kind = |spec: &ColumnSpec| if spec.kind == ColumnType::Bool { ColumnType::Text } else { spec.kind };
    specs.iter().map(|spec| ColumnSpec { kind: kind(spec), ..*spec }).collect()
}

fn written(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Bool(Some(true)) => Cell::Text("True"),
        Cell::Bool(Some(false)) => Cell::Text("False"),
        Cell::Bool(None) => Cell::Text(""),
        other => other,
    }
}

/// A YAML scalar in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
