//! No circle of imports between files (ARCHITECTURE.md, "Imports").
//!
//! A file imports another where its code names something that the other defines: `use` is followed through the re-exports of `lib.rs`
//! and `mod.rs` to the file with the definition. `mod child;` is no import, nor is a re-export (`pub use child::Name`) whose name the
//! file's own code does not use. Tests (`#[cfg(test)] mod`) are not looked at.

mod modules;
mod names;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use modules::Modules;
use names::Imports;

/// Roots of all crates: `src/lib.rs`, `src/main.rs`, and of the tests their own.
fn roots() -> Vec<PathBuf> {
    let checkout = integration_tests::checkout();
    let is_root = |path: &Path| {
        let name = path.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        let folder = path.parent().and_then(Path::file_name).and_then(std::ffi::OsStr::to_str).unwrap_or_default();
        matches!(
            (folder, name),
            ("src" | "tests", "lib.rs") | ("src" | "smoke" | "integration" | "sextractor", "main.rs")
        )
    };
    let folders = ["crates", "xtask/src", "tests"].map(|folder| checkout.join(folder));
    folders.iter().flat_map(|folder| crate::architecture::rust_files(folder)).filter(|path| is_root(path)).collect()
}

/// What each file below a root imports.
fn imports_of(root: &Path) -> Imports {
    let modules = Modules::read(root);
    names::imports(&modules)
}

/// Files that reach one another, each group once, sorted.
fn circles(imports: &Imports) -> Vec<BTreeSet<PathBuf>> {
    let reached = |from: &PathBuf| {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&PathBuf> = imports.get(from).into_iter().flatten().collect();
        while let Some(file) = waiting.pop() {
            if seen.insert(file.clone()) {
                waiting.extend(imports.get(file).into_iter().flatten());
            }
        }
        seen
    };
    let all: BTreeMap<&PathBuf, BTreeSet<PathBuf>> = imports.keys().map(|file| (file, reached(file))).collect();
    let mut found = BTreeSet::new();
    for (file, reaches) in all.iter().filter(|(file, reaches)| reaches.contains(**file)) {
        let back = reaches.iter().filter(|other| all.get(other).is_some_and(|reaches| reaches.contains(*file)));
        found.insert(back.cloned().collect::<BTreeSet<PathBuf>>());
    }
    found.into_iter().collect()
}

/// The groups of files that ARCHITECTURE.md lists under "Circles that stay": lines `* \`file\`, \`file\`: reason`.
fn listed() -> Vec<BTreeSet<PathBuf>> {
    let text = std::fs::read_to_string(integration_tests::checkout().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let section = text.split("### Circles that stay").nth(1).expect("a heading \"Circles that stay\"");
    let section = section.split("\n#").next().unwrap_or_default();
    let lines = section.lines().filter(|line| line.starts_with("* "));
    lines
        .map(|line| {
            let (files, reason) = line.split_once("`: ").unwrap_or_else(|| panic!("no reason in the line {line}"));
            assert!(reason.split(' ').count() > 3, "a circle that stays has a reason: {line}");
            files.split('`').filter(|part| part.ends_with(".rs")).map(PathBuf::from).collect()
        })
        .collect()
}

#[test]
fn no_files_import_each_other_but_those_that_are_listed() {
    let checkout = integration_tests::checkout();
    let mut imports = Imports::new();
    for root in roots() {
        for (file, used) in imports_of(&root) {
            imports.entry(file).or_default().extend(used);
        }
    }
    let arrows: usize = imports.values().map(BTreeSet::len).sum();
    assert!(imports.len() > 400 && arrows > 800, "{} files and {arrows} imports were looked at", imports.len());
    let relative = |file: &PathBuf| file.strip_prefix(&checkout).unwrap_or(file).to_owned();
    let found: BTreeSet<BTreeSet<PathBuf>> =
        circles(&imports).iter().map(|circle| circle.iter().map(relative).collect()).collect();
    let listed = listed();
    let mut words = Vec::new();
    for circle in found.iter().filter(|circle| !listed.iter().any(|known| circle.is_subset(known))) {
        words.push("these files import each other; move what they share into a file of its own:".to_owned());
        for file in circle {
            let used = imports[&checkout.join(file)].iter().map(relative).filter(|used| circle.contains(used));
            let used: Vec<String> = used.map(|used| used.display().to_string()).collect();
            words.push(format!("    {} imports {}", file.display(), used.join(", ")));
        }
    }
    for circle in listed.iter().filter(|known| !found.iter().any(|circle| circle.is_subset(known))) {
        words.push(format!("ARCHITECTURE.md lists a circle that is not there: {circle:?}"));
    }
    assert!(words.is_empty(), "\n{}", words.join("\n"));
}

/// The imports of a small crate, by file names.
fn imports_in(files: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let short = |file: &PathBuf| file.strip_prefix(folder.path()).expect("below the folder").display().to_string();
    let imports = imports_of(&folder.path().join("lib.rs"));
    imports.iter().map(|(file, used)| (short(file), used.iter().map(short).collect())).collect()
}

#[test]
fn a_name_is_followed_through_re_exports_to_its_file() {
    let imports = imports_in(&[
        ("lib.rs", "mod shape;\nmod user;\npub use shape::Circle;\n"),
        ("shape/mod.rs", "mod circle;\npub use circle::*;\n"),
        ("shape/circle.rs", "pub struct Circle;\n"),
        ("user.rs", "use crate::Circle;\nfn area(circle: &Circle) {}\n"),
    ]);
    assert_eq!(imports["user.rs"], ["shape/circle.rs"]);
    assert!(
        imports["lib.rs"].is_empty() && imports["shape/mod.rs"].is_empty(),
        "a re-export is no import: {imports:?}"
    );
}

#[test]
fn a_path_in_the_code_and_a_name_from_the_parent_are_imports() {
    let imports = imports_in(&[
        ("lib.rs", "mod fit;\npub struct Params;\npub fn run() { fit::solve(&Params) }\n"),
        ("fit.rs", "use super::*;\npub(crate) fn solve(params: &Params) {}\n// crate::Other in a comment\n"),
    ]);
    assert_eq!(
        (&imports["lib.rs"][..], &imports["fit.rs"][..]),
        (&["fit.rs".to_owned()][..], &["lib.rs".to_owned()][..])
    );
}

#[test]
fn a_test_module_imports_nothing() {
    let imports = imports_in(&[
        ("lib.rs", "mod a;\npub fn run() { a::go() }\n"),
        ("a.rs", "pub fn go() {}\n#[cfg(test)]\nmod tests {\n    use crate::run;\n    fn t() { run() }\n}\n"),
    ]);
    assert!(imports["a.rs"].is_empty(), "{imports:?}");
}
