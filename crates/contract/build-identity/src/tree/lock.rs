//! The entries of `Cargo.lock` that a closure reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::Value;

use super::error::{TreeError, refuse, table};

/// `Cargo.lock`.
#[derive(Debug)]
pub(super) struct Lock {
    packages: Vec<Package>,
}

#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    /// Where it comes from; none for a crate of the workspace.
    source: Option<String>,
    checksum: String,
    dependencies: Vec<String>,
}

impl Lock {
    pub(super) fn read(path: &Path) -> Result<Self, TreeError> {
        let read = table(path)?;
        let packages =
            read.get("package").and_then(Value::as_array).ok_or_else(|| refuse(path, &"has no [[package]]"))?;
        let text = |package: &Value, name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
        let packages = packages
            .iter()
            .map(|package| Package {
                name: text(package, "name").unwrap_or_default(),
                version: text(package, "version").unwrap_or_default(),
                source: text(package, "source"),
                checksum: text(package, "checksum").unwrap_or_default(),
                dependencies: package
                    .get("dependencies")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(|name| Some(name.as_str()?.to_owned()))
                    .collect(),
            })
            .collect();
        Ok(Self { packages })
    }

    /// Places of the packages from elsewhere that a crate of the workspace uses under these names (the lock file also lists its
    /// development dependencies).
    pub(super) fn used_by(&self, name: &str, uses: &BTreeSet<String>) -> Vec<usize> {
        let own = self.packages.iter().find(|package| package.name == name && package.source.is_none());
        let named = own.into_iter().flat_map(|package| &package.dependencies);
        let counted = named.filter(|written| uses.contains(written.split(' ').next().unwrap_or_default()));
        counted
            .filter_map(|written| self.place(written))
            .filter(|place| self.packages[*place].source.is_some())
            .collect()
    }

    /// These packages and all that they use: `name version` with source and checksum.
    pub(super) fn reached(&self, from: BTreeSet<usize>) -> BTreeMap<String, String> {
        let mut waiting: Vec<usize> = from.into_iter().collect();
        let mut reached = BTreeMap::new();
        while let Some(place) = waiting.pop() {
            let package = &self.packages[place];
            let entry = format!("{} {}", package.source.as_deref().unwrap_or_default(), package.checksum);
            if reached.insert(format!("{} {}", package.name, package.version), entry).is_none() {
                waiting.extend(package.dependencies.iter().filter_map(|written| self.place(written)));
            }
        }
        reached
    }

    /// The package that the lock file writes as `name`, `name version` or `name version (source)`.
    fn place(&self, written: &str) -> Option<usize> {
        let mut words = written.split(' ');
        let (name, version) = (words.next()?, words.next());
        let is_it =
            |package: &Package| package.name == name && version.is_none_or(|version| package.version == version);
        self.packages.iter().position(is_it)
    }
}
