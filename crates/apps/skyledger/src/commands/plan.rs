//! `skyledger plan`: what would run, what is reused, what is missing and why.

use runner::{Plan, State};

use crate::chain::{Prepared, Purpose, forget_plan, prepare};
use crate::cli::RunArgs;
use crate::{forecast, print, steps};

/// Prints the plan.
pub(crate) fn plan(args: &RunArgs, command: Vec<String>) -> u8 {
    let steps = match steps::all() {
        Ok(steps) => steps,
        Err(error) => {
            print::error(format!("find this program: {error}"));
            return runner::exit::CONFIGURATION;
        }
    };
    let exit = match prepare(args, &steps, Purpose::Plan, command) {
        Ok(Prepared { chain, options }) => match chain.plan(&options) {
            Ok(plan) => {
                let forecast = forecast::forecast(&chain, &plan);
                if args.json {
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
        },
        Err(refusal) => {
            print::error(refusal.message);
            refusal.exit
        }
    };
    forget_plan();
    exit
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
