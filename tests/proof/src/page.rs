//! `docs/proof.md`: one table of all classes.

use std::path::Path;

use test_sky::{commit, machine};

use crate::Class;

/// Failed cases that the first table names; all of them are listed below it.
const NAMED_FAILURES: usize = 3;

/// The page: machine and commit, the table, and what was seen in the classes that list it.
pub fn page(checkout: &Path, seed: u64, classes: &[(Class, f64)]) -> String {
    let mut page = format!(
        "# Proof\n\nWritten by `cargo xtask prove --seed {seed}`. Machine: {}. Commit: {}.\n\n\
         | class | cases | passed | failed | s |\n|---|---|---|---|---|\n",
        machine(),
        commit(checkout),
    );
    for (class, seconds) in classes {
        let names: Vec<&str> = class.failures().map(|case| case.name.as_str()).collect();
        let failed = match names.len() {
            0 => "none".to_owned(),
            count if count <= NAMED_FAILURES => names.join("; "),
            count => format!("{} and {} more", names[..NAMED_FAILURES].join("; "), count - NAMED_FAILURES),
        };
        page.push_str(&format!(
            "| {} | {} | {} | {failed} | {seconds:.0} |\n",
            class.name,
            class.cases.len(),
            class.passed()
        ));
    }
    for (class, _) in classes {
        let listed: Vec<_> = class.cases.iter().filter(|case| class.list_all || !case.passed).collect();
        if listed.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {}\n\n| case | seen | |\n|---|---|---|\n", class.name));
        for case in listed {
            let verdict = if case.passed { "passed" } else { "FAILED" };
            page.push_str(&format!("| {} | {} | {verdict} |\n", cell(&case.name), cell(&case.seen)));
        }
    }
    page
}

fn cell(text: &str) -> String {
    without_temporary_folders(text).replace('|', "\\|").replace('\n', " ")
}

/// The text with `<folder>` for each temporary folder, whose name is another one in each run.
fn without_temporary_folders(text: &str) -> String {
    let start = format!("{}/.tmp", std::env::temp_dir().display());
    let mut parts = text.split(&start);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "<folder>" + part.trim_start_matches(|c: char| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_folders_have_no_name() {
        let folder = std::env::temp_dir().join(".tmpAb12Cd/run");
        let text = format!("error: {0}/x and {0}/y", folder.display());
        assert_eq!(without_temporary_folders(&text), "error: <folder>/run/x and <folder>/run/y");
    }
}
