//! Faults that are put into a copy of the tree on purpose, to see that a test or a trial finds them.
//!
//! The code that a fault breaks has a mark above it, a line `// mark: NAME` (`# mark: NAME` in TOML). `xtask/faults.toml` says for each
//! fault what becomes what in the few lines below its mark. Who moves the code takes the mark along; who changes the line finds the
//! fault under the mark's name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Lines below a mark in which the text of its faults stands.
const LINES_BELOW: usize = 4;
/// Folders with marks.
const MARKED_FOLDERS: [&str; 3] = ["crates", "workflows", "config"];
/// What stands between the sign of a comment and the name.
const SIGN: &str = " mark: ";

/// A fault, with the place of its mark.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) name: String,
    /// The class of trials that must find it, and what is wrong then, in words (for `prove --mutate`).
    pub(crate) class: Option<String>,
    pub(crate) what: Option<String>,
    /// File with the mark, relative to the checkout.
    pub(crate) file: PathBuf,
    mark: String,
    old: String,
    new: String,
}

/// A fault as `xtask/faults.toml` has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The mark, where it has another name than the fault.
    mark: Option<String>,
    class: Option<String>,
    what: Option<String>,
    old: String,
    new: String,
}

/// All faults. Every mark stands once and has a fault; every fault can be put in.
pub(crate) fn read(checkout: &Path) -> Result<Vec<Fault>, String> {
    let path = checkout.join("xtask/faults.toml");
    let text = fs_err::read_to_string(&path).map_err(|error| error.to_string())?;
    let written: BTreeMap<String, Written> =
        toml::from_str(&text).map_err(|error| format!("xtask/faults.toml: {error}"))?;
    let mut marks = marks(checkout)?;
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for (name, fault) in written {
        let mark = fault.mark.unwrap_or_else(|| name.clone());
        let file =
            marks.get(&mark).cloned().ok_or_else(|| format!("fault {name}: no file has a line `// mark: {mark}`"))?;
        let fault = Fault {
            name,
            class: fault.class,
            what: fault.what,
            file,
            mark: mark.clone(),
            old: fault.old,
            new: fault.new,
        };
        fault.put_in(checkout)?;
        used.insert(mark);
        faults.push(fault);
    }
    marks.retain(|mark, _| !used.contains(mark));
    match marks.first_key_value() {
        Some((mark, file)) => Err(format!("{}: no fault of xtask/faults.toml uses the mark {mark}", file.display())),
        None => Ok(faults),
    }
}

/// The marks with their files.
fn marks(checkout: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut marks: BTreeMap<String, PathBuf> = BTreeMap::new();
    let entries = MARKED_FOLDERS.iter().flat_map(|folder| walkdir::WalkDir::new(checkout.join(folder)));
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "rs" && extension != "toml") {
            continue;
        }
        let text = fs_err::read_to_string(path).map_err(|error| error.to_string())?;
        let file = path.strip_prefix(checkout).unwrap_or(path);
        for mark in text.lines().filter_map(mark_of) {
            if let Some(other) = marks.insert(mark.to_owned(), file.to_owned()) {
                return Err(format!("the mark {mark} stands in {} and in {}", other.display(), file.display()));
            }
        }
    }
    Ok(marks)
}

/// The name on a line that is a mark.
fn mark_of(line: &str) -> Option<&str> {
    let line = line.trim();
    line.strip_prefix("//").or_else(|| line.strip_prefix('#'))?.strip_prefix(SIGN)
}

impl std::fmt::Display for Fault {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = self.what.as_ref().unwrap_or(&self.name);
        write!(to, "{words}\n  {}, {}: {:?} becomes {:?}", self.file.display(), self.mark, self.old, self.new)
    }
}

impl Fault {
    /// The text of its file in this tree with the fault in it.
    pub(crate) fn put_in(&self, tree: &Path) -> Result<String, String> {
        let text = fs_err::read_to_string(tree.join(&self.file)).map_err(|error| error.to_string())?;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mark = lines.iter().position(|line| mark_of(line) == Some(&self.mark));
        let first = mark.ok_or_else(|| format!("{}: the mark {} is gone", self.file.display(), self.mark))? + 1;
        let last = (first + LINES_BELOW).min(lines.len());
        let (before, below, after) = (lines[..first].concat(), lines[first..last].concat(), lines[last..].concat());
        match below.matches(&self.old).count() {
            1 if self.old != self.new => Ok(format!("{before}{}{after}", below.replacen(&self.old, &self.new, 1))),
            1 => Err(format!("fault {}: it changes nothing", self.name)),
            count => Err(format!(
                "fault {}: {}:{first}: `{}` stands {count} times in the {LINES_BELOW} lines below the mark, expected once; \
                 write in xtask/faults.toml what breaks the code as it is now",
                self.name,
                self.file.display(),
                self.old
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_stands_once_and_every_fault_can_be_put_in() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the checkout");
        let faults = read(checkout).unwrap_or_else(|error| panic!("{error}"));
        assert!(faults.len() > 70, "{} faults", faults.len());
        assert!(faults.iter().filter(|fault| fault.class.is_some()).all(|fault| fault.what.is_some()));
    }
}
