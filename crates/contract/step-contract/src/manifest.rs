//! The manifest of one step: what it read, its units and their files, a payload, and the execution that is not part of its identity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::execution::Execution;
use crate::parts::{Engine, FileEntry, ProductRef, Read};
use crate::product::{Product, Unit};
use crate::shard::Shard;

/// What one step says of its work. Everything but `execution` is a function of inputs, configuration, build and engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Manifest<P: Product> {
    /// Product.
    pub product: ProductRef,
    /// Run.
    pub run_id: String,
    /// Step.
    pub step: String,
    /// Label of the step in its workflow.
    pub label: String,
    /// Build of the program.
    pub build: String,
    /// What did the work.
    pub engine: Engine,
    /// Resolved configuration, defaults included, without the parameters marked `x-execution`.
    pub config: serde_json::Value,
    /// What it read.
    pub reads: Vec<Read>,
    /// Units in the order of their ids.
    pub units: Vec<Unit<P>>,
    /// Files that belong to no unit (scope run only), by role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, FileEntry>,
    /// Made from the units by [`Product::payload`].
    pub payload: P::Payload,
    /// Set in a shard's manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Not part of the identity.
    pub execution: Execution,
}
