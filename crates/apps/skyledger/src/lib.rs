//! The command `skyledger`: runs, plans, explains and verifies chains of steps.

mod cli;
mod commands;
mod demo;
mod explain;
mod forecast;
mod help;
mod installation;
mod print;
mod steps;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches as _;

/// The whole program.
pub fn main() -> ExitCode {
    step_harness::guard_engines();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // A step is another program in the same file: its own command line, logs and exit codes.
    if arguments.get(1).is_some_and(|word| word == "step") {
        return commands::step::run(&arguments[2..]);
    }
    let parsed = help::command().try_get_matches_from(&arguments);
    let cli = match parsed.and_then(|matches| cli::Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // The text of help and version goes to stdout and is no error; a closed pipe is no reason to panic.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { runner::exit::USAGE } else { runner::exit::DONE });
        }
    };
    let command: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let exit = commands::dispatch(cli, command);
    ExitCode::from(if exit == runner::exit::DONE && print::lost() { runner::exit::DISK } else { exit })
}
