//! Our engine beside source-extractor and PSFEx, on the same images with the same parameters and columns.
//!
//! * [`speed`]: seconds, CPU seconds and memory of each pass; [`plate`]: a whole plate of 44 tiles;
//! * [`truth`]: completeness, false detections, scatter and bias on simulated fields ([`fields`]);
//! * [`agreement`]: column by column on real images;
//! * [`psf`]: the PSF model against truth and against PSFEx;
//! * [`bytes`]: the same bytes for any number of threads and for the widest instructions.
//!
//! Each part gives a [`Part`] of rows with goal, figure and verdict; [`page`] writes them as `docs/comparison.md`.

pub mod agreement;
mod bench;
pub mod bytes;
mod catalogue;
pub mod engines;
pub mod fields;
pub mod kernels;
pub mod page;
pub mod plate;
pub mod plots;
pub mod process;
pub mod psf;
mod report;
mod residuals;
pub mod speed;
pub mod truth;

pub use bench::Bench;
pub use catalogue::Catalogue;
pub use report::{Part, Row, Table, Verdict};

/// A part of the comparison.
pub type Trial = fn(&Bench) -> Result<Part, String>;

/// Every part by the name with which `cargo xtask compare --only NAME` runs it alone.
pub const PARTS: &[(&str, Trial)] = &[
    ("speed", speed::run),
    ("plate", plate::run),
    ("truth", truth::run),
    ("agreement", agreement::run),
    ("psf", psf::run),
    ("bytes", bytes::run),
];
