//! The cells of one text column, and the type that they have together.

use sky_catalog::ColumnData;

/// Cells of a column, one after another in one buffer: no allocation for each cell.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    bytes: String,
    ends: Vec<usize>,
}

impl Cells {
    /// Adds a cell, trimmed.
    pub(crate) fn push(&mut self, cell: &str) {
        self.bytes.push_str(cell.trim());
        self.ends.push(self.bytes.len());
    }

    /// The cells in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }

    /// Whole numbers if every cell is one, else floats, else truth values, else text; a column of blanks is one of
    /// missing whole numbers.
    pub(crate) fn inferred(&self) -> ColumnData {
        self.integers()
            .map(ColumnData::I64)
            .or_else(|| self.floats().map(ColumnData::F64))
            .or_else(|| self.booleans().map(ColumnData::Bool))
            .unwrap_or_else(|| self.texts())
    }

    /// Whole numbers of 64 bits without leading zeros (`007` is a name, not a number).
    fn integers(&self) -> Option<Vec<Option<i64>>> {
        self.iter()
            .map(|cell| match cell {
                _ if is_missing(cell) => Some(None),
                _ if has_leading_zero(cell) => None,
                _ => cell.parse().ok().map(Some),
            })
            .collect()
    }

    /// Floats; blank and NaN are missing. Digits alone that are no whole numbers of 64 bits are names: as floats they
    /// would change.
    fn floats(&self) -> Option<Vec<f64>> {
        let is_name = |cell: &str| {
            let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
            let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_whole && (has_leading_zero(cell) || cell.parse::<i64>().is_err())
        };
        if self.iter().any(is_name) { None } else { self.numbers() }
    }

    /// Whole numbers of whatever leading zeros.
    pub(crate) fn whole(&self) -> Option<Vec<Option<i64>>> {
        self.iter().map(|cell| if is_missing(cell) { Some(None) } else { cell.parse().ok().map(Some) }).collect()
    }

    /// Floats of whatever digits.
    pub(crate) fn numbers(&self) -> Option<Vec<f64>> {
        self.iter().map(|cell| if is_missing(cell) { Some(f64::NAN) } else { cell.parse().ok() }).collect()
    }

    /// Truth values written `true` and `false`, in any case.
    pub(crate) fn booleans(&self) -> Option<Vec<Option<bool>>> {
        self.iter()
            .map(|cell| match cell {
                _ if is_missing(cell) => Some(None),
                _ if cell.eq_ignore_ascii_case("true") => Some(Some(true)),
                _ if cell.eq_ignore_ascii_case("false") => Some(Some(false)),
                _ => None,
            })
            .collect()
    }

    /// Texts; `null` in any case counts as blank.
    pub(crate) fn texts(&self) -> ColumnData {
        let text = |cell: &str| if cell.eq_ignore_ascii_case("null") { String::new() } else { cell.to_owned() };
        ColumnData::Text(self.iter().map(text).collect())
    }

    /// Texts as they stand, letter by letter: identifiers that look like numbers or like nothing.
    pub(crate) fn verbatim(&self) -> ColumnData {
        ColumnData::Text(self.iter().map(str::to_owned).collect())
    }

    /// The first cell that a test refuses, with its 0-based row.
    pub(crate) fn first_bad(&self, is_good: impl Fn(&str) -> bool) -> (usize, String) {
        let found = self.iter().enumerate().find(|(_, cell)| !is_missing(cell) && !is_good(cell));
        found.map_or((0, String::new()), |(row, cell)| (row, cell.to_owned()))
    }
}

/// Whether a cell among numbers or truth values says that there is none: blank, or what astropy (`--`), Python (`None`), pandas
/// and R (`N/A`, `NA`) and databases (`null`) write.
fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 5] = ["--", "none", "n/a", "na", "null"];
    cell.is_empty() || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

fn has_leading_zero(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}
