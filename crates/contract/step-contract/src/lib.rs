//! The contract between steps: products, units, manifests, inputs; identity and keys.
//!
//! A step reads manifests of *products* and writes one manifest of one product (CONTRACT.md of the design; ARCHITECTURE.md here).
//! This crate knows the words and their JSON; it opens no file but a manifest and runs nothing.

mod canonical;
mod error;
mod inputs;
mod job;
mod key;
mod manifest;
mod product;
mod raw;
mod raw_files;
mod read;
mod reason;
mod rules;
mod schema;
mod strict;

pub use canonical::{canonical_json, canonical_sha256, hex, identity};
pub use error::ContractError;
pub use inputs::{
    Arity, DoneUnit, Input, InputSpec, Inputs, MemberUnit, RunManifest, RunManifests, Slot, Source, UnitRef,
};
pub use job::{Job, Need, Needable, Needs};
pub use key::{KeyBase, is_unit_id, unit_id_of_file};
pub use manifest::{Discarded, Engine, Execution, FileEntry, Manifest, ProductRef, Read, Shard, Status, Unit};
pub use product::{AdoptedFile, AdoptedUnit, FileSet, Product, ProductEntry};
pub use raw::{RawManifest, RawUnit};
pub use raw_files::RawFiles;
pub use read::{
    CheckedJson, MAX_MANIFEST_BYTES, check, check_manifest, read_checked, read_input, read_manifest, read_strict, typed,
};
pub use reason::{Reason, Warning};
pub use schema::{config_schema_of, schema_of, schema_text, unit_schema};
pub use strict::{StrictError, parse_strict};
