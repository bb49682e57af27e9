//! `docs/measured.md`: figures of this machine, measured now.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Args;

/// Runs of each command; the median counts.
const RUNS: usize = 3;

/// `cargo xtask measure [--dry-run]`
#[derive(Debug, Args)]
pub(crate) struct Measure {
    /// Prints the page and leaves the file alone
    #[arg(long)]
    dry_run: bool,
}

/// One figure.
struct Figure {
    what: String,
    seconds: Vec<f64>,
    peak_mib: Option<f64>,
}

/// Builds, measures and writes.
pub(crate) fn run(checkout: &Path, task: &Measure) -> Result<(), String> {
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet"])
        .current_dir(checkout)
        .status()
        .map_err(|error| error.to_string())?;
    if !built.success() {
        return Err("cargo build --release failed".to_owned());
    }
    let program = checkout.join("target/release/skyledger");
    let mut figures = Vec::new();
    let mut demo_pages = String::new();
    let mut figure =
        Figure { what: "`skyledger demo`: 60' plate, whole chain".to_owned(), seconds: Vec::new(), peak_mib: None };
    for _ in 0..RUNS {
        let root = tempfile::tempdir().map_err(|error| error.to_string())?;
        let begin = Instant::now();
        let output = Command::new(&program)
            .args(["demo", "--run-id", "run-20261121_000000", "--root"])
            .arg(root.path())
            .stderr(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        figure.seconds.push(begin.elapsed().as_secs_f64());
        if !output.status.success() {
            return Err(format!("skyledger demo ended with {}", output.status));
        }
        demo_pages = String::from_utf8_lossy(&output.stdout).replace(&root.path().display().to_string(), "<root>");
    }
    figures.push(figure);
    let page = page(checkout, &figures, &demo_pages);
    if task.dry_run {
        println!("{page}");
        return Ok(());
    }
    fs_err::write(checkout.join("docs/measured.md"), page).map_err(|error| error.to_string())
}

fn page(checkout: &Path, figures: &[Figure], demo: &str) -> String {
    let mut page = format!(
        "# Measured\n\nWritten by `cargo xtask measure`. Machine: {}. Load when it began: {}. Commit: {}. Median of {RUNS} runs with the \
         smallest and the largest; wall time.\n\n| what | median s | min s | max s |\n|---|---|---|---|\n",
        machine(),
        load(),
        commit(checkout),
    );
    for figure in figures {
        let mut seconds = figure.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        let (min, max) = (seconds[0], seconds[seconds.len() - 1]);
        page.push_str(&format!("| {} | {:.2} | {min:.2} | {max:.2} |\n", figure.what, seconds[seconds.len() / 2]));
        if let Some(peak_mib) = figure.peak_mib {
            page.push_str(&format!("| {}: peak memory, MiB | {peak_mib:.0} | | |\n", figure.what));
        }
    }
    page.push_str(&format!("\n## What the demo said\n\n```text\n{}\n```\n", demo.trim()));
    page
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':']))
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

fn commit(checkout: &Path) -> String {
    let answer = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(checkout).output();
    answer.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default()
}
