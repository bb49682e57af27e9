//! Whose results a folder holds.

/// Step, label and run of a folder's manifest or journal.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Owner {
    pub(crate) step: String,
    pub(crate) label: String,
    pub(crate) run_id: String,
}
