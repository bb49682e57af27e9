//! The smoke jobs of CI, on this machine: one a step of the survey plan.

use std::path::Path;

use clap::Args;

use crate::prove::cargo;

/// `cargo xtask smoke [step00 ... step10]`
#[derive(Debug, Args)]
pub(crate) struct Smoke {
    /// Only these steps
    steps: Vec<String>,
}

/// Builds the command and the smoke program, and runs the steps; what CI uploads lies in `target/smoke/<step>/upload`.
pub(crate) fn run(checkout: &Path, task: &Smoke) -> Result<(), String> {
    cargo(checkout, &["build", "--release", "--quiet", "-p", "skyledger", "-p", "integration-tests", "--bins"])?;
    let mut arguments = vec!["run", "--release", "--quiet", "-p", "integration-tests", "--bin", "smoke", "--"];
    arguments.extend(task.steps.iter().map(String::as_str));
    cargo(checkout, &arguments)
}
