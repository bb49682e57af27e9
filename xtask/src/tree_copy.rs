//! A copy of the tree in which things are broken on purpose.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::faults::Fault;

/// The copy, with a target folder of its own.
#[derive(Clone, Debug)]
pub(crate) struct TreeCopy {
    tree: PathBuf,
    target: PathBuf,
}

impl TreeCopy {
    /// The copy in `target/mutate`, made new where it differs.
    pub(crate) fn of(checkout: &Path) -> Result<Self, String> {
        let target = checkout.join("target/mutate");
        let tree = target.join("tree");
        refresh(checkout, &tree)?;
        Ok(Self { tree, target })
    }

    /// Cargo in the copy. The real data stay out: what is proved here needs none.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target);
        command.env_remove("SKYLEDGER_REAL_DATA");
        command
    }

    /// Does something while the fault is in the copy; its file is as before afterwards.
    pub(crate) fn with_fault<T>(&self, fault: &Fault, act: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let path = self.tree.join(&fault.file);
        let source = fs_err::read_to_string(&path).map_err(|error| error.to_string())?;
        fs_err::write(&path, fault.put_in(&self.tree)?).map_err(|error| error.to_string())?;
        let done = act();
        fs_err::write(&path, &source).map_err(|error| error.to_string())?;
        done
    }
}

/// Copies what git knows or would take; files that are the same already stay untouched, so that cargo builds only what differs.
fn refresh(from: &Path, to: &Path) -> Result<(), String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(from)
        .output()
        .map_err(|error| error.to_string())?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let names: BTreeSet<PathBuf> = listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
    for entry in
        walkdir::WalkDir::new(to).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file())
    {
        let known = entry.path().strip_prefix(to).is_ok_and(|name| names.contains(name));
        if !known {
            fs_err::remove_file(entry.path()).map_err(|error| error.to_string())?;
        }
    }
    for name in names {
        let (source, place) = (from.join(&name), to.join(&name));
        if !source.is_file() || fs_err::read(&source).ok() == fs_err::read(&place).ok() {
            continue;
        }
        if let Some(folder) = place.parent() {
            fs_err::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs_err::copy(&source, &place).map_err(|error| error.to_string())?;
    }
    Ok(())
}
