//! The contract between steps: products, units, manifests, inputs; identity and keys.
//!
//! A step reads manifests of *products* and writes one manifest of one product (CONTRACT.md of the design; ARCHITECTURE.md here).
//! This crate knows the words and their JSON; it opens no file but a manifest and runs nothing.

mod inputs;
mod job;
mod manifest;
mod product;
mod reason;

pub use inputs::{Arity, DoneUnit, Input, InputSpec, Inputs, MemberUnit, RunManifest, RunManifests, Slot, Source, UnitRef};
pub use job::{Job, Need, Needable, Needs};
pub use manifest::{
    Discarded, Engine, Execution, FileEntry, Manifest, ProductRef, Read, Shard, Status, Unit,
};
pub use product::{AdoptedFile, AdoptedUnit, FileSet, Product, ProductEntry};
pub use reason::{Reason, Warning};
