//! What an archive holds and what it only lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use step_contract::{FileEntry, FileKind, ProductEntry, RawManifest, RunManifest, RunManifests, identity};

use crate::error::PackageError;
use crate::name::{below, common_folder, refusal};

/// The list of everything, in the archive.
pub(crate) const CONTENTS: &str = "contents.csv";
/// Its first line.
pub(crate) const HEADER: &str = "path,bytes,sha256,kind,label,held";

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Manifest,
    Schema,
    Table,
    Model,
    Page,
    Pixels,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Schema => "schema",
            Self::Table => "table",
            Self::Model => "model",
            Self::Page => "page",
            Self::Pixels => "pixels",
        }
    }

    /// What the file of a role is; a product that this release does not know has tables.
    pub(crate) fn of_file(product: Option<&ProductEntry>, role: &str) -> Self {
        match product.map_or(FileKind::Table, |product| product.kind_of(role)) {
            FileKind::Table => Self::Table,
            FileKind::Model => Self::Model,
            FileKind::Page => Self::Page,
            FileKind::Pixels => Self::Pixels,
        }
    }
}

/// Where the bytes of an item are.
#[derive(Clone, Debug)]
pub(crate) enum Bytes {
    Memory(Vec<u8>),
    File(PathBuf),
}

/// A file of the run.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// Where it is read from; `None` where it was removed on purpose.
    pub(crate) source: Option<Bytes>,
    /// Whether it goes into the archive.
    pub(crate) held: bool,
}

/// Everything by its name in the archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) items: BTreeMap<String, Item>,
    /// The execution of each step, by label.
    pub(crate) executions: BTreeMap<String, Value>,
}

impl Contents {
    /// The manifests of the run with empty `execution`, their files, and the schemas of their products.
    ///
    /// Names are relative to the folder that holds all manifests and `out`, so that they do not follow where the root lies.
    pub(crate) fn of_run(
        run: &RunManifests,
        out: &Path,
        products: &[ProductEntry],
        with_pixels: bool,
    ) -> Result<Self, PackageError> {
        let folders: Vec<PathBuf> = run.manifests.iter().map(|manifest| absolute(manifest.folder())).collect();
        let out = absolute(out);
        let base = common_folder(folders.iter().map(PathBuf::as_path).chain([out.as_path()]));
        let mut contents = Self::default();
        for manifest in &run.manifests {
            let product =
                products.iter().find(|p| p.name == manifest.product.name && p.version == manifest.product.version);
            contents.add_manifest(manifest, product, &base, with_pixels)?;
            if let Some(product) = product {
                let name = format!("schemas/{}-{}.json", product.name, product.version);
                contents.items.insert(name, in_memory(Kind::Schema, "", product.schema.as_bytes().to_vec()));
            }
        }
        Ok(contents)
    }

    /// The table of contents: one row an item.
    pub(crate) fn to_csv(&self) -> Vec<u8> {
        let mut text = format!("{}\n", HEADER);
        for (name, item) in &self.items {
            let quoted =
                if name.contains([',', '"']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.clone() };
            let held = if item.held { "true" } else { "false" };
            text.push_str(&format!(
                "{quoted},{},{},{},{},{held}\n",
                item.bytes,
                item.sha256,
                item.kind.name(),
                item.label
            ));
        }
        text.into_bytes()
    }

    /// Held items of a kind.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.items.values().filter(|item| item.held && item.kind == kind).count() as u64
    }

    /// Items that are listed without being held.
    pub(crate) fn listed_count(&self) -> u64 {
        self.items.values().filter(|item| !item.held).count() as u64
    }

    fn add_manifest(
        &mut self,
        manifest: &RunManifest,
        product: Option<&ProductEntry>,
        base: &Path,
        with_pixels: bool,
    ) -> Result<(), PackageError> {
        let broken = |message: String| PackageError::Manifest { label: manifest.label.clone(), message };
        let mut value = manifest.json().map_err(broken)?;
        let found = identity(&value);
        if found != manifest.identity {
            return Err(broken(format!("its identity is {found}, it was {} when this step began", manifest.identity)));
        }
        let raw = RawManifest::from_checked(&manifest.path, &value).map_err(|error| broken(error.to_string()))?;
        for (_, role, entry) in raw.all_files() {
            self.add_file(manifest, entry, Kind::of_file(product, role), base, with_pixels)?;
        }
        let execution = std::mem::replace(&mut value["execution"], json!({}));
        self.executions.insert(manifest.label.clone(), execution);
        let mut bytes = serde_json::to_vec_pretty(&value).map_err(|error| broken(error.to_string()))?;
        bytes.push(b'\n');
        let name = self.name_of(base, &absolute(&manifest.path)).map_err(broken)?;
        // mark: manifests-packed
        self.items.insert(name, in_memory(Kind::Manifest, &manifest.label, bytes));
        Ok(())
    }

    fn add_file(
        &mut self,
        manifest: &RunManifest,
        entry: &FileEntry,
        kind: Kind,
        base: &Path,
        with_pixels: bool,
    ) -> Result<(), PackageError> {
        let external = entry.path.starts_with("input:");
        let path = absolute(&manifest.path_of(entry));
        // A file that lies elsewhere keeps its listed name: it cannot be laid beside the manifests.
        let name = match external {
            true => entry.path.clone(),
            false => self
                .name_of(base, &path)
                .map_err(|message| PackageError::Manifest { label: manifest.label.clone(), message })?,
        };
        let known = !external
            || entry
                .path
                .strip_prefix("input:")
                .and_then(|rest| rest.split_once('/'))
                .is_some_and(|(input, _)| manifest.external.contains_key(input));
        let there = entry.discarded.is_none() && known;
        let item = Item {
            kind,
            label: manifest.label.clone(),
            bytes: entry.bytes,
            sha256: entry.sha256.clone(),
            source: there.then_some(Bytes::File(path)),
            held: there && !external && (with_pixels || kind != Kind::Pixels),
        };
        // A file that several manifests list belongs to the first of them.
        match self.items.get(&name) {
            Some(first) if first.sha256 != item.sha256 => Err(PackageError::Conflict { path: name }),
            Some(_) => Ok(()),
            None => {
                self.items.insert(name, item);
                Ok(())
            }
        }
    }

    fn name_of(&self, base: &Path, path: &Path) -> Result<String, String> {
        let name = below(base, path).ok_or_else(|| format!("a file lies outside of the run ({})", file_name(path)))?;
        match refusal(&name) {
            Some(why) => Err(format!("{name}: {why}")),
            None => Ok(name),
        }
    }
}

pub(crate) fn in_memory(kind: Kind, label: &str, bytes: Vec<u8>) -> Item {
    let sha256 = step_contract::hex(&Sha256::digest(&bytes));
    Item {
        kind,
        label: label.to_owned(),
        bytes: bytes.len() as u64,
        sha256,
        source: Some(Bytes::Memory(bytes)),
        held: true,
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
