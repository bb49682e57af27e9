//! The chain on trial: each module is one class of trials, run whole by `cargo xtask prove` and in part by `cargo test`.

mod bench;
mod case;
pub mod cluster;
pub mod disasters;
pub mod kills;
mod network;
pub mod page;
pub mod slices;
mod stage;
pub mod syncs;

pub use bench::Bench;
pub use case::{Case, Class};

/// A class of trials: runs them and says what was seen.
pub type Trial = fn(&Bench) -> Result<Class, String>;

/// Every class by the name with which `cargo xtask prove <name>` runs it alone.
pub const TRIALS: &[(&str, Trial)] = &[
    ("network", network::run),
    ("kills", kills::run),
    ("syncs", syncs::run),
    ("disasters", disasters::run),
    ("slices", slices::run),
    ("cluster", cluster::run),
];
