//! `skyledger run`: runs a workflow, or resumes a run.

use runner::{Chain, Options, Report, RunLock, RunLockError};
use step_harness::Stop;

use crate::chain::{Prepared, Purpose, prepare};
use crate::cli::RunArgs;
use crate::{command_line, dashboard, print, steps};

/// Runs the chain and gives its exit code.
pub(crate) fn run(args: &RunArgs, command: Vec<String>) -> u8 {
    let steps = match steps::all() {
        Ok(steps) => steps,
        Err(error) => {
            print::error(format!("find this program: {error}"));
            return runner::exit::CONFIGURATION;
        }
    };
    let Prepared { chain, options } = match prepare(args, &steps, Purpose::Run, command) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            print::error(refusal.message);
            return refusal.exit;
        }
    };
    let _lock = match RunLock::take(&chain.layout, chain.shard) {
        Ok(lock) => lock,
        Err(error) => {
            print::error(&error);
            return match error {
                RunLockError::Disk { .. } => runner::exit::DISK,
                RunLockError::Held { .. } | RunLockError::ShardHeld { .. } => runner::exit::TEMPORARY,
            };
        }
    };
    if chain.shard.is_none()
        && let Err(error) = chain.layout.remove_temporaries()
    {
        print::error(error);
        return runner::exit::DISK;
    }
    if let Err(exit) = prove(&chain, &options) {
        return exit;
    }
    let stop = Stop::default();
    if let Err(error) = stop.on_signals() {
        tracing::debug!(%error, "signals keep their default");
    }
    let resume = resume(args, &options.command, &chain.layout.run_id);
    print::remark(format!("run {}; should it be interrupted, resume with: {resume}", chain.layout.run_id));
    match chain.execute(&options, &stop) {
        Ok(report) => finish(args, &chain, &report, (&options, &stop), &resume),
        Err(error) => {
            print::error(&error);
            if error.exit() == runner::exit::DISK {
                print::remark(format!("resume with: {resume}"));
            }
            error.exit()
        }
    }
}

/// Before `--from-step`: every earlier manifest must be there, made with this configuration, and describe what is on disk.
fn prove(chain: &Chain<'_>, options: &Options) -> Result<(), u8> {
    if options.from_step.is_none() {
        return Ok(());
    }
    match chain.prove_before(options) {
        Ok((plan, remarks)) => {
            for remark in remarks {
                print::remark(format!("note: {remark}"));
            }
            print::remark(format!(
                "proved {} earlier manifests with {} units",
                plan.manifests_validated, plan.units_validated
            ));
            Ok(())
        }
        Err(error) => {
            print::error(&error);
            Err(match error {
                runner::ProofError::MustRun { .. } => runner::exit::CONFIGURATION,
                runner::ProofError::Execute(_) => runner::exit::USAGE,
            })
        }
    }
}

fn finish(args: &RunArgs, chain: &Chain<'_>, report: &Report, (options, stop): (&Options, &Stop), resume: &str) -> u8 {
    let run_id = &chain.layout.run_id;
    // A disk that has refused a step would refuse the dashboard too: the same news.
    if report.exit != runner::exit::DISK
        && report.steps.iter().any(|step| step.label == "summarize")
        && let Err(error) = dashboard::rebuild(&chain.layout.root)
    {
        print::error(format!("rebuild the dashboard: {error}"));
        return runner::exit::DISK;
    }
    if args.json {
        print::json(&serde_json::json!({
            "run_id": run_id, "exit": report.exit, "steps": report.steps, "stopped": report.stopped,
        }));
    } else {
        show(chain, report, options);
    }
    let stopped = stop.code().filter(|_| report.stopped.is_some());
    match (stopped, report.exit) {
        (Some(code), _) => {
            print::remark(format!("stopped; resume with: {resume}"));
            code
        }
        (None, exit) => {
            if matches!(exit, runner::exit::DISK | runner::exit::TEMPORARY) {
                print::remark(format!("resume with: {resume}"));
            }
            exit
        }
    }
}

fn show(chain: &Chain<'_>, report: &Report, options: &Options) {
    print::line(format!("{:<16} {:>4} {:>8}  units", "step", "exit", "seconds"));
    for step in &report.steps {
        let mut units: Vec<String> = step.units.iter().map(|(status, count)| format!("{count} {status}")).collect();
        if step.reused > 0 {
            units.push(format!("({} reused)", step.reused));
        }
        print::line(format!("{:<16} {:>4} {:>8.2}  {}", step.label, step.exit, step.seconds, units.join(", ")));
    }
    if let Some(why) = &report.stopped {
        print::line(format!("stopped: {why}"));
    }
    let summary = chain.layout.root.join("data/summaries").join(&chain.layout.run_id).join("summary.md");
    if summary.is_file() {
        print::line(format!("summary: {}", summary.display()));
    }
    print::line(format!("run: {} (exit {})", chain.layout.run_id, report.exit));
    if let (Some(shard), None) = (chain.shard, &report.stopped) {
        let merge = ["skyledger", "merge", &chain.layout.run_id, "--root", &chain.layout.root.display().to_string()];
        let merge = command_line::folded(&merge.map(str::to_owned), 2);
        let next = match chain.after_shards(options) {
            Ok(Some(step)) => format!("; {} and what follows come after merging", step.label),
            _ => String::new(),
        };
        print::line(format!("shard {shard} ended{next}"));
        print::line(format!("when all {} shards have ended:\n{merge}", shard.count));
    }
}

/// The command that goes on where this one was stopped, as one line.
fn resume(args: &RunArgs, command: &[String], run_id: &str) -> String {
    let mut words = command.to_vec();
    if args.run_id.is_none() {
        words.extend(["--run-id".to_owned(), run_id.to_owned()]);
    }
    command_line::line(&words)
}
