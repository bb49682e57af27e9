//! The build of a crate, read from a tree of sources.
//!
//! It covers the crate's *closure*: the crate itself and every crate of the workspace that it uses, directly or not, development
//! dependencies left out. Of each: its sources ([`sources`] says which files and lines count), its `Cargo.toml` without development
//! dependencies, tests and benches, its build script, the features that are on. Of what comes from a registry: the entries of
//! `Cargo.lock` that the closure reaches. Of the workspace's `Cargo.toml`: version, edition, profiles, and the lines of the
//! dependencies that the closure names.

mod digest;
mod error;
mod lock;
mod manifest;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use error::TreeError;

use digest::{feed, hexadecimal};
use lock::Lock;
use manifest::{Manifest, Workspace};

/// The crates whose closure is the program's build.
pub const PROGRAM: [&str; 1] = ["skyledger"];
/// The crates whose closure is the build of an adopted manifest: the code that adopts, and the products.
pub const ADOPTION: [&str; 2] = ["step-harness", "products"];

/// Bytes of the sum that a build shows.
const SHOWN_BYTES: usize = 6;

/// A workspace: its crates with the sums of their sources, and its lock file.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    workspace: Workspace,
    crates: BTreeMap<String, Crate>,
    lock: Lock,
}

#[derive(Debug)]
struct Crate {
    manifest: Manifest,
    sum: String,
}

impl Tree {
    /// Reads `Cargo.toml`, `Cargo.lock` and every crate that the workspace names by its path.
    ///
    /// # Errors
    /// A file cannot be read, or is no TOML.
    pub fn read(root: &Path) -> Result<Self, TreeError> {
        let workspace = Workspace::read(&root.join("Cargo.toml"))?;
        let lock = Lock::read(&root.join("Cargo.lock"))?;
        let mut crates = BTreeMap::new();
        for (name, folder) in &workspace.folders {
            let folder = root.join(folder);
            let manifest = Manifest::read(&folder.join("Cargo.toml"))?;
            let sum = sources::sum(root, &folder)?;
            crates.insert(name.clone(), Crate { manifest, sum });
        }
        Ok(Self { root: root.to_owned(), workspace, crates, lock })
    }

    /// Ids of the steps: the names of the crates `step-<id>` below `crates/steps`.
    pub fn steps(&self) -> Vec<String> {
        let steps = Path::new("crates/steps");
        let folders = self.workspace.folders.iter().filter(|(_, folder)| folder.parent() == Some(steps));
        folders.filter_map(|(name, _)| name.strip_prefix("step-").map(str::to_owned)).collect()
    }

    /// Version, plus sign and 12 hexadecimal digits of the sum over the parts of the closure.
    ///
    /// # Errors
    /// As [`Tree::parts`].
    pub fn build(&self, crates: &[&str], features: &BTreeSet<String>) -> Result<String, TreeError> {
        let mut sum = Sha256::new();
        for (name, part) in self.parts(crates, features)? {
            feed(&mut sum, &name, part.as_bytes());
        }
        Ok(format!("{}+{}", self.workspace.version, hexadecimal(&sum.finalize()[..SHOWN_BYTES])))
    }

    /// What the closure of these crates consists of, with the sum of each: `crate sky-detect`, `Cargo.toml sky-detect`,
    /// `Cargo.lock sha2 0.11.0`, `feature cfitsio`.
    ///
    /// # Errors
    /// A crate that the workspace does not have.
    pub fn parts(&self, crates: &[&str], features: &BTreeSet<String>) -> Result<BTreeMap<String, String>, TreeError> {
        let mut parts = BTreeMap::from([("workspace".to_owned(), self.workspace.common.clone())]);
        let mut waiting: Vec<&str> = crates.to_vec();
        let mut seen = BTreeSet::new();
        let mut locked = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            if !seen.insert(name) {
                continue;
            }
            let own = self.crates.get(name).ok_or_else(|| TreeError {
                path: self.root.join("Cargo.toml"),
                problem: format!("[workspace.dependencies] has no {name} with a path"),
            })?;
            parts.insert(format!("crate {name}"), own.sum.clone());
            parts.insert(format!("Cargo.toml {name}"), own.manifest.sum.clone());
            for feature in own.manifest.features.iter().filter(|feature| features.contains(*feature)) {
                parts.insert(format!("feature {feature}"), "on".to_owned());
            }
            for used in &own.manifest.uses {
                if let Some(line) = self.workspace.dependencies.get(used) {
                    parts.insert(format!("dependency {used}"), line.clone());
                }
                if self.crates.contains_key(used) {
                    waiting.push(used);
                }
            }
            locked.extend(self.lock.used_by(name, &own.manifest.uses));
        }
        for (package, entry) in self.lock.reached(locked) {
            parts.insert(format!("Cargo.lock {package}"), entry);
        }
        Ok(parts)
    }
}
