//! Sources, flags, columns and tables in memory: the vocabulary of rows.

mod column;
mod psf;
mod table;

pub use column::{ColumnSpec, ColumnType};
pub use psf::PsfMeasurement;
pub use table::{Column, ColumnData, Table, TableError};
