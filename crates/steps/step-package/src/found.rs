//! An entry of an archive as it was read.

/// Length and sum of an entry, and its bytes where it is a document.
pub(crate) struct Found {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) document: Option<Vec<u8>>,
}
