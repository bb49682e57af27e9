//! Where a crate lies: `crates/<layer>/<crate>`.

use std::path::{Path, PathBuf};

/// The layers, from the first to the last (ARCHITECTURE.md, "Layers").
pub(crate) const LAYERS: [&str; 7] = ["vocabulary", "kernels", "io", "contract", "stand-ins", "steps", "apps"];

/// The folder of a crate; that of the steps where no layer has it.
pub(crate) fn folder_of(checkout: &Path, name: &str) -> PathBuf {
    let crates = checkout.join("crates");
    let found = LAYERS.iter().map(|layer| crates.join(layer).join(name)).find(|folder| folder.is_dir());
    found.unwrap_or_else(|| crates.join("steps").join(name))
}
