//! The XML of a VOTable, element by element.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::binary;
use super::field::Field;
use super::tabledata::RawColumn;
use crate::text::short;
use crate::{ReadOptions, TableFileError};

/// Elements may be nested so deep and not deeper.
const MAX_DEPTH: usize = 200;

/// One TABLE as it was read.
#[derive(Debug, Default)]
pub(crate) struct RawTable {
    /// Name and ID.
    pub(crate) names: Vec<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) columns: Vec<RawColumn>,
    /// Rows that the table announces.
    pub(crate) announced_rows: Option<usize>,
    rows: u64,
}

/// A whole document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) tables: Vec<RawTable>,
    pub(crate) notes: Vec<String>,
    pub(crate) truncated: bool,
    /// VizieR's `-out.max`.
    pub(crate) row_limit: Option<usize>,
    /// QUERY_STATUS ERROR with its message.
    status_error: Option<String>,
    /// INFO or PARAM called Error outside of tables.
    other_error: Option<String>,
}

impl Document {
    /// The message of failure, where the document is one.
    pub(crate) fn failure(&self) -> Option<String> {
        self.status_error.clone().or_else(|| self.other_error.clone().filter(|_| self.tables.is_empty()))
    }

    /// Reads all tables of a document.
    pub(crate) fn parse(name: &str, text: &str, options: &ReadOptions) -> Result<Self, TableFileError> {
        let mut reader = Reader::from_str(text);
        let mut parser = Parser::new(name, text, options);
        loop {
            let event = reader.read_event();
            parser.position = reader.buffer_position() as usize;
            match event {
                Ok(Event::Start(element)) => {
                    parser.start(&element)?;
                    parser.path.push(local(&element));
                    if parser.path.len() > MAX_DEPTH {
                        return Err(parser.malformed("deeper elements", format!("at most {MAX_DEPTH} levels")));
                    }
                }
                Ok(Event::Empty(element)) => {
                    parser.start(&element)?;
                    parser.path.push(local(&element));
                    parser.end()?;
                }
                Ok(Event::End(_)) => parser.end()?,
                Ok(Event::Text(content)) => parser.append(&content.into_inner()),
                Ok(Event::CData(content)) => parser.append(&content.into_inner()),
                Ok(Event::GeneralRef(reference)) => {
                    let symbol = reference.resolve_char_ref().ok().flatten().map(String::from);
                    let known = quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                    let Some(text) = symbol.or(known) else {
                        let found = format!("the entity &{};", short(reference.as_ref()));
                        return Err(parser.malformed(found, "an entity of XML itself"));
                    };
                    parser.append(&text);
                }
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(quick_xml::Error::Syntax(error)) => {
                    let what = format!("{}: {error}", parser.place());
                    return Err(TableFileError::Truncated { file: name.to_owned(), what });
                }
                Err(error) => return Err(parser.malformed(error.to_string(), "well-formed XML")),
            }
        }
        if let Some(open) = parser.path.last() {
            let what = format!("XML that ends inside <{open}>");
            return Err(TableFileError::Truncated { file: name.to_owned(), what });
        }
        Ok(parser.document)
    }
}

struct Parser<'a> {
    name: &'a str,
    content: &'a str,
    /// Byte after the present event.
    position: usize,
    options: &'a ReadOptions,
    document: Document,
    /// Local names of the open elements.
    path: Vec<String>,
    /// Text of the open TD, STREAM or INFO.
    text: Option<String>,
    /// Name and value of the open INFO.
    info: Option<(String, String)>,
    /// Cells of the open TR.
    cells: usize,
}

impl<'a> Parser<'a> {
    fn new(name: &'a str, content: &'a str, options: &'a ReadOptions) -> Self {
        let (document, path) = (Document::default(), Vec::new());
        Self { name, content, position: 0, options, document, path, text: None, info: None, cells: 0 }
    }

    /// The line of the present event, for messages: counted only when one is needed.
    fn place(&self) -> String {
        let before = &self.content.as_bytes()[..self.position.min(self.content.len())];
        format!("line {}", before.iter().filter(|byte| **byte == b'\n').count() + 1)
    }

