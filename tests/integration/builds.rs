//! A step's build is that of what the step is made of (ARCHITECTURE.md, "Builds").

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use build_identity::tree::{PROGRAM, Tree};

use crate::architecture::workspace;

/// A copy of what builds are made of.
fn copied_tree() -> tempfile::TempDir {
    let (from, to) = (integration_tests::checkout(), tempfile::tempdir().expect("a folder"));
    for part in ["Cargo.toml", "Cargo.lock", "crates", "workflows", "config"] {
        for entry in walkdir::WalkDir::new(from.join(part)) {
            let entry = entry.expect("an entry");
            let place = to.path().join(entry.path().strip_prefix(&from).expect("below the checkout"));
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(&place).expect("a folder");
            } else {
                std::fs::copy(entry.path(), &place).expect("a copy");
            }
        }
    }
    to
}

/// The builds of all steps and of the program.
fn builds(root: &Path) -> BTreeMap<String, String> {
    let tree = Tree::read(root).expect("the tree can be read");
    let build = |name: &str| tree.build(&[name], &BTreeSet::new()).expect("a build");
    let steps = tree.steps().into_iter().map(|id| format!("step-{id}"));
    steps.chain(PROGRAM.iter().map(|name| (*name).to_owned())).map(|name| (name.clone(), build(&name))).collect()
}

/// Which builds differ once the file is another text.
fn changed_by(root: &Path, file: &str, edit: impl FnOnce(String) -> String) -> BTreeSet<String> {
    let path = root.join(file);
    let (before, text) = (builds(root), std::fs::read_to_string(&path).expect("the file"));
    let edited = edit(text.clone());
    assert_ne!(edited, text, "{file}: the edit changes something");
    std::fs::write(&path, edited).expect("the edited file");
    let after = builds(root);
    std::fs::write(&path, text).expect("the file as it was");
    before.into_iter().filter(|(name, build)| after[name] != *build).map(|(name, _)| name).collect()
}

/// Steps, and the program, that use a crate directly or through others, as cargo sees it.
fn users_of(used: &str) -> BTreeSet<String> {
    let workspace = workspace();
    let mut users = BTreeSet::from([used.to_owned()]);
    loop {
        let more: Vec<String> = workspace
            .iter()
            .filter(|(name, own)| !users.contains(*name) && own.dependencies.iter().any(|name| users.contains(name)))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        users.extend(more);
    }
    users
        .into_iter()
        .filter(|name| name.starts_with("step-") && workspace[name].is("steps") || name == PROGRAM[0])
        .collect()
}

#[test]
fn a_word_changed_in_a_step_changes_the_build_of_that_step_alone() {
    let tree = copied_tree();
    let changed =
        changed_by(tree.path(), "crates/steps/step-summarize/src/lib.rs", |text| text.replacen("the ", "that ", 1));
    assert_eq!(changed, BTreeSet::from(["skyledger".to_owned(), "step-summarize".to_owned()]));
}

#[test]
fn a_kernel_changed_changes_the_builds_of_exactly_the_steps_that_use_it() {
    let tree = copied_tree();
    for kernel in ["sky-mask", "sky-psf", "sky-candidates"] {
        let file = format!("crates/kernels/{kernel}/src/lib.rs");
        let changed = changed_by(tree.path(), &file, |text| format!("{text}\nconst CHANGED: u8 = 1;\n"));
        let users = users_of(kernel);
        assert_eq!(changed, users, "{kernel}: found those whose build differs, expected its users as cargo names them");
        let all = builds(tree.path()).len();
        assert!(users.len() > 1 && users.len() < all, "{kernel} has {} users of {all}", users.len());
    }
}

#[test]
fn a_test_or_a_page_changed_changes_no_build() {
    let tree = copied_tree();
    let schema_sample = "crates/contract/products/samples/tile-plan.json";
    for file in ["crates/steps/step-detect/tests/step.rs", schema_sample] {
        let changed = changed_by(tree.path(), file, |text| format!("{text}\n"));
        assert!(changed.is_empty(), "{file}: {changed:?}");
    }
}

#[test]
fn an_entry_of_the_lock_file_counts_where_it_is_used() {
    let tree = copied_tree();
    let changed = changed_by(tree.path(), "Cargo.lock", |text| {
        let (before, entry) = text.split_once("name = \"reqwest\"\nversion = \"").expect("reqwest is locked");
        format!("{before}name = \"reqwest\"\nversion = \"9{entry}")
    });
    assert_eq!(changed, users_of("sky-services"), "only sky-services uses reqwest");
}

#[test]
fn a_step_says_the_same_build_alone_and_inside_the_command() {
    let skyledger = integration_tests::skyledger();
    let alone = skyledger.with_file_name("step-detect");
    let said = |command: &mut Command| {
        let output = command.arg("--version").output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let inside = said(Command::new(&skyledger).args(["step", "detect"]));
    assert_eq!(said(&mut Command::new(alone)), inside);
    let build = build_identity::of_step("detect");
    assert!(inside.contains(build), "step detect says {inside:?}, expected build {build}");
    assert_eq!(said(&mut Command::new(&skyledger)), format!("skyledger {}", build_identity::BUILD));
}

#[test]
fn a_feature_has_its_name_in_build_identity() {
    let features = |folder: &Path| -> BTreeMap<String, Vec<String>> {
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let table: toml::Table = text.parse().expect("TOML");
        let features = table.get("features").cloned().and_then(|value| value.try_into().ok()).unwrap_or_default();
        BTreeMap::into_iter(features).filter(|(name, _): &(String, Vec<String>)| name != "default").collect()
    };
    let workspace = workspace();
    let known = features(&workspace["build-identity"].folder);
    for (name, own) in workspace.iter().filter(|(name, own)| own.is_in_crates() && *name != "build-identity") {
        for (feature, turns_on) in features(&own.folder) {
            assert!(
                known.contains_key(&feature),
                "{name} has the feature {feature}: give build-identity one of that name"
            );
            let forwards = turns_on.contains(&format!("build-identity/{feature}"));
            let is_program = own.is("steps") || name == PROGRAM[0];
            assert!(!is_program || forwards, "{name}: the feature {feature} must turn on build-identity/{feature}");
        }
    }
}
