//! A table in memory: named columns of equal length.

/// The values of one column. Missing: NaN, `None` or an empty text.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// Floats; NaN is missing.
    F64(Vec<f64>),
    /// Whole numbers; `None` is missing.
    I64(Vec<Option<i64>>),
    /// Truth values; `None` is missing.
    Bool(Vec<Option<bool>>),
    /// Texts; empty is missing.
    Text(Vec<String>),
}

impl ColumnData {
    /// Rows.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One column as it was read or will be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Unit, empty where none is known.
    pub unit: String,
    /// UCD, empty where none is known.
    pub ucd: String,
    /// Values.
    pub data: ColumnData,
}

/// Columns of equal length, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

/// A table does not hold what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// No column of that name; the second member lists those that are there.
    NoColumn(String, Vec<String>),
    /// The column holds another type than was asked for.
    WrongType(String, &'static str),
    /// A cell of a text column that is not what was asked for.
    BadCell {
        /// The column.
        column: String,
        /// The row, 0-based.
        row: usize,
        /// What stands there.
        cell: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A column of another length than the others.
    WrongLength(String, usize, usize),
}

impl std::fmt::Display for TableError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoColumn(name, there) => write!(f, "column {name} is missing; found {}", there.join(", ")),
            Self::WrongType(name, wanted) => write!(f, "column {name} does not hold {wanted}"),
            Self::BadCell { column, row, cell, wanted } => {
                write!(f, "column {column}, row {}: found {cell:?}, expected {wanted}", row + 1)
            }
            Self::WrongLength(name, found, expected) => {
                write!(f, "column {name} has {found} rows, the others have {expected}")
            }
        }
    }
}

impl std::error::Error for TableError {}

impl Table {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.data.len())
    }

    /// All columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name: exact, or else the only one that is equal ignoring case.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name).or_else(|| {
            let mut twins = self.columns.iter().filter(|column| column.name.eq_ignore_ascii_case(name));
            let first = twins.next()?;
            twins.next().is_none().then_some(first)
        })
    }

    /// Adds a column; its length must be that of the others.
    pub fn push(&mut self, column: Column) -> Result<(), TableError> {
        if !self.columns.is_empty() && column.data.len() != self.n_rows() {
            return Err(TableError::WrongLength(column.name, column.data.len(), self.n_rows()));
        }
        self.columns.push(column);
        Ok(())
    }

    /// A numeric column as floats (whole numbers are converted, missing is NaN).
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, TableError> {
        match &self.require(name)?.data {
            ColumnData::F64(values) => Ok(values.clone()),
            ColumnData::I64(values) => Ok(values.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect()),
            ColumnData::Text(values) => values
                .iter()
                .enumerate()
                .map(|(row, text)| match text.trim() {
                    "" => Ok(f64::NAN),
                    cell => cell.parse().map_err(|_| TableError::BadCell {
                        column: name.to_owned(),
                        row,
                        cell: cell.to_owned(),
                        wanted: "a number with a decimal point, or a blank cell where there is none",
                    }),
                })
                .collect(),
            ColumnData::Bool(_) => Err(TableError::WrongType(name.to_owned(), "numbers")),
        }
    }

    /// A column of whole numbers.
    pub fn integers(&self, name: &str) -> Result<Vec<Option<i64>>, TableError> {
        match &self.require(name)?.data {
            ColumnData::I64(values) => Ok(values.clone()),
            _ => Err(TableError::WrongType(name.to_owned(), "whole numbers")),
        }
    }

    /// Any column as text, as the text formats write it.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, TableError> {
        Ok(match &self.require(name)?.data {
            ColumnData::Text(values) => values.clone(),
            ColumnData::I64(values) => values.iter().map(|v| v.map(|v| v.to_string()).unwrap_or_default()).collect(),
            ColumnData::F64(values) => {
                values.iter().map(|v| if v.is_nan() { String::new() } else { v.to_string() }).collect()
            }
            ColumnData::Bool(values) => values.iter().map(|v| v.map(|v| v.to_string()).unwrap_or_default()).collect(),
        })
    }

    fn require(&self, name: &str) -> Result<&Column, TableError> {
        self.column(name).ok_or_else(|| {
            TableError::NoColumn(name.to_owned(), self.columns.iter().map(|column| column.name.clone()).collect())
        })
    }
}
