//! Sources, flags, columns and tables in memory: the vocabulary of rows.

mod column;
mod corrected;
mod ellipse;
pub mod flags;
mod jacobian;
mod psf;
mod source;
mod table;

pub use column::{ColumnSpec, ColumnType};
pub use corrected::corrected_isophotal_flux;
pub use ellipse::{Ellipse, EllipseCoefficients, Moments};
pub use jacobian::SkyJacobian;
pub use psf::PsfMeasurement;
pub use source::{Flux, ISOPHOTAL_LEVELS, Isophotal, Petrosian, Source, SourceSky, Windowed};
pub use table::{Column, ColumnData, Table, TableError};
