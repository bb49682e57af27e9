//! From the names in a file to the files that define them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::modules::{Module, Modules};

/// Files by what they import.
pub(super) type Imports = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// Re-exports that are followed one after another; more than that is a loop.
const MAX_STEPS: usize = 16;

/// What each file imports.
pub(super) fn imports(modules: &Modules) -> Imports {
    let imports = modules.0.iter().map(|(path, module)| (module.file.clone(), files_named_in(modules, path, module)));
    imports.collect()
}

fn files_named_in(modules: &Modules, path: &[String], module: &Module) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    let mut named = |written: &[String]| files.extend(resolve(modules, path, written, MAX_STEPS));
    for used in module.uses.iter().filter(|used| !used.is_public) {
        named(&used.path);
    }
    let mut at = 0;
    let code = &module.code;
    while at < code.len() {
        let before = at.checked_sub(1).map(|at| code[at].as_str());
        let end = path_end(code, at);
        // A name after a dot is a field or method, one after `fn`, `let` and the like is defined here.
        let is_own = module.defined.contains(&code[at]) && end == at + 1;
        if is_name(&code[at]) && !matches!(before, Some("." | "::" | "fn" | "let")) && !is_own {
            let segments: Vec<String> = code[at..end].iter().filter(|token| *token != "::").cloned().collect();
            named(&segments);
        }
        at = end;
    }
    files.remove(&module.file);
    files
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// The end of the path `a::b::c` that begins here.
fn path_end(code: &[String], from: usize) -> usize {
    let mut end = from + 1;
    while code.get(end).is_some_and(|token| token == "::") && code.get(end + 1).is_some_and(|token| is_name(token)) {
        end += 2;
    }
    end
}

/// The files that define what a path names, seen from a module. None for another crate's, and for a module as a whole.
fn resolve(modules: &Modules, from: &[String], written: &[String], steps: usize) -> Vec<PathBuf> {
    if steps == 0 {
        return Vec::new();
    }
    let mut place = from.to_vec();
    let mut rest = written;
    let mut is_relative = false;
    while let Some(first) = rest.first() {
        match first.as_str() {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            "self" => {}
            _ => break,
        }
        is_relative = true;
        rest = &rest[1..];
    }
    let Some(name) = rest.first() else { return Vec::new() };
    let Some(module) = modules.0.get(&place) else { return Vec::new() };
    if name == "*" {
        return Vec::new();
    }
    if module.children.contains(name) {
        place.push(name.clone());
        return resolve_in(modules, place, &rest[1..], steps);
    }
    if module.defined.contains(name) {
        return vec![module.file.clone()];
    }
    let mut found = Vec::new();
    for used in module.uses.iter().filter(|used| used.name == *name) {
        // Seen from outside a private `use` is no way to the name; from inside the file it is.
        let path: Vec<String> = used.path.iter().chain(&rest[1..]).cloned().collect();
        if is_local_or_child(modules, &place, &path) {
            found.extend(resolve(modules, &place, &path, steps - 1));
        }
    }
    if found.is_empty() {
        for used in module.uses.iter().filter(|used| used.name == "*") {
            let path: Vec<String> = used.path[..used.path.len() - 1].iter().chain(rest).cloned().collect();
            if (is_relative || place == from) && is_local_or_child(modules, &place, &path) {
                found.extend(resolve(modules, &place, &path, steps - 1));
            }
        }
    }
    found
}

/// The rest of a path inside a module that it named.
fn resolve_in(modules: &Modules, place: Vec<String>, rest: &[String], steps: usize) -> Vec<PathBuf> {
    if rest.is_empty() {
        return Vec::new();
    }
    let mut path = vec!["self".to_owned()];
    path.extend_from_slice(rest);
    resolve(modules, &place, &path, steps - 1)
}

/// Whether a path begins inside this crate.
fn is_local_or_child(modules: &Modules, place: &[String], path: &[String]) -> bool {
    let Some(first) = path.first() else { return false };
    matches!(first.as_str(), "crate" | "self" | "super")
        || modules.0.get(place).is_some_and(|module| {
            module.children.contains(first) || module.uses.iter().any(|used| used.name == *first && used.path.len() > 1)
        })
}
