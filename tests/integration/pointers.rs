//! Code and papers point to nothing outside the project: who has the checkout alone can follow every pointer.

use std::path::Path;

/// Names of papers and folders that are not in the project. One with a capital letter is looked for as it stands, the others in any spelling.
/// They are put together here so that this file does not hold them.
const OUTSIDE: [&str; 17] = [
    concat!("CONTRACT", ".md"),
    concat!("DESIGN", ".md"),
    concat!("STYLE", ".md"),
    concat!("RULES", ".md"),
    concat!("survey", ".md"),
    concat!("night", ".md"),
    concat!("rows", ".md"),
    concat!("observatory", ".md"),
    concat!("platform", ".md"),
    concat!("process", ".md"),
    concat!("survey", " facts"),
    concat!("night", " facts"),
    concat!("process", " facts"),
    concat!("survey", " acceptance"),
    concat!("field", " notes"),
    concat!("../", "shared"),
    // Which plan? The survey plan's lines are in docs/plan-checklist.md; a tile plan is a product.
    concat!("the ", "plan's"),
];

/// Files that may hold a name, each with the reason.
const ALLOWED: [(&str, &str); 1] = [
    // Looks whether the data of the tests lie beside the checkout, and does without them where they do not.
    (".ci/run", concat!("../", "shared")),
];

/// What is no part of the project: results of runs, builds, the repository itself.
const PASSED_OVER: [&str; 7] = [".git", "target", "data", "logs", "artifacts", "dashboard", ".snakemake"];

/// The names in a text, each with its line from 1.
fn names_in(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let lower = line.to_lowercase();
        for name in OUTSIDE {
            let line = if name.chars().any(char::is_uppercase) { line } else { &lower };
            if line.match_indices(name).any(|(at, _)| is_whole(line, at)) {
                found.push((index + 1, name));
            }
        }
    }
    found
}

/// Whether what begins there is no end of a longer name (`trust.md`, `my-rows.md`).
fn is_whole(line: &str, at: usize) -> bool {
    let begins_a_word = line[at..].starts_with(char::is_alphanumeric);
    !begins_a_word || !line[..at].ends_with(|before: char| before.is_alphanumeric() || "-_".contains(before))
}

#[test]
fn no_text_of_the_project_names_what_lies_outside() {
    let checkout = integration_tests::checkout();
    let is_part = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() != 1 || !PASSED_OVER.contains(&name.as_ref())
    };
    let (mut named, mut looked_at) = (Vec::new(), 0);
    for entry in walkdir::WalkDir::new(&checkout).sort_by_file_name().into_iter().filter_entry(is_part) {
        let entry = entry.expect("the checkout can be read");
        // What is no UTF-8 is no text.
        let Some(text) = entry.file_type().is_file().then(|| std::fs::read_to_string(entry.path()).ok()).flatten()
        else {
            continue;
        };
        looked_at += 1;
        let file = entry.path().strip_prefix(&checkout).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        for (line, name) in names_in(&text) {
            if !ALLOWED.contains(&(file.as_str(), name)) {
                named.push(format!("{file}:{line}: {name}"));
            }
        }
    }
    assert!(looked_at > 800, "{looked_at} files were looked at");
    assert!(
        named.is_empty(),
        "these name what is not in the project; name docs/contract.md or the public source, or say it:\n{}",
        named.join("\n")
    );
}

#[test]
fn a_name_is_found_with_its_line_in_any_spelling() {
    let text = format!("one\n// see {}, 6.7\n{}\n", OUTSIDE[10].to_uppercase(), OUTSIDE[0]);
    assert_eq!(names_in(&text), [(2, OUTSIDE[10]), (3, OUTSIDE[0])]);
    let others = "docs/contract.md, fast-rows.md, the survey plan's line";
    assert!(names_in(others).is_empty(), "other names are no such names");
}

#[test]
fn what_is_allowed_is_still_there() {
    for (file, name) in ALLOWED {
        let text = std::fs::read_to_string(integration_tests::checkout().join(file)).expect("a file that is listed");
        assert!(names_in(&text).iter().any(|(_, found)| *found == name), "{file} no longer names {name}: take it away");
    }
}
