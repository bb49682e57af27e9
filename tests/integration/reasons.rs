//! Every kind of reason and of warning in the sources is in the registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use step_contract::{REASONS, WARNINGS, reason_kind, warning_kind};

/// What stands before a kind of a reason.
const BEFORE_REASONS: [&str; 8] = [
    "Reason::new(",
    "failed(",
    "permanent(",
    "unprocessable(",
    "useless(",
    "damaged(",
    "Damaged { kind:",
    "const FRAME_ROLE: &str =",
];
/// What stands before a kind of a warning.
const BEFORE_WARNINGS: [&str; 2] = [".warn(", "warnings.push(("];
/// Functions of these files whose arms are kinds of reasons.
const ARMS: [&str; 4] = [
    "crates/io/sky-services/src/error.rs",
    "crates/contract/step-harness/src/tool/error.rs",
    "crates/kernels/sky-psf/src/error.rs",
    "crates/steps/step-ingest/src/unfit.rs",
];
/// Folders whose sources write no manifest of a built-in step.
const OTHERS: [&str; 3] = ["tests", "stand-ins", "apps"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if entry.is_dir() && !OTHERS.contains(&name.as_str()) {
            sources(&entry, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(entry);
        }
    }
}

/// The words in snake_case that stand as a text right behind `before`.
fn behind<'a>(source: &'a str, before: &str) -> Vec<&'a str> {
    source
        .match_indices(before)
        .filter_map(|(at, _)| {
            let (word, _) = source[at + before.len()..].trim_start().strip_prefix('"')?.split_once('"')?;
            is_kind(word).then_some(word)
        })
        .collect()
}

fn is_kind(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_')
}

#[test]
fn every_kind_in_the_sources_is_registered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    sources(&root.join("crates"), &mut files);
    let (mut reasons, mut warnings): (BTreeMap<String, String>, BTreeMap<String, String>) = Default::default();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a source");
        // Tests inside a file make reasons of their own.
        let source = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().into_owned();
        let note = |into: &mut BTreeMap<String, String>, word: &str| {
            into.entry(word.to_owned()).or_insert_with(|| name.clone());
        };
        for before in BEFORE_REASONS {
            behind(source, before).into_iter().for_each(|word| note(&mut reasons, word));
        }
        if ARMS.contains(&name.as_str()) {
            behind(source, "=>").into_iter().for_each(|word| note(&mut reasons, word));
        }
        for before in BEFORE_WARNINGS {
            behind(source, before).into_iter().for_each(|word| note(&mut warnings, word));
        }
    }
    assert!(reasons.len() > 40 && warnings.len() > 12, "the search finds what is there: {reasons:?} {warnings:?}");
    let unknown_reasons = reasons.iter().filter(|(kind, _)| reason_kind(kind).is_none());
    let unknown_warnings = warnings.iter().filter(|(kind, _)| warning_kind(kind).is_none());
    let unknown: Vec<String> =
        unknown_reasons.chain(unknown_warnings).map(|(kind, file)| format!("{kind} ({file})")).collect();
    assert!(
        unknown.is_empty(),
        "not in crates/contract/step-contract/src/reasons.rs: {}; use a kind that is there, or add it",
        unknown.join(", ")
    );
}

#[test]
fn the_registry_is_sorted_and_names_each_kind_once() {
    for kinds in [REASONS, WARNINGS] {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once: {names:?}");
        assert!(kinds.iter().all(|kind| is_kind(kind.name) && !kind.meaning.is_empty()));
    }
}
