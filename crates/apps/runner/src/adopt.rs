//! Manifests for files that came from elsewhere, written where a run keeps them.

use std::path::{Path, PathBuf};

use serde_json::Value;
use step_contract::ProductEntry;
use step_harness::Sums;

/// Files cannot be adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The manifest cannot be written.
    #[error("{}: {source}", path.display())]
    Disk {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be read, or the product refuses it.
    #[error("adopt as {product}: {problem}")]
    Refused {
        /// Product.
        product: String,
        /// What is wrong.
        problem: String,
    },
}

/// Whether a file is a manifest (JSON with a product) and not a file to adopt.
pub fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
        && step_contract::read_strict(path).is_ok_and(|value| value["product"]["name"].is_string())
}

/// Adopts files, or all files of folders, under a name; writes `<out>/manifest.json` and gives its path. Nothing is copied.
pub fn adopt(
    product: &ProductEntry,
    name: &str,
    paths: &[PathBuf],
    out: &Path,
    build: &str,
) -> Result<PathBuf, AdoptError> {
    let manifest = adopted(product, name, paths, build)?;
    let path = out.join("manifest.json");
    write_adopted(&path, &manifest)?;
    Ok(path)
}

/// The manifest of files under a name; nothing is written.
pub fn adopted(product: &ProductEntry, name: &str, paths: &[PathBuf], build: &str) -> Result<Value, AdoptError> {
    step_harness::adopt(product, name, paths, build, &Sums::open(None))
        .map_err(|problem| AdoptError::Refused { product: product.name.to_owned(), problem })
}

/// Writes such a manifest.
pub fn write_adopted(path: &Path, manifest: &Value) -> Result<(), AdoptError> {
    let disk = |source| AdoptError::Disk { path: path.to_owned(), source };
    step_harness::write_atomic(path, |writer| step_harness::write_manifest(manifest, writer)).map_err(disk).map(|_| ())
}
