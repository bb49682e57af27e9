//! ECSV 1.0 as astropy reads it.

use std::io::Write;

use sky_catalog::{ColumnSpec, ColumnType, Table};

use super::write_csv;
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
    write_csv(writer, specs, table)
}

/// A YAML scalar in single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
