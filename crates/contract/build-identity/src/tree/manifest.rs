//! What of a `Cargo.toml` counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::{TreeError, refuse, table};

/// Members of `[workspace.package]` that reach a compiler.
const WORKSPACE_MEMBERS: [&str; 3] = ["edition", "rust-version", "version"];
/// Tables of a crate that no program is made of.
const LEFT_OUT: [&str; 6] = ["bench", "dev-dependencies", "example", "lints", "package", "test"];
/// Members of `[package]` that reach a compiler.
const PACKAGE_MEMBERS: [&str; 5] = ["build", "edition", "links", "name", "version"];

/// The workspace's own `Cargo.toml`.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) version: String,
    /// Version, edition and profiles, in one canonical text.
    pub(super) common: String,
    /// Each line of `[workspace.dependencies]`, in a canonical text.
    pub(super) dependencies: BTreeMap<String, String>,
    /// Folders of our own crates, relative to the workspace.
    pub(super) folders: BTreeMap<String, PathBuf>,
}

impl Workspace {
    pub(super) fn read(path: &Path) -> Result<Self, TreeError> {
        let read = table(path)?;
        let workspace = part(&read, "workspace").ok_or_else(|| refuse(path, &"has no [workspace]"))?;
        let package = part(workspace, "package").ok_or_else(|| refuse(path, &"has no [workspace.package]"))?;
        let version = package.get("version").and_then(Value::as_str);
        let version = version.ok_or_else(|| refuse(path, &"has no workspace.package.version"))?.to_owned();
        let mut common = picked(package, &WORKSPACE_MEMBERS);
        if let Some(profiles) = read.get("profile") {
            common.insert("profile".to_owned(), profiles.clone());
        }
        let lines = part(workspace, "dependencies").cloned().unwrap_or_default();
        let folders = lines
            .iter()
            .filter_map(|(name, line)| Some((name.clone(), PathBuf::from(line.get("path")?.as_str()?))))
            .collect();
        let dependencies = lines.iter().map(|(name, line)| (name.clone(), canonical(line))).collect();
        Ok(Self { version, common: canonical(&Value::Table(common)), dependencies, folders })
    }
}

/// The `Cargo.toml` of a crate.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Everything but what is for developers, in one canonical text.
    pub(super) sum: String,
    /// Names of direct dependencies, development ones left out.
    pub(super) uses: BTreeSet<String>,
    /// Features that it has, but for `default`.
    pub(super) features: BTreeSet<String>,
}

impl Manifest {
    pub(super) fn read(path: &Path) -> Result<Self, TreeError> {
        let read = table(path)?;
        let mut counts: Table = read.clone();
        counts.retain(|name, _| !LEFT_OUT.contains(&name));
        if let Some(package) = part(&read, "package") {
            counts.insert("package".to_owned(), Value::Table(picked(package, &PACKAGE_MEMBERS)));
        }
        let targets = part(&read, "target").into_iter().flat_map(Table::values).filter_map(Value::as_table);
        let mut uses = BTreeSet::new();
        for owner in std::iter::once(&read).chain(targets) {
            for kind in ["dependencies", "build-dependencies"] {
                uses.extend(part(owner, kind).into_iter().flat_map(Table::keys).cloned());
            }
        }
        let features = part(&read, "features").into_iter().flat_map(Table::keys);
        let features = features.filter(|name| *name != "default").cloned().collect();
        Ok(Self { sum: canonical(&Value::Table(counts)), uses, features })
    }
}

fn part<'a>(table: &'a Table, name: &str) -> Option<&'a Table> {
    table.get(name)?.as_table()
}

fn picked(table: &Table, names: &[&str]) -> Table {
    names.iter().filter_map(|name| Some(((*name).to_owned(), table.get(*name)?.clone()))).collect()
}

/// One text for one value, whatever the order of the members in the file.
fn canonical(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let members: BTreeMap<&String, String> =
                table.iter().map(|(name, value)| (name, canonical(value))).collect();
            let members: Vec<String> = members.into_iter().map(|(name, text)| format!("{name:?}:{text}")).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(canonical).collect();
            format!("[{}]", values.join(","))
        }
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    #[test]
    fn what_is_for_developers_does_not_count() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("Cargo.toml");
        let sum_of = |text: &str| {
            std::fs::write(&path, text).expect("a file");
            Manifest::read(&path).expect("a manifest").sum
        };
        let plain = sum_of("[package]\nname = \"a\"\n[dependencies]\nsha2 = \"1\"\n");
        let described = "# a word\n[package]\ndescription = \"A\"\nname = \"a\"\n[dependencies]\nsha2 = \"1\"\n[dev-dependencies]\nb = \"1\"\n";
        assert_eq!(sum_of(described), plain, "description, comments and dev-dependencies reach no program");
        assert_ne!(sum_of("[package]\nname = \"a\"\n[dependencies]\nsha2 = \"2\"\n"), plain, "another version does");
    }
}
