//! `docs/measured.md`: figures of this machine, measured now.

mod usage;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use test_sky::{commit, load, machine};

use usage::{Usage, measure};
pub(crate) use usage::{UsageTask, run as run_usage};

/// Runs of each command.
const RUNS: usize = 3;
/// Lines of the integration tests that hold one of these are figures.
const FIGURES: [&str; 3] = ["i_sim/std: ", "M67 ", " manifests in "];

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
    runs: Vec<Usage>,
}

/// Builds, measures and writes.
pub(crate) fn run(checkout: &Path, task: &Measure) -> Result<(), String> {
    cargo(checkout, &["build", "--release", "--quiet", "--bin", "skyledger"])?;
    cargo(checkout, &["test", "--release", "--quiet", "--no-run", "-p", "integration-tests"])?;
    let load = load();
    let program = checkout.join("target/release/skyledger");
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let demo = |root: &Path| words(&["demo", "--run-id", "run-20261121_000000", "--root", &root.display().to_string()]);
    let (mut figures, mut demo_said) = (Vec::new(), String::new());
    let mut runs = Vec::new();
    for number in 0..RUNS {
        let root = scratch.path().join(format!("demo-{number}"));
        let (usage, said) = measure(scratch.path(), &program, &demo(&root))?;
        demo_said = said.replace(&root.display().to_string(), "<root>");
        runs.push(usage);
    }
    figures.push(Figure { what: "`skyledger demo`: simulated plate of 60', whole chain".to_owned(), runs });
    if let Some(data) = std::env::var_os("SKYLEDGER_REAL_DATA").map(PathBuf::from) {
        let chains = [
            ("`i_sim/std` through `vasco` from `detect-p1`", simulated_tile(&data)),
            ("the M67 plate (30') through `vanished`", m67(&data, scratch.path())?),
        ];
        for (what, chain) in chains {
            let mut runs = Vec::new();
            for number in 0..RUNS {
                let root = scratch.path().join(format!("run-{}-{number}", figures.len()));
                let root = ["--root".to_owned(), root.display().to_string()];
                runs.push(measure(scratch.path(), &program, &[&chain[..], &root].concat())?.0);
            }
            figures.push(Figure { what: what.to_owned(), runs });
        }
    }
    let page = page(checkout, &load, &figures, &compared(checkout)?, &demo_said);
    if task.dry_run {
        println!("{page}");
        return Ok(());
    }
    fs_err::write(checkout.join("docs/measured.md"), page).map_err(|error| error.to_string())
}

fn simulated_tile(data: &Path) -> Vec<String> {
    let tile = data.join("i_sim/std");
    let frames = format!("detect-p1.frames={}", tile.join("tile.fits.gz").display());
    let local = format!("local={}", tile.display());
    ["run", "vasco", "--run-id", "std", "--from-step", "detect-p1", "--read", &frames, "--input", &local]
        .into_iter()
        .chain(["--set", "catalog-usnob.local.file=\"usnob.tsv.gz\""])
        .map(str::to_owned)
        .collect()
}

fn m67(data: &Path, scratch: &Path) -> Result<Vec<String>, String> {
    let plates = scratch.join("plates");
    fs_err::create_dir_all(&plates).map_err(|error| error.to_string())?;
    let name = "dss1_red_M67_XE486.fits";
    fs_err::copy(data.join("a_dss").join(name), plates.join(name)).map_err(|error| error.to_string())?;
    let (plates, local) =
        (format!("plates={}", plates.display()), format!("local={}", data.join("b_catalog/m67").display()));
    let mut words: Vec<String> = ["run", "vanished", "--run-id", "m67", "--input", &plates, "--input", &local]
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut set = |value: &str| words.extend(["--set".to_owned(), value.to_owned()]);
    for label in ["catalog-gaia", "catalog-bright"] {
        set(&format!("{label}.local.file=\"m67_gaia_dr3_cone30arcmin_astro53396.csv.gz\""));
        set(&format!("{label}.local.epoch_yr=2016.0"));
    }
    for off in ["catalog-ps1.enabled=false", "catalog-usnob.enabled=false", "filter.allow_missing=[\"ps1\",\"usnob\"]"]
    {
        set(off);
    }
    Ok(words)
}

/// What the integration tests print of their comparisons.
fn compared(checkout: &Path) -> Result<Vec<String>, String> {
    let arguments = [
        "test",
        "--release",
        "-p",
        "integration-tests",
        "--test",
        "integration",
        "--",
        "--nocapture",
        "--test-threads",
        "1",
    ];
    let filters = ["i_sim::", "m67::", "contract::twelve"];
    let output = Command::new("cargo")
        .args(arguments)
        .args(filters)
        .current_dir(checkout)
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("the comparisons failed: {text}"));
    }
    let lines = text.lines().map(|line| line.split_once(" ... ").map_or(line, |(_, rest)| rest));
    Ok(lines.filter(|line| FIGURES.iter().any(|mark| line.contains(mark))).map(str::to_owned).collect())
}

fn page(checkout: &Path, load: &str, figures: &[Figure], compared: &[String], demo: &str) -> String {
    let mut page = format!(
        "# Measured\n\nWritten by `cargo xtask measure`. Machine: {}. Load when it began: {load}. Commit: {}. Median of {RUNS} runs, in brackets \
         the smallest and the largest; the memory is that of the largest process.\n\n| what | wall s | processor s | peak MiB |\n|---|---|---|---|\n",
        machine(),
        commit(checkout),
    );
    for figure in figures {
        let column = |digits: usize, of: fn(&Usage) -> f64| {
            let mut values: Vec<f64> = figure.runs.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            let (min, median, max) = (values[0], values[values.len() / 2], values[values.len() - 1]);
            format!("{median:.digits$} ({min:.digits$} to {max:.digits$})")
        };
        let (wall, cpu, peak) =
            (column(2, |run| run.wall_s), column(2, |run| run.cpu_s), column(0, |run| run.peak_mib));
        page.push_str(&format!("| {} | {wall} | {cpu} | {peak} |\n", figure.what));
    }
    page.push_str("\n## What the comparisons said\n\n```text\n");
    for line in compared {
        page.push_str(&format!("{line}\n"));
    }
    page.push_str(&format!("```\n\n## What the demo said\n\n```text\n{}\n```\n", demo.trim()));
    page
}

fn cargo(checkout: &Path, arguments: &[&str]) -> Result<(), String> {
    let ended =
        Command::new("cargo").args(arguments).current_dir(checkout).status().map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("cargo {} ended with {ended}", arguments.join(" "))) }
}
