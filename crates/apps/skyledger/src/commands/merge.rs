//! `skyledger merge`: shards to one run.

use runner::{Layout, MergeError, Merged, RunJson, StepsError, command_line};

use crate::cli::MergeArgs;
use crate::{print, steps};

/// Merges and gives the exit code of the chain so far.
pub(crate) fn merge(args: &MergeArgs, command: &[String]) -> u8 {
    if !runner::is_run_id(&args.run) {
        print::error(format!("{}: a run id holds only letters, digits and ._+-", args.run));
        return runner::exit::USAGE;
    }
    let Ok(root) = std::path::absolute(&args.root) else { return runner::exit::DISK };
    let layout = Layout { root, run_id: args.run.clone() };
    let describe = |run: &RunJson| -> Result<_, MergeError> {
        steps::all().map_err(MergeError::from)?.describe_all(&run.workflow).map_err(|error: StepsError| error.into())
    };
    match runner::merge(&layout, products::ALL, describe, command) {
        Ok(merged) if args.json => {
            print::json(&merged);
            merged.exit
        }
        Ok(merged) => {
            show(&merged);
            merged.exit
        }
        Err(error) => {
            print::error(format!("merge {}: {error}", args.run));
            error.exit()
        }
    }
}

fn show(merged: &Merged) {
    if merged.shards == 0 {
        print::line(format!("{}: it was merged before; there are no shards", merged.run_id));
        return;
    }
    print::line(format!("{:<16} {:>4} {:>8}  units", "step", "exit", "seconds"));
    for step in &merged.steps {
        let units: Vec<String> = step.units.iter().map(|(status, count)| format!("{count} {status}")).collect();
        print::line(format!("{:<16} {:>4} {:>8.2}  {}", step.label, step.exit, step.seconds, units.join(", ")));
    }
    print::line(format!("merged {} shards: {} (exit {})", merged.shards, merged.run_id, merged.exit));
    if let Some(next) = &merged.next {
        let mut words = command_line::without(&merged.command, "--shard");
        words = command_line::without(&words, "--from-step");
        words.extend(["--from-step".to_owned(), next.clone()]);
        print::line(format!("go on with:\n{}", command_line::folded(&words, 2)));
    }
}
