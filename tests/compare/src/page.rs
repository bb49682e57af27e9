//! `docs/comparison.md`.

use std::path::Path;
use std::process::Command;

use crate::{Part, Table, Verdict};

/// What the machine was when the comparison began.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Load averages at the beginning.
    pub load_before: String,
    /// Versions of the peers.
    pub peers: String,
}

impl Conditions {
    /// Asks the machine and the peers.
    pub fn now(bench: &crate::Bench) -> Self {
        let version = |program: &Path| {
            let answer = Command::new(program).arg("--version").output();
            answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default()
        };
        let peers = format!("{}; {}", version(&bench.source_extractor), version(&bench.psfex));
        Self { load_before: load(), peers }
    }
}

/// The page: machine, load and commit, a summary, and each part with its rows, tables and plots.
pub fn page(checkout: &Path, seed: u64, conditions: &Conditions, parts: &[(Part, f64)]) -> String {
    let mut page = format!(
        "# Comparison with source-extractor and PSFEx\n\n\
         Written by `cargo xtask compare`. Machine: {}. Load (1, 5, 15 minutes) before: {}; after: {}. Commit: {}. Peers: {}. Seed: {seed}.\n\n\
         Every figure was measured in this run. A goal that is missed stands here with its true figure.\n\n\
         | part | goals | met | missed | not measured | s |\n|---|---|---|---|---|---|\n",
        machine(),
        conditions.load_before,
        load(),
        commit(checkout),
        conditions.peers,
    );
    for (part, seconds) in parts {
        let count = |verdict: Verdict| part.rows.iter().filter(|row| row.verdict == verdict).count();
        let (met, missed, open) = (count(Verdict::Met), count(Verdict::Missed), count(Verdict::NotMeasured));
        page.push_str(&format!(
            "| {} | {} | {met} | {missed} | {open} | {seconds:.0} |\n",
            part.title,
            met + missed + open
        ));
    }
    for (part, _) in parts {
        page.push_str(&format!(
            "\n## {}\n\n{}\n\n| what | goal | measured | |\n|---|---|---|---|\n",
            part.title, part.about
        ));
        for row in &part.rows {
            let cells = [&row.what, &row.goal, &row.measured].map(|text| cell(text));
            page.push_str(&format!("| {} | {} | {} | {} |\n", cells[0], cells[1], cells[2], row.verdict.word()));
        }
        part.tables.iter().for_each(|table| page.push_str(&written(table)));
        for (file, caption) in &part.plots {
            page.push_str(&format!("\n![{caption}](comparison/{file})\n"));
        }
    }
    page
}

fn written(table: &Table) -> String {
    let line =
        |cells: &[String]| format!("| {} |\n", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | "));
    let mut text = format!("\n### {}\n\n{}|{}\n", table.title, line(&table.head), "---|".repeat(table.head.len()));
    table.rows.iter().for_each(|row| text.push_str(&line(row)));
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(", ")
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
