//! Parquet by its low-level column interface, without Arrow.

mod read;
mod write;

pub(crate) use read::read;
pub use write::write_parquet;

/// The entry of the file's metadata that holds a VOTable without DATA: units, UCDs, meanings (VOParquet convention).
pub(crate) const VOTABLE_CONTENT: &str = "IVOA.VOTable-Parquet.content";
/// The entry that says which version of the convention holds.
pub(crate) const VOTABLE_VERSION: &str = "IVOA.VOTable-Parquet.version";
