//! Tables on disk: CSV, TSV, VizieR asu-tsv, ECSV, VOTable, FITS and Parquet, plain or `.gz`, recognised by content.
//!
//! [`read_table`] answers a [`sky_catalog::Table`] with what the file says besides (format, name, whether rows are
//! missing); a service's message of failure is an error and never an empty table. Writers take the columns that were
//! declared and give the same bytes for the same rows.

mod check;
mod choose;
mod error;
mod fits;
mod lines;
mod open;
mod options;
mod parquet_file;
mod table_read;
mod text;
mod votable;
mod write;

pub use check::check_columns;
pub use error::TableFileError;
pub use lines::RowLines;
pub use open::{read_table, read_table_bytes};
pub use options::{ReadOptions, TableChoice, TableFormat, TableLimits, TableMeta};
pub use parquet_file::write_parquet;
pub use table_read::ReadTable;
pub use write::{Cell, CsvWriter, write_csv, write_ecsv, write_votable};
