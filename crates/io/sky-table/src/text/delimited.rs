//! CSV and TSV with a header row: quotes, CRLF, comment lines before the header.

use csv::{ByteRecord, ReaderBuilder};
use sky_catalog::{Column, Table};

use super::cells::Cells;
use super::short;
use crate::lines::RowLines;
use crate::{ReadOptions, ReadTable, TableFileError, TableFormat, TableMeta};

/// Separators that are tried, the most telling first.
const SEPARATORS: [u8; 4] = *b"\t,;|";

/// Reads a table with a header row.
pub(crate) fn read(name: &str, text: &str, options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let (comments, body) = split_comments(text);
    let first = body.lines().next().unwrap_or_default();
    let separator = separator_of(first);
    let format = if separator == b'\t' { TableFormat::Tsv } else { TableFormat::Csv };
    let mut meta = TableMeta::new(format);
    let in_comment = header_in_comment(&comments, first, separator);
    let header: Vec<String> = match &in_comment {
        Some(header) => {
            meta.notes.push("the names of the columns stand in a comment line".to_owned());
            header.clone()
        }
        None => fields(first, separator),
    };
    check_header(name, &header, text, options)?;
    let rows = if in_comment.is_some() { body } else { body.split_once('\n').map_or("", |(_, rest)| rest) };
    let lines_before = text[..text.len() - rows.len()].matches('\n').count() as u64;
    let rows = Rows { separator, quoting: true, lines_before, text: rows };
    let (cells, lines) = rows.read(name, header.len(), options)?;
    meta.lines = lines;
    if !text.ends_with('\n') && !rows.text.is_empty() {
        meta.notes.push("the last line has no end: the file may be cut in its last cell".to_owned());
    }
    let table = assemble(name, &header, &cells, options)?;
    if table.n_rows() == 0 && header.iter().any(|column| column.contains(' ')) {
        // One line of prose is no header.
        return Err(TableFileError::NotATable { file: name.to_owned(), found: short(first) });
    }
    Ok(ReadTable { table, meta })
}

/// Rows of a text table and how they are written.
pub(crate) struct Rows<'a> {
    pub(crate) separator: u8,
    /// Whether quotes protect separators.
    pub(crate) quoting: bool,
    /// Lines of the file before them, for messages.
    pub(crate) lines_before: u64,
    pub(crate) text: &'a str,
}

impl Rows<'_> {
    /// Reads rows of that many cells, and on which line each begins; another number of cells is refused, naming the line.
    pub(crate) fn read(
        &self,
        name: &str,
        width: usize,
        options: &ReadOptions,
    ) -> Result<(Vec<Cells>, RowLines), TableFileError> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .quoting(self.quoting)
            .from_reader(self.text.as_bytes());
        let mut columns: Vec<Cells> = (0..width).map(|_| Cells::default()).collect();
        let mut record = ByteRecord::new();
        let mut count = 0_u64;
        let mut lines = RowLines::default();
        loop {
            let more = reader.read_byte_record(&mut record);
            let line = || format!("line {}", record.position().map_or(0, csv::Position::line) + self.lines_before);
            if !more.map_err(|error| TableFileError::malformed(name, line(), error.to_string(), "a row"))? {
                return Ok((columns, lines));
            }
            let start = record.position().map_or(0, |place| place.byte() as usize);
            let is_last = reader.position().byte() as usize >= self.text.len();
            if is_last
                && self.quoting
                && ends_in_quotes(self.text.as_bytes().get(start..).unwrap_or_default(), self.separator)
            {
                let expected = "its end; what follows it would be swallowed";
                return Err(TableFileError::malformed(name, line(), "a quote that is not closed", expected));
            }
            if record.len() != width {
                if record.len() == 1 && record[0].trim_ascii().is_empty() {
                    continue;
                }
                let found = format!("{} cells", record.len());
                let expected = format!("{width}, one for each column; the file may be cut");
                return Err(TableFileError::malformed(name, line(), found, expected));
            }
            lines.note(count, record.position().map_or(0, csv::Position::line) + self.lines_before);
            count += 1;
            if count > options.limits.max_rows {
                let limit = options.limits.max_rows;
                return Err(TableFileError::TooLarge { file: name.to_owned(), what: "rows", found: count, limit });
            }
            for (column, cell) in columns.iter_mut().zip(record.iter()) {
                // The text was valid and separators are ASCII: so is the cell.
                column.push(&String::from_utf8_lossy(cell));
            }
        }
    }
}

