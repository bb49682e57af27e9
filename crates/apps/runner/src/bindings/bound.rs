//! What a member is bound to, and what comes from outside.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a member is bound to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// The manifest of an earlier label of this run.
    Label(String),
    /// A manifest from outside (given, or adopted from files).
    Manifest(PathBuf),
}

/// What comes from outside.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// `--read LABEL.INPUT=PATH`, as manifests.
    pub reads: BTreeMap<(String, String), Vec<PathBuf>>,
    /// `--input NAME=DIR`, as manifests, by the label and member that they are offered to.
    pub inputs: BTreeMap<(String, String), PathBuf>,
}
