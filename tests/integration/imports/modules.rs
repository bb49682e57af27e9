//! The modules of a crate, file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tokens::tokens;

/// One name that a `use` brings into a file.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// The path, from its first segment; the last is `*` for all names of a module.
    pub(super) path: Vec<String>,
    /// The name in this file.
    pub(super) name: String,
    /// Whether it is a re-export: `pub use`, `pub(crate) use`.
    pub(super) is_public: bool,
}

/// A module that has a file.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    /// Names of items that stand in the file itself.
    pub(super) defined: BTreeSet<String>,
    pub(super) uses: Vec<Use>,
    /// Names of modules with a file of their own.
    pub(super) children: BTreeSet<String>,
    /// All tokens but those of `use`, `mod name;` and test modules.
    pub(super) code: Vec<String>,
}

/// The modules of a crate by their paths (the root's is empty).
#[derive(Debug, Default)]
pub(super) struct Modules(pub(super) BTreeMap<Vec<String>, Module>);

/// Words before the name of an item.
const ITEMS: [&str; 9] = ["const", "enum", "fn", "macro_rules", "static", "struct", "trait", "type", "union"];

impl Modules {
    /// Reads the root and every file that a `mod name;` names.
    pub(super) fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        modules.add(Vec::new(), root, root.parent().expect("a root lies in a folder"));
        modules
    }

    fn add(&mut self, path: Vec<String>, file: &Path, folder: &Path) {
        let source = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let module = parse(file, &tokens(&source));
        for child in &module.children {
            let candidates = [folder.join(format!("{child}.rs")), folder.join(child).join("mod.rs")];
            let found = candidates.iter().find(|candidate| candidate.is_file());
            let found = found.unwrap_or_else(|| panic!("{}: mod {child}; has no file", file.display()));
            let path = path.iter().chain([child]).cloned().collect();
            self.add(path, found, &folder.join(child));
        }
        self.0.insert(path, module);
    }
}

fn parse(file: &Path, tokens: &[String]) -> Module {
    let mut module = Module { file: file.to_owned(), ..Module::default() };
    let (mut at, mut depth, mut is_public, mut is_test) = (0, 0_usize, false, false);
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    while at < tokens.len() {
        match word(at) {
            "#" if tokens[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"].map(str::to_owned)) => {
                is_test = true;
                at += 7;
                continue;
            }
            "pub" => {
                is_public = true;
                at += 1;
                if word(at) == "(" {
                    at = closing(tokens, at) + 1;
                }
                continue;
            }
            "mod" if word(at + 2) == ";" => {
                if !is_test {
                    module.children.insert(word(at + 1).to_owned());
                }
                at += 2;
            }
            "mod" if word(at + 2) == "{" && is_test => at = closing(tokens, at + 2),
            "use" => {
                let end = (at..tokens.len()).find(|at| word(*at) == ";").unwrap_or(tokens.len());
                if !is_test {
                    flatten(&tokens[at + 1..end], &mut Vec::new(), is_public, &mut module.uses);
                }
                at = end;
            }
            "{" => {
                depth += 1;
                module.code.push("{".to_owned());
            }
            "}" => {
                depth = depth.saturating_sub(1);
                module.code.push("}".to_owned());
            }
            item if depth == 0 && ITEMS.contains(&item) => {
                let name = at + 1 + usize::from(item == "macro_rules");
                module.defined.insert(word(name).to_owned());
                module.code.push(item.to_owned());
            }
            other => module.code.push(other.to_owned()),
        }
        (is_public, is_test) = (false, is_test && matches!(word(at), "#" | "[" | "]"));
        at += 1;
    }
    module
}

/// The place of the bracket that closes the one at `open`.
fn closing(tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" | "(" => depth += 1,
            "}" | ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// The names of a `use` tree: `a::{b, c as d, e::*}`.
fn flatten(tree: &[String], before: &mut Vec<String>, is_public: bool, uses: &mut Vec<Use>) {
    let length = before.len();
    let mut at = 0;
    while at < tree.len() {
        match tree[at].as_str() {
            "::" => {}
            "{" => {
                let end = closing(tree, at);
                for part in split(&tree[at + 1..end]) {
                    flatten(part, before, is_public, uses);
                }
                before.truncate(length);
                return;
            }
            "as" => {
                let name = tree[at + 1].clone();
                uses.push(Use { path: before.clone(), name, is_public });
                before.truncate(length);
                return;
            }
            "self" if at > 0 || length > 0 => {}
            name => before.push(name.to_owned()),
        }
        at += 1;
    }
    if let Some(name) = before.last().cloned() {
        uses.push(Use { path: before.clone(), name, is_public });
    }
    before.truncate(length);
}

/// The parts of a list between its own commas.
fn split(list: &[String]) -> Vec<&[String]> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, token) in list.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                parts.push(&list[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}
