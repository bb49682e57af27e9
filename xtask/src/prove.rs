//! `docs/proof.md`: the trials of `tests/proof`, run now; and faults put back on purpose, which they must find.

use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::faults::{self, Fault};
use crate::tree_copy::TreeCopy;

/// `cargo xtask prove [--seed N] [--mutate] [class...]`
#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// Trials with random choices draw them from this seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Puts faults back in a copy of the tree, one after another: each must turn its class red
    #[arg(long)]
    mutate: bool,
    /// Only these classes (with --mutate: only their faults); docs/proof.md is left alone then
    classes: Vec<String>,
}

/// Builds the command and the trials, runs them, and writes the page when all classes were run.
pub(crate) fn run(checkout: &Path, task: &Prove) -> Result<(), String> {
    if task.mutate {
        return mutate(checkout, task);
    }
    cargo(checkout, &["build", "--release", "--quiet", "-p", "skyledger", "-p", "step-detect", "-p", "proof"])?;
    let seed = task.seed.to_string();
    let page = checkout.join("docs/proof.md").display().to_string();
    let mut arguments = vec!["run", "--release", "--quiet", "-p", "proof", "--", "--seed", &seed];
    if task.classes.is_empty() {
        arguments.extend(["--page", &page]);
    }
    arguments.extend(task.classes.iter().map(String::as_str));
    cargo(checkout, &arguments)
}

/// Each class must be green in the copy, and red with its fault.
fn mutate(checkout: &Path, task: &Prove) -> Result<(), String> {
    let wanted = |class: &str| task.classes.is_empty() || task.classes.iter().any(|name| name == class);
    let all = faults::read(checkout)?;
    let faults: Vec<(&Fault, &str)> = all
        .iter()
        .filter_map(|fault| Some((fault, fault.class.as_deref()?)))
        .filter(|(_, class)| wanted(class))
        .collect();
    let copy = TreeCopy::of(checkout)?;
    let mut classes: Vec<&str> = faults.iter().map(|(_, class)| *class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut wrong = Vec::new();
    for class in classes {
        match trials(&copy, task.seed, class)? {
            Ended::Green(said) => println!("{class} without a fault: {said}"),
            Ended::Red(said) => return Err(format!("{class} is red without a fault:\n{said}")),
        }
    }
    for (fault, class) in &faults {
        let ended = copy.with_fault(fault, || trials(&copy, task.seed, class))?;
        println!("\n{fault}");
        match ended {
            Ended::Red(said) => println!("  {class} turns red:\n{said}"),
            Ended::Green(said) => {
                println!("  {class} STAYS GREEN: {said}");
                wrong.push(fault.name.as_str());
            }
        }
    }
    if wrong.is_empty() {
        println!("\n{} faults, each turned its class red", faults.len());
        Ok(())
    } else {
        Err(format!("not found: {}", wrong.join("; ")))
    }
}

/// How a class ended, with what it said.
enum Ended {
    Green(String),
    Red(String),
}

/// Builds the command and the trials in the copy, and runs the quick form of one class.
fn trials(copy: &TreeCopy, seed: u64, class: &str) -> Result<Ended, String> {
    const LINES: usize = 4;
    let output = |arguments: &[&str]| copy.cargo(arguments).output().map_err(|error| error.to_string());
    let built = output(&["build", "--release", "--quiet", "-p", "skyledger", "-p", "step-detect", "-p", "proof"])?;
    if !built.status.success() {
        return Err(format!(
            "the copy does not compile, which proves nothing:\n{}",
            String::from_utf8_lossy(&built.stderr)
        ));
    }
    let seed = seed.to_string();
    let ran = output(&["run", "--release", "--quiet", "-p", "proof", "--", "--quick", "--seed", &seed, class])?;
    let said = String::from_utf8_lossy(&ran.stdout);
    let shown: Vec<String> = said.lines().take(LINES).map(|line| line.chars().take(200).collect()).collect();
    match ran.status.code() {
        Some(0) => Ok(Ended::Green(shown.join("\n"))),
        Some(1) => Ok(Ended::Red(shown.join("\n"))),
        // The class could not even be run: its undisturbed chain fails.
        _ => Ok(Ended::Red(String::from_utf8_lossy(&ran.stderr).trim().to_owned())),
    }
}

pub(crate) fn cargo(checkout: &Path, arguments: &[&str]) -> Result<(), String> {
    let ended =
        Command::new("cargo").args(arguments).current_dir(checkout).status().map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("cargo {} ended with {ended}", arguments.join(" "))) }
}
