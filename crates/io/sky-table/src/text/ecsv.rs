//! ECSV (astropy APE 6): a YAML header in comments declares the columns, then CSV with a header row.

use sky_catalog::{Column, ColumnData, Table};

use super::cells::Cells;
use super::delimited::{Rows, fields, push};
use crate::{ReadOptions, ReadTable, TableFileError, TableFormat, TableMeta};

/// A column as the header declares it.
#[derive(Debug, Default, PartialEq)]
struct Declared {
    name: String,
    unit: String,
    datatype: String,
    subtype: String,
    ucd: String,
}

/// Reads an ECSV table; the declared types hold.
pub(crate) fn read(name: &str, text: &str, options: &ReadOptions) -> Result<ReadTable, TableFileError> {
    let mut yaml = Vec::new();
    let mut body = text;
    while let Some(comment) = body.strip_prefix('#') {
        let (line, rest) = comment.split_once('\n').unwrap_or((comment, ""));
        yaml.push(line.trim_end().strip_prefix(' ').unwrap_or(line.trim_end()));
        body = rest;
    }
    let delimiter = yaml.iter().find_map(|line| line.strip_prefix("delimiter:")).map(unquoted);
    let separator = if delimiter.as_deref() == Some(",") { b',' } else { b' ' };
    let declared = declared_columns(&yaml);
    let limit = options.limits.max_columns;
    if declared.len() > limit {
        let found = declared.len() as u64;
        return Err(TableFileError::TooLarge { file: name.to_owned(), what: "columns", found, limit: limit as u64 });
    }
    let (first, rows) = body.split_once('\n').unwrap_or((body, ""));
    let header = fields(first, separator);
    if !header.iter().eq(declared.iter().map(|column| &column.name)) || header.is_empty() {
        let expected = declared.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let place = format!("line {}", yaml.len() + 1);
        return Err(TableFileError::malformed(
            name,
            place,
            header.join(", "),
            format!("the declared columns {expected}"),
        ));
    }
    let rows = Rows { separator, quoting: true, lines_before: yaml.len() as u64 + 1, text: rows };
    let (cells, lines) = rows.read(name, declared.len(), options)?;
    let mut meta = TableMeta::new(TableFormat::Ecsv);
    meta.lines = lines;
    let mut table = Table::new();
    for (column, cells) in declared.into_iter().zip(&cells) {
        let place = |row: usize| meta.lines.place(row as u64);
        let data = typed(name, &column, cells, place, &mut meta.notes)?;
        push(name, &mut table, Column { name: column.name, unit: column.unit, ucd: column.ucd, data })?;
    }
    Ok(ReadTable { table, meta })
}

