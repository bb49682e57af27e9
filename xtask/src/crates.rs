//! Where a crate lies: `crates/<layer>/<crate>`.

use std::path::{Path, PathBuf};

/// The layers, from the first to the last (ARCHITECTURE.md, "Layers").
pub(crate) const LAYERS: [&str; 7] = ["vocabulary", "kernels", "io", "contract", "stand-ins", "steps", "apps"];

/// The folder of a crate, where one of the layers has it.
pub(crate) fn find(checkout: &Path, name: &str) -> Option<PathBuf> {
    let crates = checkout.join("crates");
    LAYERS.iter().map(|layer| crates.join(layer).join(name)).find(|folder| folder.is_dir())
}

/// The folder of a crate; that of the steps where no layer has it.
pub(crate) fn folder_of(checkout: &Path, name: &str) -> PathBuf {
    find(checkout, name).unwrap_or_else(|| checkout.join("crates/steps").join(name))
}
