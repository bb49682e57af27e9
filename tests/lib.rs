//! What the integration tests share.

pub mod smoke;

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the checkout").to_owned()
}

/// The program `skyledger` of this build: beside the running program, or beside the folder of a test's program.
///
/// # Panics
/// If it is not there: `cargo test --workspace` builds it.
pub fn skyledger() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a path");
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join("skyledger"));
    let found = beside.into_iter().find(|program| program.is_file());
    found.unwrap_or_else(|| {
        panic!("skyledger is not built beside {}; run cargo test --release --workspace", own.display())
    })
}
