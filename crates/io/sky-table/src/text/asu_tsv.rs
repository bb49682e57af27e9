//! VizieR's asu-tsv: comments, then for each table a row of names, one of units, one of dashes, and the rows.

use sky_catalog::{Column, Table};

use super::delimited::{Rows, check_header, fields, push};
use crate::choose::choose;
use crate::{ReadOptions, ReadTable, TableFileError, TableFormat, TableMeta};

/// One table in an answer.
pub(crate) struct Block<'a> {
    /// `#Name:` and `#Table`, where they stand.
    names: Vec<String>,
    header: &'a str,
    units: &'a str,
    separator: u8,
    /// UCDs of the comments, by column.
    ucds: Vec<(String, String)>,
    /// First byte of the row of names.
    start: usize,
    /// First byte of the rows.
    rows_start: usize,
    /// Lines before the rows.
    lines_before: u64,
}

/// The tables of an answer: where a row of dashes follows names and units. None: it is no asu-tsv.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut comments = Comments::default();
    let mut previous = [(0, ""); 2];
    let mut position = 0;
    for (number, raw) in text.split_inclusive('\n').enumerate() {
        let line = raw.trim_end_matches(['\n', '\r']);
        let start = position;
        position += raw.len();
        if let Some(comment) = line.strip_prefix('#') {
            comments.note(comment);
            previous = [(0, ""); 2];
            continue;
        }
        let [(header_start, header), (_, units)] = previous;
        if let Some(separator) = dashes(line)
            && !header.is_empty()
            && (!units.is_empty() || line.bytes().all(|byte| byte == b'-'))
        {
            let Comments { names, ucds } = std::mem::take(&mut comments);
            let (rows_start, lines_before) = (position, number as u64 + 1);
            blocks.push(Block { names, header, units, separator, ucds, start: header_start, rows_start, lines_before });
        }
        previous = [previous[1], (start, line)];
    }
    blocks
}

/// Reads the chosen table.
pub(crate) fn read(
    name: &str,
    text: &str,
    blocks: &[Block<'_>],
    options: &ReadOptions,
) -> Result<ReadTable, TableFileError> {
    let names: Vec<Vec<String>> = blocks.iter().map(|block| block.names.clone()).collect();
    let chosen = choose(name, &options.choice, &names)?;
    let block = &blocks[chosen];
    let end = blocks.get(chosen + 1).map_or(text.len(), |next| next.start);
    let header = fields(block.header, block.separator);
    check_header(name, &header, text, options)?;
    let units = fields(block.units, block.separator);
    let lines = text[block.rows_start..end].split_inclusive('\n');
    let rows: String = lines.map(|line| if line.starts_with('#') { "\n" } else { line }).collect();
    let rows = Rows { separator: block.separator, quoting: false, lines_before: block.lines_before, text: &rows };
    let (cells, lines) = rows.read(name, header.len(), options)?;
    let mut table = Table::new();
    for (index, (title, cells)) in header.iter().zip(&cells).enumerate() {
        let unit = units.get(index).cloned().unwrap_or_default();
        let ucd = block.ucds.iter().find(|(column, _)| column == title).map(|(_, ucd)| ucd.clone()).unwrap_or_default();
        let data = if options.is_text(title) { cells.verbatim() } else { cells.inferred() };
        push(name, &mut table, Column { name: title.clone(), unit, ucd, data })?;
    }
    let mut meta = TableMeta::new(TableFormat::AsuTsv);
    meta.lines = lines;
    meta.name = block.names.first().cloned();
    meta.truncated = is_truncated(text, table.n_rows(), &mut meta.notes);
    Ok(ReadTable { table, meta })
}

/// Whether the answer says that it is cut, or has as many rows as `-out.max` allowed.
fn is_truncated(text: &str, rows: usize, notes: &mut Vec<String>) -> bool {
    let is_notice = |line: &&str| {
        line.starts_with('#') && !["#Column", "#Title", "#Name", "#Table"].iter().any(|known| line.starts_with(known))
    };
    let mut truncated = false;
    for line in text.lines().filter(is_notice) {
        let lower = line.to_ascii_lowercase();
        if lower.contains("overflow") || lower.contains("truncated") {
            notes.push(super::short(line));
            truncated = true;
        }
        let limit =
            lower.split_once("-out.max=").map(|(_, rest)| rest.split(|symbol: char| !symbol.is_ascii_digit()).next());
        if let Some(limit) = limit.flatten().and_then(|digits| digits.parse::<usize>().ok())
            && rows >= limit
            && !truncated
        {
            notes.push(format!("{rows} rows are as many as -out.max={limit} allowed"));
            truncated = true;
        }
    }
    truncated
}

/// The separator of a row of dashes, or `None`.
fn dashes(line: &str) -> Option<u8> {
    let separator = line.bytes().find(|byte| *byte != b'-').unwrap_or(b'\t');
    let is_row = b"\t;|,".contains(&separator) && line.starts_with('-');
    (is_row && line.bytes().all(|byte| byte == b'-' || byte == separator)).then_some(separator)
}

/// What the comments before a table say of it.
#[derive(Default)]
struct Comments {
    names: Vec<String>,
    ucds: Vec<(String, String)>,
}

impl Comments {
    fn note(&mut self, comment: &str) {
        if comment.starts_with("RESOURCE") {
            *self = Self::default();
        } else if let Some(name) = comment.strip_prefix("Table\t") {
            *self = Self { names: vec![name.trim().trim_end_matches(':').to_owned()], ucds: Vec::new() };
        } else if let Some(name) = comment.strip_prefix("Name:") {
            self.names.insert(0, name.trim().to_owned());
        } else if let Some(column) = comment.strip_prefix("Column\t") {
            let title = column.split('\t').next().unwrap_or_default().trim().to_owned();
            let ucd = column.split_once("[ucd=").and_then(|(_, rest)| rest.split_once(']'));
            self.ucds.push((title, ucd.map(|(ucd, _)| ucd.to_owned()).unwrap_or_default()));
        }
    }
}
