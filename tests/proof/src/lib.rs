//! The chain on trial: each module is one class of trials, run whole by `cargo xtask prove` and in part by `cargo test`.

pub mod attempt;
mod bench;
mod case;
pub mod catalogues;
pub mod cluster;
pub mod confined;
pub mod disasters;
pub mod engines;
pub mod fits;
pub mod kills;
pub mod lies;
pub mod manifests;
pub mod message;
mod network;
pub mod page;
pub mod slices;
pub mod small_run;
mod stage;
pub mod syncs;
pub mod tampering;
pub mod zips;

pub use bench::Bench;
pub use case::{Case, Class};

/// A class of trials: runs them and says what was seen.
pub type Trial = fn(&Bench) -> Result<Class, String>;

/// Every class by the name with which `cargo xtask prove <name>` runs it alone.
pub const TRIALS: &[(&str, Trial)] = &[
    ("network", network::run),
    ("fits", fits::run),
    ("manifests", manifests::run),
    ("catalogues", catalogues::run),
    ("zips", zips::run),
    ("tampering", tampering::run),
    ("kills", kills::run),
    ("syncs", syncs::run),
    ("disasters", disasters::run),
    ("slices", slices::run),
    ("cluster", cluster::run),
    ("engines", engines::run),
    ("lies", lies::run),
];