    fn malformed(&self, found: impl Into<String>, expected: impl Into<String>) -> TableFileError {
        TableFileError::malformed(self.name, self.place(), found, expected)
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), TableFileError> {
        match local(element).as_str() {
            "TABLE" => {
                let attributes = attributes(element);
                let get = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                let names: Vec<String> = [get("name"), get("ID")].into_iter().flatten().collect();
                // A table may take over the fields of another.
                let fields = get("ref")
                    .and_then(|id| self.document.tables.iter().find(|table| table.names.contains(&id)))
                    .map(|table| table.fields.clone())
                    .unwrap_or_default();
                let announced_rows = get("nrows").and_then(|rows| rows.trim().parse().ok());
                self.document.tables.push(RawTable { names, fields, announced_rows, ..RawTable::default() });
            }
            "FIELD" if self.is_in("TABLE") => {
                let field = Field::of(&attributes(element))
                    .map_err(|found| self.malformed(found, "a field of the standard"))?;
                let limit = self.options.limits.max_columns;
                if let Some(table) = self.document.tables.last_mut() {
                    table.fields.push(field);
                    if table.fields.len() > limit {
                        let (file, found) = (self.name.to_owned(), table.fields.len() as u64);
                        return Err(TableFileError::TooLarge { file, what: "columns", found, limit: limit as u64 });
                    }
                }
            }
            "VALUES" if self.path.last().is_some_and(|parent| parent == "FIELD") => {
                let null = attributes(element).into_iter().find(|(key, _)| key == "null").map(|(_, value)| value);
                if let Some(field) = self.document.tables.last_mut().and_then(|table| table.fields.last_mut()) {
                    field.null = null.filter(|null| !null.is_empty());
                }
            }
            kind @ ("INFO" | "PARAM") => {
                let attributes = attributes(element);
                let get = |key: &str| attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                if kind == "INFO" {
                    self.info = Some((get("name").unwrap_or_default(), get("value").unwrap_or_default()));
                    self.text = Some(String::new());
                } else if get("name").is_some_and(|name| name.eq_ignore_ascii_case("error")) && !self.is_in("TABLE") {
                    self.document.other_error = Some(short(&get("value").unwrap_or_default()));
                }
            }
            "DATA" => {
                if let Some(table) = self.document.tables.last_mut() {
                    table.columns = table.fields.iter().map(|_| RawColumn::default()).collect();
                }
            }
            "TR" => self.cells = 0,
            "TD" => {
                let is_encoded = attributes(element).iter().any(|(key, value)| key == "encoding" && value != "text");
                // Said once: counting the line of each would take time for each.
                if is_encoded && !self.document.notes.iter().any(|note| note.contains("base64")) {
                    self.document.notes.push(format!("{}: cells in base64 were left out", self.place()));
                }
                self.text = (!is_encoded).then(String::new);
            }
            "STREAM" => {
                let attributes = attributes(element);
                let encoding = attributes.iter().find(|(key, _)| key == "encoding").map(|(_, value)| value.as_str());
                if attributes.iter().any(|(key, _)| key == "href")
                    || encoding.is_some_and(|encoding| encoding != "base64")
                {
                    let what = format!("{}: a STREAM elsewhere, or encoded other than base64", self.place());
                    return Err(TableFileError::Unsupported { file: self.name.to_owned(), what });
                }
                self.text = Some(String::new());
            }
            "FITS" if self.is_in("DATA") => {
                let what = format!("{}: FITS inside a VOTable", self.place());
                return Err(TableFileError::Unsupported { file: self.name.to_owned(), what });
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), TableFileError> {
        let closed = self.path.pop().unwrap_or_default();
        match closed.as_str() {
            "INFO" => self.end_info(),
            "TD" => {
                let cell = self.text.take().unwrap_or_default();
                let column = self.document.tables.last_mut().and_then(|table| table.columns.get_mut(self.cells));
                match column {
                    Some(column) => column.push(&cell),
                    None => return Err(self.malformed("more TD than FIELD", "as many")),
                }
                self.cells += 1;
            }
            "TR" => {
                let expected = self.document.tables.last().map_or(0, |table| table.fields.len());
                if self.cells != expected {
                    return Err(self.malformed(format!("{} TD", self.cells), expected.to_string()));
                }
                let Some(table) = self.document.tables.last_mut() else { return Ok(()) };
                table.rows += 1;
                let (found, limit) = (table.rows, self.options.limits.max_rows);
                if found > limit {
                    return Err(TableFileError::TooLarge { file: self.name.to_owned(), what: "rows", found, limit });
                }
            }
            "STREAM" => {
                let text = self.text.take().unwrap_or_default();
                let has_flags = self.is_in("BINARY2");
                if let Some(table) = self
                    .document
                    .tables
                    .last_mut()
                    .filter(|_| has_flags || self.path.iter().any(|open| open == "BINARY"))
                {
                    table.columns = binary::decode(self.name, &table.fields, &text, has_flags, self.options)?;
                }
            }
            "TABLE" => {
                if let Some(table) = self.document.tables.last_mut().filter(|table| table.columns.is_empty()) {
                    table.columns = table.fields.iter().map(|_| RawColumn::default()).collect();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end_info(&mut self) {
        let Some((name, value)) = self.info.take() else { return };
        let content = self.text.take().unwrap_or_default();
        let message = short(if content.trim().is_empty() { &value } else { &content });
        if name.eq_ignore_ascii_case("QUERY_STATUS") {
            match value.trim() {
                "ERROR" => self.document.status_error = Some(message),
                "OVERFLOW" => {
                    self.document.truncated = true;
                    self.document.notes.push(format!("QUERY_STATUS OVERFLOW: {message}"));
                }
                _ => {}
            }
        } else if name.eq_ignore_ascii_case("error") && !self.is_in("TABLE") {
            self.document.other_error = Some(message);
        } else if name == "-out.max" {
            self.document.row_limit = value.trim().parse().ok();
        } else if name.eq_ignore_ascii_case("warning") && value.to_ascii_lowercase().contains("truncated") {
            self.document.truncated = true;
            self.document.notes.push(message);
        }
    }

    fn append(&mut self, content: &str) {
        if let Some(text) = &mut self.text {
            text.push_str(content);
        }
    }

    fn is_in(&self, name: &str) -> bool {
        self.path.iter().any(|open| open == name)
    }
}

fn local(element: &BytesStart<'_>) -> String {
    element.local_name().into_inner().to_owned()
}

fn attributes(element: &BytesStart<'_>) -> Vec<(String, String)> {
    let decoded = element.attributes().flatten().map(|attribute| {
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_or_else(|_| attribute.value.clone().into_owned(), std::borrow::Cow::into_owned);
        (attribute.key.local_name().into_inner().to_owned(), value)
    });
    decoded.collect()
}
