//! The contract between steps: products, units, manifests, inputs; identity and keys.
//!
//! A step reads manifests of *products* and writes one manifest of one product (docs/contract.md).
//! This crate knows the words and their JSON; it opens no file but a manifest and runs nothing.

mod about;
mod canonical;
mod error;
mod event;
mod execution;
mod file_kind;
mod input;
mod job;
mod key;
mod manifest;
mod members;
mod need;
mod needs;
mod parts;
mod product;
mod product_entry;
mod raw;
mod raw_files;
mod read;
mod reason;
mod reasons;
mod rules;
mod run_manifests;
mod schema;
mod scope;
mod shard;
mod shared;
mod slots;
mod strict;
mod ties;

pub use about::{About, RowMeaning};
pub use canonical::{canonical_json, canonical_sha256, hex, identity};
pub use error::{BrokenRule, ContractError};
pub use event::{Event, EventLine, event_schema};
pub use execution::{Execution, MemoryUse};
pub use file_kind::FileKind;
pub use input::{DoneUnit, Input, MemberUnit, UnitRef};
pub use job::{Groupable, Job, Needable, Shareable};
pub use key::{KeyBase, ending_of_file, is_unit_id, unit_id_of_file};
pub use manifest::Manifest;
pub use members::{Group, Member, Members};
pub use need::{GroupNeed, MissingMember, Need};
pub use needs::Needs;
pub use parts::{Discarded, Engine, FileEntry, ProductRef, Read, Status};
pub use product::{AdoptedFile, AdoptedUnit, FileSet, Product, REJECTED, Unit};
pub use product_entry::ProductEntry;
pub use raw::{RawManifest, RawUnit};
pub use raw_files::RawFiles;
pub use read::{
    CheckedJson, MAX_MANIFEST_BYTES, check, check_manifest, read_checked, read_input, read_manifest, read_strict, typed,
};
pub use reason::{Reason, Warning};
pub use reasons::{Ends, REASONS, ReasonKind, WARNINGS, reason_kind, warning_kind};
pub use run_manifests::{RunManifest, RunManifests};
pub use schema::{config_schema_of, schema_of, schema_text, unit_schema};
pub use scope::{Edge, Scope};
pub use shard::Shard;
pub use shared::Shared;
pub use slots::{Arity, InputSpec, Inputs, Slot, Source};
pub use strict::{StrictError, parse_strict};
pub use ties::Ties;
