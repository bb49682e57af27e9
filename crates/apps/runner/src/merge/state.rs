//! What merging knows of the run while it is at work.

use std::collections::BTreeMap;
use std::path::PathBuf;

use step_contract::{ProductEntry, Ties};
use step_harness::Sums;

use crate::description::Description;
use crate::layout::Layout;
use crate::shard::ShardRecord;

/// What merging knows of the run.
pub(super) struct Merge<'a> {
    pub(super) layout: &'a Layout,
    pub(super) products: &'a [ProductEntry],
    pub(super) descriptions: &'a BTreeMap<String, Description>,
    pub(super) records: &'a [ShardRecord],
    pub(super) sums: Sums,
    pub(super) command: &'a [String],
    /// Whole manifests of this run by their path, with the identities that the shards gave them.
    pub(super) known: BTreeMap<PathBuf, Ids>,
}

/// What is known of a manifest of the run that other steps read.
pub(super) struct Ids {
    /// Identity of the whole manifest.
    pub(super) identity: String,
    /// Its units with what ties them.
    pub(super) units: Units,
    /// Identities of the shards' manifests, in order; none for a step that was run whole.
    pub(super) parts: Vec<String>,
}

/// Units of a manifest with what ties them.
pub(super) type Units = BTreeMap<String, Option<Box<Ties>>>;
