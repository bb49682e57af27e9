//! Which master belongs to which frame: exactly one or none, and why not another one.

mod choose;
mod params;
mod setup;

pub use choose::{Choice, Mismatch, choose, is_by_night, mismatches};
pub use params::{MatchParams, NightRule};
pub use setup::{MasterKind, Property, Setup};
