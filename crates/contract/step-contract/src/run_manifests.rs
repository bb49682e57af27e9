//! All earlier manifests of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::input::{Input, resolve};
use crate::manifest::Manifest;
use crate::parts::{FileEntry, ProductRef};
use crate::product::Product;

/// All earlier manifests of a run, opened one at a time.
#[derive(Clone, Debug, Default)]
pub struct RunManifests {
    /// In workflow order.
    pub manifests: Vec<RunManifest>,
}

/// One earlier manifest of a run.
#[derive(Clone, Debug)]
pub struct RunManifest {
    /// Label.
    pub label: String,
    /// Step.
    pub step: String,
    /// Product.
    pub product: ProductRef,
    /// The file.
    pub path: PathBuf,
    /// Its identity.
    pub identity: String,
    /// Folder behind each `input:<name>` of its files.
    pub external: BTreeMap<String, PathBuf>,
}

impl RunManifest {
    /// Reads it, typed. It was validated when the inputs were bound.
    pub fn open<P: Product>(&self) -> Result<Input<P>, String> {
        let manifest: Manifest<P> = serde_json::from_value(self.json()?).map_err(|error| self.broken(&error))?;
        Ok(Input::new("run", 0, manifest, self.identity.clone(), self.folder().to_owned(), self.external.clone()))
    }

    /// Reads it as JSON.
    pub fn json(&self) -> Result<serde_json::Value, String> {
        let bytes = std::fs::read(&self.path).map_err(|error| self.broken(&error))?;
        serde_json::from_slice(&bytes).map_err(|error| self.broken(&error))
    }

    /// Folder of the manifest.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// The path of a file of this manifest.
    pub fn path_of(&self, entry: &FileEntry) -> PathBuf {
        resolve(self.folder(), &self.external, entry)
    }

    fn broken(&self, error: &dyn std::fmt::Display) -> String {
        format!("read {}: {error}", self.path.display())
    }
}
