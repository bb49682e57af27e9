//! A FITS table in memory.

use sky_image::Header;

use crate::{BinColumn, FitsErrorKind};

/// A table with the header of its HDU.
#[derive(Clone, Debug, PartialEq)]
pub struct BinTable {
    /// Header as it stands in the file.
    pub header: Header,
    /// Rows.
    pub rows: usize,
    /// Columns in order.
    pub columns: Vec<BinColumn>,
}

impl BinTable {
    /// The column of that name: exact, or else the only one that is equal ignoring case.
    ///
    /// Fails naming the columns that are there.
    pub fn column(&self, name: &str) -> Result<&BinColumn, FitsErrorKind> {
        let exact = self.columns.iter().find(|column| column.name == name);
        let mut alike = self.columns.iter().filter(|column| column.name.eq_ignore_ascii_case(name));
        exact.or_else(|| alike.next().filter(|_| alike.next().is_none())).ok_or_else(|| {
            let there = self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
            FitsErrorKind::column(name, format!("columns {there}"), "a column of that name")
        })
    }

    /// The values of a column as floats, cell after cell, undefined ones NaN.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, FitsErrorKind> {
        self.column(name)?.numbers()
    }

    /// The values of a column as whole numbers, `None` where undefined.
    pub fn integers(&self, name: &str) -> Result<Vec<Option<i64>>, FitsErrorKind> {
        self.column(name)?.integers()
    }

    /// The texts of a column.
    pub fn texts(&self, name: &str) -> Result<&[String], FitsErrorKind> {
        self.column(name)?.texts()
    }
}
