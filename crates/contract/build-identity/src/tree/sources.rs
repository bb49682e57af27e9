//! Which files and lines of a crate count.
//!
//! All files below the crate's folder but: `Cargo.toml` (it is read apart), folders `tests`, `benches`, `examples`, `samples` and
//! `docs` at any depth, `tests.rs`, Markdown, snapshots. Of a Rust file all lines but a module `#[cfg(test)] mod tests { ... }` at its
//! end. Comments count: those of a configuration stand in its schema. A file outside the crate that `include_str!` or
//! `include_bytes!` names counts as well.

use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::digest::{feed, hexadecimal};
use super::error::{TreeError, refuse};

/// Folders that no program is made of.
const LEFT_OUT_FOLDERS: [&str; 5] = ["benches", "docs", "examples", "samples", "tests"];
/// Files that no program is made of, by name.
const LEFT_OUT_FILES: [&str; 2] = ["Cargo.toml", "tests.rs"];
/// Files that no program is made of, by extension.
const LEFT_OUT_EXTENSIONS: [&str; 2] = ["md", "snap"];

/// Sum over the files of a crate that count, by their paths relative to the crate; files outside by their paths in the workspace.
pub(super) fn sum(workspace: &Path, folder: &Path) -> Result<String, TreeError> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.map_err(|error| refuse(folder, &error))?;
        let path = entry.path();
        let Ok(relative) = path.strip_prefix(folder) else { continue };
        if !entry.file_type().is_file() || !counts(relative) {
            continue;
        }
        let content = std::fs::read(path).map_err(|error| refuse(path, &error))?;
        let content = match std::str::from_utf8(&content) {
            Ok(text) if path.extension().is_some_and(|extension| extension == "rs") => {
                let text = without_tests(text);
                for outside in included(path, &text).into_iter().filter(|file| !file.starts_with(folder)) {
                    let content = std::fs::read(&outside).map_err(|error| refuse(&outside, &error))?;
                    files.push((slashed(outside.strip_prefix(workspace).unwrap_or(&outside)), content));
                }
                text.into_bytes()
            }
            _ => content,
        };
        files.push((slashed(relative), content));
    }
    files.sort();
    files.dedup();
    let mut sum = Sha256::new();
    for (name, content) in files {
        feed(&mut sum, &name, &content);
    }
    Ok(hexadecimal(&sum.finalize()))
}

fn counts(relative: &Path) -> bool {
    let named = |name: Option<&std::ffi::OsStr>, list: &[&str]| {
        name.and_then(std::ffi::OsStr::to_str).is_some_and(|name| list.contains(&name))
    };
    let mut folders = relative.parent().into_iter().flat_map(Path::components);
    !folders.any(|part| named(Some(part.as_os_str()), &LEFT_OUT_FOLDERS))
        && !named(relative.file_name(), &LEFT_OUT_FILES)
        && !named(relative.extension(), &LEFT_OUT_EXTENSIONS)
}

/// The text without its module of tests: from `#[cfg(test)]` before `mod tests {` to the next line that is `}`, as rustfmt sets it.
fn without_tests(text: &str) -> String {
    const BEGIN: &str = "\n#[cfg(test)]\nmod tests {\n";
    const END: &str = "\n}\n";
    let Some(begin) = text.find(BEGIN) else { return text.to_owned() };
    let Some(length) = text[begin..].find(END) else { return text.to_owned() };
    format!("{}\n{}", text[..begin].trim_end(), &text[begin + length + END.len()..])
}

/// Files that the text names in `include_str!("...")` and `include_bytes!("...")`.
fn included(file: &Path, text: &str) -> Vec<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for before in ["include_str!(\"", "include_bytes!(\""] {
        for (at, _) in text.match_indices(before) {
            let name = text[at + before.len()..].split('"').next().unwrap_or_default();
            found.push(plain(&folder.join(name)));
        }
    }
    found.retain(|file| file.is_file());
    found
}

/// The path without its `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::without_tests;

    #[test]
    fn a_module_of_tests_at_the_end_does_not_count() {
        let code = "fn area() -> f64 {\n    1.0\n}\n";
        let tested = format!("{code}\n#[cfg(test)]\nmod tests {{\n    fn helper() {{\n    }}\n}}\n");
        assert_eq!(without_tests(&tested), code);
        assert_eq!(without_tests(code), code);
    }
}
