//! `skyledger step ID ...`: the program `step-<id>` inside this one.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::print;
use crate::steps::STEPS;

/// Hands the arguments after the step's id to that step.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let id = arguments.first().map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
    match STEPS.iter().find(|step| step.id == id) {
        Some(step) => (step.main)(&arguments[1..], build_identity::of_step(step.id)),
        None => {
            let ids: Vec<&str> = STEPS.iter().map(|step| step.id).collect();
            let asked =
                if id.is_empty() || id == "--help" { "give a step".to_owned() } else { format!("no step {id}") };
            print::error(format!("{asked}; the built-in steps are {} (each takes --help)", ids.join(", ")));
            ExitCode::from(runner::exit::USAGE)
        }
    }
}
