//! `skyledger run`: runs a workflow, or resumes a run. What is shown meanwhile is read from the run's stream of events.

use std::path::PathBuf;

use runner::{Chain, Options, Report, RunEnd, RunHandle, RunJson, command_line};
use step_harness::Display;

use crate::cli::RunArgs;
use crate::installation::installation;
use crate::print;

/// Runs the chain and gives its exit code.
pub(crate) fn run(args: &RunArgs, events: bool, command: Vec<String>) -> u8 {
    let installation = match installation() {
        Ok(installation) => installation,
        Err(error) => {
            print::error(format!("find this program: {error}"));
            return runner::exit::CONFIGURATION;
        }
    };
    let request = args.request(command);
    if let Err(error) = request.cancel.on_signals() {
        tracing::debug!(%error, "signals keep their default");
    }
    match request.start(&installation) {
        Ok(handle) => watch(args, events, handle),
        Err(refusal) => {
            print::error(&refusal.message);
            refusal.exit
        }
    }
}

/// Shows the run until it ends.
fn watch(args: &RunArgs, events: bool, handle: RunHandle) -> u8 {
    let resume = handle.resume.clone().unwrap_or_default();
    print::remark(format!("run {}; should it be interrupted, resume with: {resume}", handle.run_id));
    let mut display = Display::of_run();
    for line in &handle.events {
        display.show(line.label.as_deref(), &line.event);
        if events {
            print::json_line(&line);
        }
    }
    let (chain, options) = (handle.chain.clone(), handle.options.clone());
    let end = handle.wait();
    if let Some(error) = &end.error {
        print::error(error);
    } else if let Some(report) = end.report.as_ref().filter(|_| !events) {
        if args.json {
            print::json(&serde_json::json!({
                "run_id": chain.layout.run_id, "exit": report.exit, "steps": report.steps, "stopped": report.stopped,
            }));
        } else {
            show(&chain, report, &options);
        }
    }
    if end.may_be_resumed() {
        let RunEnd { was_stopped, .. } = end;
        print::remark(format!("{}resume with: {resume}", if was_stopped { "stopped; " } else { "" }));
    }
    end.exit
}

fn show(chain: &Chain, report: &Report, options: &Options) {
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
    super::own_reasons::lines(&chain.layout, chain.products).into_iter().for_each(print::line);
    for page in pages(chain) {
        print::line(format!("summary: {}", page.display()));
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

/// The pages for people that the steps of the run wrote.
fn pages(chain: &Chain) -> Vec<PathBuf> {
    let describe = |id: &str| chain.descriptions.get(id).cloned();
    let run = RunJson::read(&chain.layout.run_json()).ok();
    let pages = run.and_then(|run| {
        runner::run_files(&chain.layout, &run, chain.products, describe, |said| said.page_role.as_ref()).ok()
    });
    pages.unwrap_or_default()
}
