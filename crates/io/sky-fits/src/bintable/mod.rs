//! Tables (FITS standard 4.0, sections 7.2 and 7.3).

mod ascii;
mod catalog;
mod column;
mod layout;
mod read;
mod table;
mod write;

pub use ascii::{read_ascii_table, read_ascii_table_bytes};
pub use catalog::columns_of;
pub use column::{BinColumn, Values};
pub use read::{read_bintable, read_bintable_bytes};
pub use table::BinTable;
pub use write::write_bintable;

pub(crate) use layout::{Field, row_layout};
pub(crate) use read::{read_columns_of_rows, read_rows};
pub(crate) use write::{write_primary, write_table, write_table_rows};
