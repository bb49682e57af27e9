//! Lists of targets in CSV.

use std::path::Path;

use products::TargetList;
use sky_tiling::Target;
use step_contract::Input;

/// Why a list of targets cannot be used; lines are counted from 1, the header included.
#[derive(Debug, thiserror::Error)]
pub enum TargetFileError {
    /// The file cannot be read.
    #[error("target list {list} cannot be read: {message}")]
    Unreadable {
        /// Unit id of the list.
        list: String,
        /// Why.
        message: String,
    },
    /// A column that must be there is not.
    #[error(
        "target list {list} has no column {column}; its header is \"{header}\", expected ra_deg,dec_deg and perhaps name,radius_deg"
    )]
    MissingColumn {
        /// Unit id of the list.
        list: String,
        /// The column.
        column: &'static str,
        /// The header found.
        header: String,
    },
    /// A column that means nothing here.
    #[error(
        "target list {list} has a column \"{column}\" that is not known; expected ra_deg, dec_deg, name, radius_deg"
    )]
    UnknownColumn {
        /// Unit id of the list.
        list: String,
        /// The column.
        column: String,
    },
    /// A value that is no number, or out of its range.
    #[error("target list {list}, line {line}: {column} is \"{found}\", expected {expected}")]
    BadValue {
        /// Unit id of the list.
        list: String,
        /// Line.
        line: u64,
        /// Column.
        column: &'static str,
        /// What stands there.
        found: String,
        /// Its range.
        expected: &'static str,
    },
}

// mark: target-columns
const COLUMNS: [&str; 4] = ["ra_deg", "dec_deg", "name", "radius_deg"];

/// The targets of all lists of an input, list by list in order of id.
pub(crate) fn read_all(input: &Input<TargetList>) -> Result<Vec<Target>, TargetFileError> {
    let mut targets = Vec::new();
    for unit in input.units() {
        let Some(files) = input.unit(unit.id()).and_then(|unit| unit.files.as_ref()) else { continue };
        targets.extend(read_file(unit.id(), &input.path_of(&files.table))?);
    }
    Ok(targets)
}

fn read_file(list: &str, path: &Path) -> Result<Vec<Target>, TargetFileError> {
    let bytes = fs_err::read(path)
        .map_err(|error| TargetFileError::Unreadable { list: list.to_owned(), message: error.kind().to_string() })?;
    parse(list, &bytes)
}

/// Reads a list: comma-separated with a header, byte-order mark and either kind of line end allowed, lines without any
/// value left out.
fn parse(list: &str, bytes: &[u8]) -> Result<Vec<Target>, TargetFileError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let unreadable =
        |error: csv::Error| TargetFileError::Unreadable { list: list.to_owned(), message: error.to_string() };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(unreadable)?.clone();
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name)) {
        return Err(TargetFileError::UnknownColumn { list: list.to_owned(), column: unknown.to_owned() });
    }
    let place = |column: &str| header.iter().position(|name| name == column);
    for column in ["ra_deg", "dec_deg"] {
        if place(column).is_none() {
            let header = header.iter().collect::<Vec<_>>().join(",");
            return Err(TargetFileError::MissingColumn { list: list.to_owned(), column, header });
        }
    }
    let [ra, dec, name, radius] = COLUMNS.map(place);
    let mut targets = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default();
        if record.iter().all(str::is_empty) {
            continue;
        }
        let number = |column, found: &str, range: std::ops::RangeInclusive<f64>, expected| {
            found.parse().ok().filter(|value| range.contains(value)).ok_or_else(|| {
                let (list, found) = (list.to_owned(), found.to_owned());
                TargetFileError::BadValue { list, line, column, found, expected }
            })
        };
        let radius_text = text(radius);
        targets.push(Target {
            ra_deg: number("ra_deg", text(ra), 0.0..=360.0, "0 to 360 degrees")?,
            dec_deg: number("dec_deg", text(dec), -90.0..=90.0, "-90 to 90 degrees")?,
            name: Some(text(name).to_owned()).filter(|name| !name.is_empty()),
            radius_deg: match radius_text {
                "" => None,
                _ => Some(number("radius_deg", radius_text, 0.0..=180.0, "0 to 180 degrees, or nothing")?),
            },
        });
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_byte_order_mark_and_windows_lines_is_read() {
        let bytes =
            b"\xef\xbb\xbfname, dec_deg ,ra_deg,radius_deg\r\nM67,11.8,132.85,\r\n\"a, b\",-5.5,0,1.5\r\n,,,\r\n";
        let targets = parse("list", bytes).expect("a good list");
        let expected = [
            Target { ra_deg: 132.85, dec_deg: 11.8, name: Some("M67".to_owned()), radius_deg: None },
            Target { ra_deg: 0.0, dec_deg: -5.5, name: Some("a, b".to_owned()), radius_deg: Some(1.5) },
        ];
        assert_eq!(targets, expected);
    }

    #[test]
    fn errors_name_the_line_and_the_column() {
        for (text, line, column) in [
            ("ra_deg,dec_deg\n10,5\n10,95\n", 3, "dec_deg"),
            ("ra_deg,dec_deg\n10h,5\n", 2, "ra_deg"),
            ("ra_deg,dec_deg\n,5\n", 2, "ra_deg"),
            ("ra_deg,dec_deg\n10,NaN\n", 2, "dec_deg"),
            ("ra_deg,dec_deg,radius_deg\n1,1,1\n1,1,-1\n", 3, "radius_deg"),
        ] {
            let error = parse("list", text.as_bytes()).expect_err(text);
            let names = |error: &TargetFileError| match error {
                TargetFileError::BadValue { line, column, .. } => Some((*line, *column)),
                _ => None,
            };
            assert_eq!(names(&error), Some((line, column)), "{text}: {error}");
        }
    }

    #[test]
    fn headers_that_are_not_understood_are_refused() {
        assert!(
            matches!(parse("list", b"ra,dec\n1,1\n"), Err(TargetFileError::UnknownColumn { column, .. }) if column == "ra")
        );
        assert!(matches!(parse("list", b"ra_deg\n1\n"), Err(TargetFileError::MissingColumn { column: "dec_deg", .. })));
        assert!(
            matches!(parse("list", b"ra_deg,dec_deg\n1,1,1\n"), Err(TargetFileError::Unreadable { .. })),
            "a ragged line"
        );
    }
}
