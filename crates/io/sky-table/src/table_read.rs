//! What reading a table answers.

use sky_catalog::Table;

use crate::TableMeta;

/// A table with what its file says besides.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadTable {
    /// The columns.
    pub table: Table,
    /// Format, name, completeness, notes.
    pub meta: TableMeta,
}
