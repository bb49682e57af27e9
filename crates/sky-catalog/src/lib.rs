//! Sources, flags, columns and tables in memory: the vocabulary of rows.

mod column;
mod ellipse;
pub mod flags;
mod psf;
mod source;
mod table;

pub use column::{ColumnSpec, ColumnType};
pub use ellipse::{Ellipse, EllipseCoefficients, Moments};
pub use psf::PsfMeasurement;
pub use source::{Flux, Isophotal, Source, SourceSky, Windowed};
pub use table::{Column, ColumnData, Table, TableError};
