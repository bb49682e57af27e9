//! `docs/proof.md`: the trials of `tests/proof`, run now.

use std::path::Path;
use std::process::Command;

use clap::Args;

/// `cargo xtask prove [--seed N] [class...]`
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// Trials with random choices draw them from this seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these classes; docs/proof.md is left alone then
    classes: Vec<String>,
}

/// Builds the command and the trials, runs them, and writes the page when all classes were run.
pub(crate) fn run(checkout: &Path, task: &Prove) -> Result<(), String> {
    cargo(checkout, &["build", "--release", "--quiet", "-p", "skyledger", "-p", "proof"])?;
    let seed = task.seed.to_string();
    let page = checkout.join("docs/proof.md").display().to_string();
    let mut arguments = vec!["run", "--release", "--quiet", "-p", "proof", "--", "--seed", &seed];
    if task.classes.is_empty() {
        arguments.extend(["--page", &page]);
    }
    arguments.extend(task.classes.iter().map(String::as_str));
    cargo(checkout, &arguments)
}

fn cargo(checkout: &Path, arguments: &[&str]) -> Result<(), String> {
    let ended =
        Command::new("cargo").args(arguments).current_dir(checkout).status().map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("cargo {} ended with {ended}", arguments.join(" "))) }
}