/// Whether a row ends inside quotes.
fn ends_in_quotes(row: &[u8], separator: u8) -> bool {
    let (mut quoted, mut at_start) = (false, true);
    for byte in row {
        if *byte == b'"' && (quoted || at_start) {
            quoted = !quoted;
        }
        // Behind a closing quote a second one opens them again: it was doubled.
        at_start = !quoted && (*byte == separator || matches!(byte, b'"' | b'\r' | b'\n'));
    }
    quoted
}

/// Columns of inferred types.
fn assemble(name: &str, header: &[String], cells: &[Cells], options: &ReadOptions) -> Result<Table, TableFileError> {
    let mut table = Table::new();
    for (title, cells) in header.iter().zip(cells) {
        let data = if options.is_text(title) { cells.verbatim() } else { cells.inferred() };
        push(name, &mut table, Column { name: title.clone(), unit: String::new(), ucd: String::new(), data })?;
    }
    Ok(table)
}

/// Adds a column; all have the same length by construction.
pub(crate) fn push(name: &str, table: &mut Table, column: Column) -> Result<(), TableFileError> {
    table.push(column).map_err(|error| TableFileError::malformed(name, "columns", error.to_string(), "equal lengths"))
}

/// Refuses a header without names, with a name twice, or with too many.
pub(crate) fn check_header(
    name: &str,
    header: &[String],
    text: &str,
    options: &ReadOptions,
) -> Result<(), TableFileError> {
    let limit = options.limits.max_columns;
    if header.len() > limit {
        let found = header.len() as u64;
        return Err(TableFileError::TooLarge { file: name.to_owned(), what: "columns", found, limit: limit as u64 });
    }
    let is_prose = header.len() == 1 && header[0].contains(' ');
    let is_unprintable = header.iter().any(|column| column.chars().any(char::is_control));
    if header.iter().all(String::is_empty) || is_prose || is_unprintable {
        if text.lines().all(|line| line.is_empty() || line.starts_with('#')) && !text.is_empty() {
            let found = text.lines().find(|line| !line.is_empty()).map(short).unwrap_or_default();
            return Err(TableFileError::NoTable { file: name.to_owned(), found: format!("comments only: {found:?}") });
        }
        return Err(TableFileError::NotATable { file: name.to_owned(), found: short(text) });
    }
    let mut sorted: Vec<&String> = header.iter().collect();
    sorted.sort();
    if let Some(twins) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(TableFileError::malformed(
            name,
            "header",
            format!("column {:?} twice", twins[0]),
            "different names",
        ));
    }
    Ok(())
}

/// The comment lines before the header, and what follows them.
fn split_comments(text: &str) -> (Vec<&str>, &str) {
    let mut comments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.lines().next().unwrap_or_default();
        if !line.starts_with('#') && !line.trim().is_empty() {
            break;
        }
        if line.starts_with('#') {
            comments.push(line);
        }
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    (comments, rest)
}

/// The names in the last comment line, where it has as many words as the first row has cells (`# name<TAB>format`).
fn header_in_comment(comments: &[&str], first: &str, separator: u8) -> Option<Vec<String>> {
    let last = fields(comments.last()?.trim_start_matches('#'), separator);
    let is_name = |name: &String| {
        name.starts_with(|symbol: char| symbol.is_ascii_alphabetic() || symbol == '_') && !name.contains(' ')
    };
    (last.len() > 1 && last.len() == fields(first, separator).len() && last.iter().all(is_name)).then_some(last)
}

fn separator_of(header: &str) -> u8 {
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    if count(b'\t') > 0 {
        return b'\t';
    }
    SEPARATORS
        .into_iter()
        .rev()
        .max_by_key(|separator| count(*separator))
        .filter(|best| count(*best) > 0)
        .unwrap_or(b',')
}

/// The cells of one line, trimmed.
pub(crate) fn fields(line: &str, separator: u8) -> Vec<String> {
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(line.as_bytes());
    let mut record = ByteRecord::new();
    let _ = reader.read_byte_record(&mut record);
    record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect()
}
