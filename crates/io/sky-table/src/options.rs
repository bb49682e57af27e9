//! What a reader is asked for and what it says besides the rows.

use crate::lines::RowLines;

/// Which of several tables in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TableChoice {
    /// The only one; several are refused, naming them. Of a FITS_LDAC catalogue: the sources.
    #[default]
    Only,
    /// The one of that name (VizieR `I/350/gaiaedr3`, VOTable name or ID, FITS EXTNAME).
    Named(String),
    /// The one at that place, counted from 0.
    Index(usize),
}

/// How a table is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Which table.
    pub choice: TableChoice,
    /// What is refused as too large.
    pub limits: TableLimits,
    /// Columns (whatever their case) that text formats without types give as the text that stands in the file: identifiers, of
    /// which some look like numbers (`89113e6`, `12.10`) or like nothing (`nan`).
    pub as_text: Vec<String>,
}

impl ReadOptions {
    /// The default with columns that are kept as text.
    pub fn with_text<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { as_text: names.into_iter().map(str::to_owned).collect(), ..Self::default() }
    }

    /// Whether the column of that name is kept as text.
    pub(crate) fn is_text(&self, name: &str) -> bool {
        self.as_text.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

/// Limits of the readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableLimits {
    /// Bytes of a file, inflated. Default 4 GiB.
    pub max_bytes: u64,
    /// Rows. Default 100 million.
    pub max_rows: u64,
    /// Columns. Default 10,000.
    pub max_columns: usize,
}

impl Default for TableLimits {
    fn default() -> Self {
        Self { max_bytes: 1 << 32, max_rows: 100_000_000, max_columns: 10_000 }
    }
}

/// The format that the content has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-, semicolon- or pipe-separated with a header row.
    Csv,
    /// Tab-separated with a header row.
    Tsv,
    /// VizieR's asu-tsv: comments, names, units, dashes, rows.
    AsuTsv,
    /// Enhanced CSV of astropy.
    Ecsv,
    /// VOTable: TABLEDATA, BINARY or BINARY2.
    VoTable,
    /// FITS binary or ASCII table.
    Fits,
    /// Parquet.
    Parquet,
}

/// What a file says besides its rows. Units and UCDs stand in the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableMeta {
    /// Format of the content.
    pub format: TableFormat,
    /// Name of the table, where it has one.
    pub name: Option<String>,
    /// The service says, or the number of rows shows, that rows are missing.
    pub truncated: bool,
    /// What was left out or guessed, one sentence each.
    pub notes: Vec<String>,
    /// Lines of the rows, of text formats.
    pub lines: RowLines,
}

impl TableMeta {
    pub(crate) fn new(format: TableFormat) -> Self {
        Self { format, name: None, truncated: false, notes: Vec::new(), lines: RowLines::default() }
    }
}
