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
    text.replace('|', "\\|").replace('\n', " ")
}
