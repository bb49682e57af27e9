//! `skyledger status`: every run, step and unit, with reasons.

use std::collections::BTreeMap;

use runner::{Layout, RunStatus};
use step_contract::Status;

use crate::cli::StatusArgs;
use crate::print;

/// Prints the state of one run or of all.
pub(crate) fn status(args: &StatusArgs) -> u8 {
    match &args.run {
        Some(run_id) => {
            let layout = Layout { root: args.root.clone(), run_id: run_id.clone() };
            if !layout.run_folder().is_dir() {
                print::error(format!("{}: there is no such run", layout.run_folder().display()));
                return runner::exit::USAGE;
            }
            let run = runner::one_run(&layout, products::ALL);
            if args.json { print::json(&run) } else { show(&run) }
        }
        None => match runner::all_runs(&args.root, products::ALL) {
            Ok(runs) if args.json => print::json(&runs),
            Ok(runs) if runs.is_empty() => print::line(format!("no run below {}", args.root.display())),
            Ok(runs) => runs.iter().for_each(show_short),
            Err(error) => {
                print::error(error);
                return runner::exit::DISK;
            }
        },
    }
    runner::exit::DONE
}

fn show_short(run: &RunStatus) {
    let ended = run.steps.iter().filter(|step| step.state == "ended").count();
    let exit = match (run.at_work, run.exit) {
        (true, _) => "at work".to_owned(),
        (false, exit) => format!("exit {}", exit.map_or_else(|| "-".to_owned(), |exit| exit.to_string())),
    };
    let workflow = run.workflow.as_deref().unwrap_or("-");
    print::line(format!("{}  {workflow}  {ended}/{} steps  {exit}", run.run_id, run.steps.len()));
}

fn show(run: &RunStatus) {
    show_short(run);
    for step in &run.steps {
        print::line(format!("{:<16} {:<8} {}", step.label, step.state, words(&step.units, step.reused, step.warned)));
        for unit in &step.not_done {
            let reason = unit.reason.as_ref().map_or("", |reason| &reason.message);
            print::line(format!("{:<16}   {} {}: {reason}", "", unit.unit, unit.status.name()));
        }
    }
    for shard in &run.shards {
        let how = match (shard.exit, &shard.stopped) {
            (None, _) => "at work, or killed".to_owned(),
            (Some(exit), None) => format!("ended with exit code {exit}"),
            (Some(exit), Some(why)) => format!("exit code {exit}: {why}"),
        };
        print::line(format!("shard {:<10} {how}", shard.shard.to_string()));
    }
    if !run.shards.is_empty() {
        print::line(format!("next: skyledger merge {}", run.run_id));
    }
    for problem in &run.problems {
        print::line(format!("problem: {problem}"));
    }
}

fn words(units: &BTreeMap<Status, u64>, reused: u64, warned: u64) -> String {
    let mut words: Vec<String> = units.iter().map(|(status, count)| format!("{count} {}", status.name())).collect();
    if reused > 0 {
        words.push(format!("({reused} reused)"));
    }
    if warned > 0 {
        words.push(format!("({warned} with warnings)"));
    }
    words.join(", ")
}