fn typed(
    name: &str,
    column: &Declared,
    cells: &Cells,
    place: impl Fn(usize) -> String,
    notes: &mut Vec<String>,
) -> Result<ColumnData, TableFileError> {
    let bad = |is_good: &dyn Fn(&str) -> bool| {
        let (row, cell) = cells.first_bad(is_good);
        let place = format!("{}, column {}", place(row), column.name);
        TableFileError::malformed(name, place, format!("{cell:?}"), column.datatype.clone())
    };
    if !column.subtype.is_empty() {
        notes.push(format!("column {} holds {}, kept as text", column.name, column.subtype));
        return Ok(cells.texts());
    }
    match column.datatype.as_str() {
        // Beyond 64 bits with sign: kept as text, so that no digit is lost.
        "uint64" => Ok(cells.whole().map_or_else(|| cells.texts(), ColumnData::I64)),
        kind if kind.starts_with("int") || kind.starts_with("uint") => {
            cells.whole().map(ColumnData::I64).ok_or_else(|| bad(&|cell| cell.parse::<i64>().is_ok()))
        }
        kind if kind.starts_with("float") => {
            cells.numbers().map(ColumnData::F64).ok_or_else(|| bad(&|cell| cell.parse::<f64>().is_ok()))
        }
        "bool" => cells
            .booleans()
            .map(ColumnData::Bool)
            .ok_or_else(|| bad(&|cell| cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false"))),
        "string" => Ok(cells.texts()),
        other => {
            notes.push(format!("column {} of datatype {other:?} was kept as text", column.name));
            Ok(cells.texts())
        }
    }
}

/// The entries of `datatype:`, in block form (`- name: x` and lines below) or in flow form (`- {name: x, ...}`).
fn declared_columns(yaml: &[&str]) -> Vec<Declared> {
    let start = yaml.iter().position(|line| line.trim_end() == "datatype:").map_or(yaml.len(), |line| line + 1);
    let mut items: Vec<Vec<&str>> = Vec::new();
    for line in &yaml[start..] {
        if line.starts_with('-') {
            items.push(vec![line]);
        } else if line.starts_with(' ') {
            if let Some(item) = items.last_mut() {
                item.push(line);
            }
        } else {
            break;
        }
    }
    items.iter().map(|item| declared(item)).collect()
}

fn declared(item: &[&str]) -> Declared {
    let is_flow = item[0][1..].trim_start().starts_with('{');
    let pairs: Vec<(bool, String, String)> = if is_flow {
        flow_pairs(&item.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")[1..])
    } else {
        item.iter().filter_map(|line| block_pair(line)).collect()
    };
    let mut column = Declared::default();
    for (is_own, key, value) in pairs {
        let place = match key.as_str() {
            "ucd" => &mut column.ucd,
            "name" if is_own => &mut column.name,
            "unit" if is_own => &mut column.unit,
            "datatype" if is_own => &mut column.datatype,
            "subtype" if is_own => &mut column.subtype,
            _ => continue,
        };
        if place.is_empty() {
            *place = value;
        }
    }
    column
}

/// Key and value of a line, and whether it belongs to the entry itself (two characters in).
fn block_pair(line: &str) -> Option<(bool, String, String)> {
    let content = line.trim_start_matches([' ', '-']).trim_end().trim_start_matches('{').trim_end_matches('}');
    let (key, value) = content.split_once(':')?;
    let depth = line.len() - line.trim_start_matches([' ', '-']).len();
    // `unit: !astropy.units.Unit {unit: deg}` of old astropy.
    let value = value.rsplit_once("{unit:").map_or(value, |(_, unit)| unit.trim_end_matches('}'));
    Some((depth == 2, key.trim().to_owned(), unquoted(value)))
}

/// Keys and values of a flow mapping, nested ones too; own ones are at depth 1.
fn flow_pairs(text: &str) -> Vec<(bool, String, String)> {
    let mut pairs = Vec::new();
    let (mut depth, mut quote, mut piece) = (0_usize, None, String::new());
    let mut key: Option<(bool, String)> = None;
    let mut symbols = text.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            '\'' | '"' if quote.is_none() && piece.trim().is_empty() => {
                quote = Some(symbol);
                piece.push(symbol);
            }
            _ if quote == Some(symbol) => {
                quote = None;
                piece.push(symbol);
            }
            _ if quote.is_some() => piece.push(symbol),
            ':' if symbols.peek().is_none_or(|next| *next == ' ') => {
                key = Some((depth == 1, std::mem::take(&mut piece).trim().to_owned()));
            }
            '{' | '[' => {
                depth += 1;
                piece.clear();
            }
            ',' | '}' | ']' => {
                if let Some((is_own, key)) = key.take() {
                    pairs.push((is_own, key, unquoted(&piece)));
                }
                piece.clear();
                if symbol != ',' {
                    depth = depth.saturating_sub(1);
                }
            }
            _ => piece.push(symbol),
        }
    }
    pairs
}

/// A YAML scalar without its quotes.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let single = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    let double = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    single
        .map(|value| value.replace("''", "'"))
        .or_else(|| double.map(str::to_owned))
        .unwrap_or_else(|| value.to_owned())
}
