//! Which of the checked-in tables are older than the steps that they speak of.
//!
//! A page that a task of this program writes says at which commit ("Commit: feb31d8fa35b"). The builds of the steps at that commit are
//! worked out from its tree and held against those of the present one: a page is old where one differs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use build_identity::tree::{PROGRAM, Tree};

/// Pages that speak of some steps only.
const STEPS_OF_PAGES: [(&str, &[&str]); 1] = [("comparison.md", &["step-detect", "step-psf"])];
/// What a tree of sources consists of, as far as builds go.
const PARTS: [&str; 5] = ["Cargo.toml", "Cargo.lock", "crates", "workflows", "config"];

/// A page with its origin.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    name: String,
    /// The task that writes it: `cargo xtask compare`.
    command: String,
    commit: String,
}

/// Prints one line for each page. An old page is no failure.
pub(crate) fn run(checkout: &Path) -> Result<(), String> {
    let pages = pages(checkout)?;
    for page in &pages {
        let name = &page.name;
        match changed_since(checkout, page) {
            Ok(changed) if changed.is_empty() => println!("docs/{name}: of commit {}, up to date", page.commit),
            Ok(changed) => println!(
                "warning: docs/{name} is of commit {}; since then changed: {} (`{}` makes it anew)",
                page.commit,
                changed.join(", "),
                page.command
            ),
            Err(error) => println!("warning: docs/{name} is of commit {}: {error}", page.commit),
        }
    }
    println!("{} tables in docs/", pages.len());
    Ok(())
}

/// The pages in `docs/` that say what wrote them, and at which commit.
fn pages(checkout: &Path) -> Result<Vec<Page>, String> {
    let mut pages = Vec::new();
    for entry in fs_err::read_dir(checkout.join("docs")).map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            let text = fs_err::read_to_string(entry.path()).map_err(|error| error.to_string())?;
            pages.extend(page(&name, &text));
        }
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(pages)
}

/// Reads "Written by `cargo xtask prove --seed 1`. ... Commit: feb31d8fa35b."
fn page(name: &str, text: &str) -> Option<Page> {
    let command = text.split("Written by `").nth(1)?.split('`').next()?;
    let commit: String = text.split("Commit: ").nth(1)?.chars().take_while(char::is_ascii_hexdigit).collect();
    let is_ours = command.starts_with("cargo xtask ") && !commit.is_empty();
    is_ours.then(|| Page { name: name.to_owned(), command: command.to_owned(), commit })
}

/// Steps, of those that the page speaks of, whose build is another one now.
fn changed_since(checkout: &Path, page: &Page) -> Result<Vec<String>, String> {
    let now = Tree::read(checkout).map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    unpack(checkout, &page.commit, folder.path())?;
    let then = Tree::read(folder.path()).map_err(|error| error.to_string())?;
    let some = STEPS_OF_PAGES.iter().find(|(name, _)| *name == page.name);
    let asked: Vec<String> = match some {
        Some((_, steps)) => steps.iter().map(|step| (*step).to_owned()).collect(),
        None => {
            let steps = now.steps().into_iter().map(|id| format!("step-{id}"));
            steps.chain(PROGRAM.map(str::to_owned)).collect()
        }
    };
    let none = BTreeSet::new();
    let build = |tree: &Tree, name: &str| tree.build(&[name], &none).ok();
    Ok(asked.into_iter().filter(|name| build(&now, name) != build(&then, name)).collect())
}

/// The tree of a commit, as far as builds go.
fn unpack(checkout: &Path, commit: &str, folder: &Path) -> Result<(), String> {
    let archive = folder.join("tree.tar");
    let run = |command: &mut Command| {
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
    };
    let mut git = Command::new("git");
    git.args(["archive", "--format=tar", "-o"]).arg(&archive).arg(commit).args(PARTS).current_dir(checkout);
    run(&mut git).map_err(|error| format!("its tree cannot be read ({error}); a shallow clone has no old commits"))?;
    run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_wrote_it_and_when() {
        let text = "# Proof\n\nWritten by `cargo xtask prove --seed 1`. Machine: x. Commit: feb31d8fa35b. More.\n";
        let expected = Page {
            name: "proof.md".into(),
            command: "cargo xtask prove --seed 1".into(),
            commit: "feb31d8fa35b".into(),
        };
        assert_eq!(page("proof.md", text), Some(expected));
        assert_eq!(page("gates.md", "# Gates\n\nWritten by hand.\n"), None);
    }

    #[test]
    fn a_table_is_old_once_a_step_that_it_speaks_of_has_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs_err::write(path, text).expect("a file");
        };
        let git = |words: &[&str]| {
            let words = ["-c", "user.name=t", "-c", "user.email=t@example.org"].iter().chain(words);
            let output = Command::new("git").args(words).current_dir(folder.path()).output().expect("git runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        };
        let crates = [("step-detect", "steps"), ("step-psf", "steps"), ("step-mask", "steps"), ("skyledger", "apps")];
        let lines: String =
            crates.iter().map(|(name, layer)| format!("{name}.path = \"crates/{layer}/{name}\"\n")).collect();
        write("Cargo.toml", &format!("[workspace.package]\nversion = \"1.0.0\"\n[workspace.dependencies]\n{lines}"));
        write("Cargo.lock", "package = []\n");
        for (name, layer) in crates {
            write(&format!("crates/{layer}/{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n"));
            write(&format!("crates/{layer}/{name}/src/lib.rs"), "fn old() {}\n");
        }
        write("workflows/w.toml", "");
        write("config/c.toml", "");
        git(&["init", "-q"]);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", "first"]);
        let commit = git(&["rev-parse", "HEAD"]);
        let page = |name: &str| Page { name: name.to_owned(), command: String::new(), commit: commit.clone() };
        let changed = |name: &str| changed_since(folder.path(), &page(name)).expect("the builds");
        assert!(changed("proof.md").is_empty(), "nothing changed yet");
        write("crates/steps/step-mask/src/lib.rs", "fn new() {}\n");
        assert_eq!(changed("proof.md"), ["step-mask"]);
        assert!(changed("comparison.md").is_empty(), "it speaks of detect and psf only");
        let unknown = Page { commit: "0123456789abcdef".to_owned(), ..page("proof.md") };
        assert!(changed_since(folder.path(), &unknown).is_err(), "a commit that is not there is said, not guessed");
    }
}
