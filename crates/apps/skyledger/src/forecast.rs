//! What a run will cost in disk, requests and time, measured on the last run below the same root that went through the same steps.

use runner::{Chain, Layout, Plan, RunJson, State};
use serde::Serialize;
use step_contract::{RawManifest, Status};

use crate::print;

/// The forecast.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Forecast {
    /// Run that it is measured on; without one there is no forecast.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured_on: Option<String>,
    /// Units (tiles) that are expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<usize>,
    /// Bytes that the steps to run will write.
    bytes: u64,
    /// Requests to services.
    requests: u64,
    /// Wall time.
    seconds: f64,
}

/// Measures the last other run of the same workflow and scales it to the units of this one.
pub(crate) fn forecast(chain: &Chain, plan: &Plan) -> Forecast {
    let mut forecast = Forecast { measured_on: None, units: None, bytes: 0, requests: 0, seconds: 0.0 };
    let root = &chain.layout.root;
    let ids = runner::run_ids(root).unwrap_or_default();
    let measured = ids.iter().rev().find_map(|run_id| {
        let layout = Layout { root: root.clone(), run_id: run_id.clone() };
        let run = RunJson::read(&layout.run_json()).ok()?;
        (run.workflow_name == chain.workflow_name && !run.steps.is_empty()).then_some((layout, run))
    });
    let Some((layout, run)) = measured else { return forecast };
    let units = plan.steps.iter().map(|step| step.units).max().filter(|units| *units > 0);
    for step in plan.steps.iter().filter(|step| step.state != State::Reuse) {
        let Some(there) = run.steps.iter().find(|there| there.label == step.label) else { continue };
        let Ok(manifest) = RawManifest::read(&layout.run_folder().join(&there.manifest), chain.products) else {
            continue;
        };
        let done = manifest.units.iter().filter(|unit| unit.status == Status::Done).count().max(1);
        let to_run = if step.units_to_run > 0 { step.units_to_run } else { units.unwrap_or(done) };
        let share = to_run as f64 / done as f64;
        let bytes: u64 = manifest.all_files().map(|(_, _, entry)| entry.bytes).sum();
        forecast.bytes += (bytes as f64 * share) as u64;
        let asks_services = manifest.execution["services"].as_object().is_some_and(|services| !services.is_empty());
        forecast.requests += if asks_services { to_run as u64 } else { 0 };
        forecast.seconds += manifest.execution["seconds"].as_f64().unwrap_or(0.0) * share;
    }
    forecast.measured_on = Some(layout.run_id);
    forecast.units = units;
    forecast
}

/// Prints it in one line.
pub(crate) fn show(forecast: &Forecast) {
    match &forecast.measured_on {
        None => print::line("forecast: none (no earlier run of this workflow below this root to measure)"),
        Some(run) => print::line(format!(
            "forecast: {:.1} MB of disk, {} requests or more, {:.0} s (scaled from {run})",
            forecast.bytes as f64 / 1e6,
            forecast.requests,
            forecast.seconds
        )),
    }
}
