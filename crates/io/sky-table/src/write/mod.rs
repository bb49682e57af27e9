//! Writing tables.

mod cell;
mod csv_writer;
mod ecsv;
mod rows;
mod votable;

pub use cell::Cell;
pub use csv_writer::{CsvWriter, write_csv};
pub use ecsv::write_ecsv;
pub use votable::write_votable;

pub(crate) use rows::Rows;
pub(crate) use votable::{document_end, document_start};
