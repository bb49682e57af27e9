//! What two equal runs share, file by file: bytes, and of JSON with an `execution` the identity without it.

use std::collections::BTreeMap;
use std::path::Path;

/// Files of a run by their path below the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads `data` (but its cache), `artifacts` and `dashboard` of a root, without locks and what is execution.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for top in ["data", "artifacts", "dashboard"] {
            for entry in walkdir::WalkDir::new(root.join(top)).sort_by_file_name().into_iter().filter_map(Result::ok) {
                let name = entry.file_name().to_string_lossy();
                let relative = entry.path().strip_prefix(root).unwrap_or(entry.path()).display().to_string();
                if !entry.file_type().is_file()
                    || relative.starts_with("data/cache/")
                    || name.ends_with(".execution.json")
                    || name.ends_with("events.jsonl")
                    || name.ends_with(".lock")
                {
                    continue;
                }
                files.insert(relative, content(entry.path())?);
            }
        }
        Ok(Self(files))
    }

    /// Only what lies below one of these folders.
    pub fn below(&self, folders: &[&str]) -> Self {
        let inside = |path: &str| folders.iter().any(|folder| path.starts_with(&format!("{folder}/")));
        Self(self.0.iter().filter(|(path, _)| inside(path)).map(|(path, sum)| (path.clone(), sum.clone())).collect())
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of them are manifests.
    pub fn manifests(&self) -> usize {
        self.0.keys().filter(|path| path.ends_with("/manifest.json")).count()
    }

    /// Paths that hold this word.
    pub fn with(&self, word: &str) -> Vec<&str> {
        self.0.keys().map(String::as_str).filter(|path| path.contains(word)).collect()
    }

    /// Counts, where the other one is equal; else the first differences.
    pub fn same_as(&self, reference: &Self) -> Result<String, String> {
        let mut differences = Vec::new();
        for (path, sum) in &reference.0 {
            match self.0.get(path) {
                None => differences.push(format!("{path} is missing")),
                Some(other) if other != sum => differences.push(format!("{path} differs")),
                Some(_) => {}
            }
        }
        differences.extend(
            self.0.keys().filter(|path| !reference.0.contains_key(*path)).map(|path| format!("{path} was added")),
        );
        if differences.is_empty() {
            return Ok(format!("{} files equal, {} manifests among them", self.len(), self.manifests()));
        }
        let shown = differences.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
        Err(format!("{} differences: {shown}", differences.len()))
    }
}

fn content(path: &Path) -> Result<String, String> {
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    if path.extension().is_some_and(|extension| extension == "json")
        && let Ok(value) = step_contract::parse_strict(&bytes)
        && value.get("execution").is_some()
    {
        return Ok(step_contract::identity(&value));
    }
    step_harness::sum_of_file(path).map(|written| written.sha256).map_err(|error| error.to_string())
}

/// Copies a folder with everything below it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        let entry = entry.map_err(|error| error.to_string())?;
        let Ok(relative) = entry.path().strip_prefix(from) else { continue };
        let place = to.join(relative);
        let done = if entry.file_type().is_dir() {
            fs_err::create_dir_all(&place)
        } else {
            fs_err::copy(entry.path(), &place).map(|_| ())
        };
        done.map_err(|error| error.to_string())?;
    }
    Ok(())
}
