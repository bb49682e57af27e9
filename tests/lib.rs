//! What the integration tests share.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the checkout").to_owned()
}

/// The program `skyledger` of this build: beside the folder of the test's own program.
///
/// # Panics
/// If it is not there: `cargo test --workspace` builds it.
pub fn skyledger() -> PathBuf {
    let own = std::env::current_exe().expect("this test has a path");
    let folder = own.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let program = folder.join("skyledger");
    assert!(program.is_file(), "{} is not built; run cargo test --release --workspace", program.display());
    program
}
