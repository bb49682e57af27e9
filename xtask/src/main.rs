//! Development tasks: `cargo xtask <task>`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "these tasks talk to a developer's terminal")]

mod checklist;
mod compare;
mod crates;
mod faults;
mod measure;
mod new_step;
mod prove;
mod schemas;
mod smoke;
mod tables;
mod tree_copy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Task {
    /// Rewrites the checked-in schemas of all products
    Schemas {
        /// Only says which are stale, and fails then
        #[arg(long)]
        check: bool,
    },
    /// Makes a crate for a new step, with one failing test
    NewStep(new_step::NewStep),
    /// Checks docs/plan-checklist.md; with --mutate puts ten faults in and sees their tests fail
    Checklist(checklist::Checklist),
    /// Measures what docs/measured.md says and rewrites it
    Measure(measure::Measure),
    /// Runs the smoke jobs of CI, one a step of the survey plan
    Smoke(smoke::Smoke),
    /// Runs the trials of tests/proof and rewrites docs/proof.md; with --mutate puts faults back and sees them found
    Prove(prove::Prove),
    /// Runs one command and leaves what it used in a file (for measure)
    #[command(hide = true)]
    Usage(measure::UsageTask),
    /// Lists the checked-in tables with those that are older than the steps they speak of
    Tables,
    /// Runs ours beside source-extractor and PSFEx and rewrites docs/comparison.md
    Compare(compare::Compare),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.task {
        Task::Schemas { check } => schemas::run(&checkout(), *check),
        Task::NewStep(task) => new_step::run(&checkout(), task),
        Task::Checklist(task) => checklist::run(&checkout(), task),
        Task::Measure(task) => measure::run(&checkout(), task),
        Task::Smoke(task) => smoke::run(&checkout(), task),
        Task::Prove(task) => prove::run(&checkout(), task),
        Task::Tables => tables::run(&checkout()),
        Task::Usage(task) => measure::run_usage(task),
        Task::Compare(task) => compare::run(&checkout(), task),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("cargo xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the checkout.
fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}
