//! `skyledger plan`: what would run, what is reused, what is missing and why.

use runner::{Chain, Options, Plan, Prepared, State, forget_plan};

use crate::cli::RunArgs;
use crate::installation::installation;
use crate::{forecast, print};

/// Prints the plan, or what the workflow and its configuration really are.
pub(crate) fn plan(args: &RunArgs, resolved: bool, command: Vec<String>) -> u8 {
    let installation = match installation() {
        Ok(installation) => installation,
        Err(error) => {
            print::error(format!("find this program: {error}"));
            return runner::exit::CONFIGURATION;
        }
    };
    let exit = match args.request(command).plan(&installation) {
        Ok(Prepared { chain, .. }) if resolved => show_resolved(&chain, args.json),
        Ok(Prepared { chain, options, .. }) => show_plan(&chain, &options, args.json),
        Err(refusal) => {
            print::error(&refusal.message);
            refusal.exit
        }
    };
    forget_plan();
    exit
}

fn show_plan(chain: &Chain, options: &Options, json: bool) -> u8 {
    match chain.plan(options) {
        Ok(plan) => {
            let forecast = forecast::forecast(chain, &plan);
            if json {
                print::json(&serde_json::json!({"plan": plan, "forecast": forecast}));
            } else {
                show(&plan);
                forecast::show(&forecast);
            }
            runner::exit::DONE
        }
        Err(error) => {
            print::error(error);
            runner::exit::USAGE
        }
    }
}

fn show_resolved(chain: &Chain, json: bool) -> u8 {
    let resolved = chain.resolved();
    if json {
        print::json(&resolved);
        return runner::exit::DONE;
    }
    match toml::to_string(&resolved) {
        Ok(text) => {
            print::line(text.trim_end());
            runner::exit::DONE
        }
        Err(error) => {
            print::error(format!("print the workflow: {error}"));
            runner::exit::CONFIGURATION
        }
    }
}

fn show(plan: &Plan) {
    for step in &plan.steps {
        let what = match step.state {
            State::Reuse => format!("reuse {} units", step.units),
            State::Run => "run".to_owned(),
            State::Stale => format!("stale: {} units run again", step.units_to_run),
            State::Retry => format!("retry {} of {} units", step.units_to_run, step.units),
            State::DependsOn => "depends on".to_owned(),
        };
        print::line(format!("{:<16} {what}", step.label));
        for why in step.why.iter().filter(|_| step.state != State::Run) {
            print::line(format!("{:<16}   {why}", ""));
        }
    }
    for label in &plan.not_asked_for {
        print::line(format!("{label:<16} not asked for"));
    }
    print::line(format!("validated {} manifests with {} units", plan.manifests_validated, plan.units_validated));
}
