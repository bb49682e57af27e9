//! `docs/comparison.md`: our engine beside source-extractor and PSFEx, run now.

use std::path::Path;
use std::process::Command;

use clap::Args;

/// `cargo xtask compare [--only PART] [--seed N] [--quick]`
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Only this part: speed, plate, truth, agreement, psf or bytes; docs/comparison.md is left alone then
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Seed of the simulated fields
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fewer repetitions and fields, to try it; docs/comparison.md is left alone then
    #[arg(long)]
    quick: bool,
}

/// Builds the command and the comparison, runs it, and writes page and plots when all parts were run.
pub(crate) fn run(checkout: &Path, task: &Compare) -> Result<(), String> {
    cargo(checkout, &["build", "--release", "--quiet", "-p", "skyledger", "-p", "compare"])?;
    let seed = task.seed.to_string();
    let docs = checkout.join("docs");
    let (page, plots) =
        (docs.join("comparison.md").display().to_string(), docs.join("comparison").display().to_string());
    let mut arguments = vec!["run", "--release", "--quiet", "-p", "compare", "--", "--seed", &seed];
    if task.quick {
        arguments.push("--quick");
    }
    if task.only.is_empty() && !task.quick {
        arguments.extend(["--page", &page, "--plots", &plots]);
    }
    arguments.extend(task.only.iter().map(String::as_str));
    cargo(checkout, &arguments)
}

fn cargo(checkout: &Path, arguments: &[&str]) -> Result<(), String> {
    let ended =
        Command::new("cargo").args(arguments).current_dir(checkout).status().map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("cargo {} ended with {ended}", arguments.join(" "))) }
}
