//! VOTable 1.4, TABLEDATA, as `votlint` likes it.

use std::io::Write;

use sky_catalog::{ColumnSpec, ColumnType, Table};

use super::rows::Values;
use super::{Cell, Rows};
use crate::TableFileError;

/// Writes the declared columns of a table, called `name`, as VOTable.
pub fn write_votable(
    writer: &mut impl Write,
    name: &str,
    specs: &[ColumnSpec],
    table: &Table,
) -> Result<(), TableFileError> {
    let rows = Rows::new(specs, table)?;
    let mut out = document_start(name, &rows);
    out += "<DATA>\n<TABLEDATA>\n";
    let mut cell = String::new();
    for row in 0..rows.count {
        out += "<TR>";
        for (column, spec) in specs.iter().enumerate() {
            cell.clear();
            match rows.cell(row, column) {
                Cell::Integer(None) => cell += &null_of(spec.kind).to_string(),
                Cell::Bool(None) => cell += "?",
                value => value.format(spec, &mut cell),
            }
            out += "<TD>";
            escape(&cell, &mut out);
            out += "</TD>";
        }
        out += "</TR>\n";
        writer.write_all(out.as_bytes()).map_err(TableFileError::output)?;
        out.clear();
    }
    out += "</TABLEDATA>\n</DATA>\n";
    out += document_end();
    writer.write_all(out.as_bytes()).map_err(TableFileError::output)
}

/// Everything before DATA.
pub(crate) fn document_start(name: &str, rows: &Rows<'_>) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n<RESOURCE type=\"results\">\n<TABLE name=\""
        .to_owned();
    escape(name, &mut out);
    out += "\">\n";
    for (spec, values) in rows.specs.iter().zip(&rows.columns) {
        out += "<FIELD";
        for (attribute, value) in [("name", spec.name), ("unit", spec.unit), ("ucd", spec.ucd)] {
            if !value.is_empty() {
                out += &format!(" {attribute}=\"");
                escape(value, &mut out);
                out += "\"";
            }
        }
        out += datatype(spec.kind, values);
        out += "><DESCRIPTION>";
        escape(spec.meaning, &mut out);
        out += "</DESCRIPTION>";
        if matches!(values, Values::Integer(values) if values.contains(&None)) {
            out += &format!("<VALUES null=\"{}\"/>", null_of(spec.kind));
        }
        out += "</FIELD>\n";
    }
    out
}

/// Everything after DATA.
pub(crate) const fn document_end() -> &'static str {
    "</TABLE>\n</RESOURCE>\n</VOTABLE>\n"
}

fn datatype(kind: ColumnType, values: &Values<'_>) -> &'static str {
    let is_ascii = |texts: &[String]| texts.iter().all(|text| text.is_ascii());
    match (kind, values) {
        (ColumnType::F64, _) => " datatype=\"double\"",
        (ColumnType::F32, _) => " datatype=\"float\"",
        (ColumnType::I64, _) => " datatype=\"long\"",
        (ColumnType::I32, _) => " datatype=\"int\"",
        (ColumnType::I16, _) => " datatype=\"short\"",
        (ColumnType::Bool, _) => " datatype=\"boolean\"",
        (ColumnType::Text, Values::Text(texts)) if !is_ascii(texts) => " datatype=\"unicodeChar\" arraysize=\"*\"",
        (ColumnType::Text, _) => " datatype=\"char\" arraysize=\"*\"",
    }
}

/// The whole number that stands for missing: the lowest of the type.
fn null_of(kind: ColumnType) -> i64 {
    match kind {
        ColumnType::I16 => i64::from(i16::MIN),
        ColumnType::I32 => i64::from(i32::MIN),
        _ => i64::MIN,
    }
}

/// Appends text as XML; control characters are dropped, XML has none.
fn escape(text: &str, out: &mut String) {
    for symbol in text.chars() {
        match symbol {
            '&' => *out += "&amp;",
            '<' => *out += "&lt;",
            '>' => *out += "&gt;",
            '"' => *out += "&quot;",
            '\t' | '\n' | '\r' => out.push(' '),
            symbol if symbol.is_control() => {}
            symbol => out.push(symbol),
        }
    }
}
