//! `docs/proof.md`: one table of all classes.

use std::path::Path;
use std::process::Command;

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

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':']))
}

fn commit(checkout: &Path) -> String {
    let answer = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(checkout).output();
    answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default()
}
