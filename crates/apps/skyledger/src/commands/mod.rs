//! One file a verb.

mod adopt;
mod check_services;
mod demo;
mod explain;
mod merge;
mod own_reasons;
mod papers;
mod plan;
mod run;
mod schema;
mod status;
pub(crate) mod step;
mod verify;

use crate::cli::{Cli, Command};

/// Does what was asked and gives the exit code.
pub(crate) fn dispatch(cli: Cli, command: Vec<String>) -> u8 {
    match cli.command {
        Command::Run { args, dry_run: true, .. } => plan::plan(&args, false, command),
        Command::Run { args, events, .. } => run::run(&args, events, command),
        Command::Plan { args, resolved } => plan::plan(&args, resolved, command),
        Command::Merge(args) => merge::merge(&args, &command),
        Command::Status(args) => status::status(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Adopt(args) => adopt::adopt(&args),
        Command::Demo(args) => demo::demo(&args, command),
        Command::CheckServices(args) => check_services::check_services(&args),
        Command::Schema { product, json } => schema::schema(product.as_deref(), json),
        // `main` hands `step` over before clap sees it.
        Command::Step { .. } => runner::exit::USAGE,
        Command::Completions { shell } => papers::completions(shell),
        Command::Man => papers::man(),
    }
}
