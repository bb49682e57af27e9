//! VOTable 1.0 to 1.5: TABLEDATA, BINARY and BINARY2.

mod binary;
mod document;
mod field;
mod tabledata;

use sky_catalog::{Column, Table};

use crate::choose::choose;
use crate::{ReadOptions, ReadTable, TableFileError, TableFormat, TableMeta, text::short};
use document::Document;

/// Reads a VOTable; refuses every other document that begins with `<`.
pub(crate) fn read(name: &str, text: &str, options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    refuse_other_documents(name, text)?;
    let mut document = Document::parse(name, text, options)?;
    if let Some(message) = document.failure() {
        return Err(TableFileError::Service { file: name.to_owned(), message });
    }
    if document.tables.is_empty() {
        return Err(TableFileError::NoTable { file: name.to_owned(), found: "a VOTable without TABLE".to_owned() });
    }
    let names: Vec<Vec<String>> = document.tables.iter().map(|table| table.names.clone()).collect();
    let raw = document.tables.swap_remove(choose(name, &options.choice, &names)?);
    let mut meta = TableMeta::new(TableFormat::VoTable);
    meta.name = raw.names.first().cloned();
    meta.notes = document.notes;
    meta.truncated = document.truncated;
    let announced = raw.announced_rows;
    let mut table = Table::new();
    for (field, data) in raw.fields.into_iter().zip(raw.columns) {
        if field.is_kept_as_text() {
            meta.notes.push(format!("column {} holds {}, kept as text", field.name, field.describe()));
        }
        let data = tabledata::typed(name, &field, data)?;
        let column = Column { name: field.name, unit: field.unit, ucd: field.ucd, data };
        let push = table.push(column);
        push.map_err(|error| TableFileError::malformed(name, "columns", error.to_string(), "equal lengths"))?;
    }
    if let Some(limit) = document.row_limit.filter(|limit| table.n_rows() >= *limit && !meta.truncated) {
        meta.notes.push(format!("{} rows are as many as -out.max={limit} allowed", table.n_rows()));
        meta.truncated = true;
    }
    if let Some(announced) = announced.filter(|announced| *announced != table.n_rows()) {
        meta.notes.push(format!("{} rows where the table announces {announced}", table.n_rows()));
        meta.truncated |= table.n_rows() < announced;
    }
    Ok(ReadTable { table, meta })
}

/// Name, unit and UCD of the fields of the first table.
pub(crate) fn fields_of(name: &str, text: &str) -> Result<Vec<(String, String, String)>, TableFileError> {
    let document = Document::parse(name, text, &ReadOptions::default())?;
    let fields = document.tables.into_iter().next().map(|table| table.fields).unwrap_or_default();
    Ok(fields.into_iter().map(|field| (field.name, field.unit, field.ucd)).collect())
}

/// Web pages and other XML are messages, not tables.
fn refuse_other_documents(name: &str, text: &str) -> Result<(), TableFileError> {
    let root = root_element(text);
    if root.rsplit(':').next().is_some_and(|local| local.eq_ignore_ascii_case("VOTABLE")) {
        return Ok(());
    }
    let mut words = String::new();
    let mut is_markup = false;
    for symbol in text.chars().take(20_000) {
        match symbol {
            '<' => is_markup = true,
            '>' => {
                is_markup = false;
                words.push(' ');
            }
            _ if !is_markup => words.push(symbol),
            _ => {}
        }
    }
    let message = short(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_page = root.eq_ignore_ascii_case("html");
    if is_page || text.to_ascii_lowercase().contains("error") {
        return Err(TableFileError::Service { file: name.to_owned(), message: format!("<{root}> {message}") });
    }
    Err(TableFileError::NotATable { file: name.to_owned(), found: short(text) })
}

/// The name of the first element, behind declarations, comments and DOCTYPE.
fn root_element(text: &str) -> &str {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = if rest.starts_with('?') {
            rest.find("?>")
        } else if rest.starts_with("!--") {
            rest.find("-->")
        } else if rest.starts_with('!') {
            rest.find('>')
        } else {
            let end = rest.find(|symbol: char| symbol.is_whitespace() || symbol == '>' || symbol == '/');
            return &rest[..end.unwrap_or(rest.len())];
        };
        rest = end.map_or("", |end| &rest[end..]);
    }
    ""
}
