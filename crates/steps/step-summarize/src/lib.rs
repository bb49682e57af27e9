//! The step `summarize`: what a run found, what it lost and where, on one page with its numbers, plots and cutouts.
//!
//! It looks across tiles: duplicates in overlaps, repeats on other plates, the covered area, the edge statistic. Counts
//! that do not add up end it.

mod anomalies;
mod area;
mod chain;
mod claims;
mod config;
mod detections;
mod edges;
mod error;
mod funnel;
mod overlap;
mod page;
mod pictures;
mod references;
mod report;
mod rows;
mod rule_order;
mod summary;
mod tables;

use std::sync::{Mutex, PoisonError};

use products::{Summary, SummaryFacts};
use step_contract::{About, Job, Reason, RunManifests, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, Units};

pub use anomalies::ANOMALY_COLUMNS;
pub use config::{SummarizeConfig, SummarizeParams};
pub use error::SummarizeError;

use chain::Chain;
use pictures::NamedPicture;
use summary::RunSummary;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Summarize;

inputs! {
    /// Inputs of the step.
    pub struct SummarizeInputs {
        /// Every earlier manifest of the run.
        run: RunManifests,
    }
}

impl Step for Summarize {
    const ID: &'static str = "summarize";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Run;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 30;
    const ABOUT: About = About {
        always_runs: true,
        dashboard_role: Some("anomalies_minimal_csv"),
        page_role: Some("summary_md"),
        ..About::PLAIN
    };
    type Config = SummarizeConfig;
    type Inputs = SummarizeInputs;
    type Output = Summary;
    type Error = SummarizeError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &SummarizeConfig,
        inputs: SummarizeInputs,
        out: &mut OutputDir<Summary>,
    ) -> Result<Units<Summary>, SummarizeError> {
        let job = Job::new(out.run_id()).needs_run(&inputs.run);
        let made = if out.planning() { None } else { Some(write_pages(config, &inputs.run, out)) };
        let made = Mutex::new(made);
        out.for_each_unit([job], |_, _| match made.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(facts) => facts.map(Outcome::Done),
            None => Ok(Outcome::NoWork(Reason::new("planning", "nothing is made while planning"))),
        })
    }
}

/// Writes every page and gives the facts.
fn write_pages(
    config: &SummarizeConfig,
    run: &RunManifests,
    out: &mut OutputDir<Summary>,
) -> Result<SummaryFacts, SummarizeError> {
    let summary = RunSummary::of(Chain::read(run)?, &config.summarize)?;
    let sections = summary.sections();
    let (run_id, mut facts) = (out.run_id().to_owned(), summary.facts.clone());
    let plots = pictures::plots(&summary);
    let ((sheet, _), _) = pictures::shown(&summary);
    let cutouts = pictures::cutouts(&summary, &config.summarize)?;
    let names: Vec<&str> = plots.iter().map(|plot| plot.name).collect();

    let page = page::to_page(&run_id, &summary, &sections, &names, cutouts.as_ref().map(|_| sheet));
    write(out, &mut facts.summary_paths, "summary.md", None, page.as_bytes())?;
    let (numbers, rows) = report::to_csv(&sections);
    // mark: summary-table-name
    write(out, &mut facts.summary_paths, "summary.csv", Some(rows), numbers.as_bytes())?;
    let (table, rows) = anomalies::to_csv(&run_id, &summary)?;
    write(out, &mut facts.summary_paths, "anomalies_minimal.csv", Some(rows), &table)?;
    for NamedPicture { name, picture } in &plots {
        let broken = |error: sky_plot::PlotError| SummarizeError::Page { what: "a plot", message: error.to_string() };
        write(out, &mut facts.plots, &format!("{name}.svg"), None, picture.to_svg().map_err(broken)?.as_bytes())?;
        write(out, &mut facts.plots, &format!("{name}.png"), None, &picture.to_png().map_err(broken)?)?;
    }
    if let Some(cutouts) = cutouts {
        let png = cutouts
            .to_png()
            .map_err(|error| SummarizeError::Page { what: "the cutouts", message: error.to_string() })?;
        write(out, &mut facts.plots, &format!("{sheet}.png"), None, &png)?;
    }
    Ok(facts)
}

/// Writes a file of the run and notes its name; the role is the name with `_` for `.`.
fn write(
    out: &mut OutputDir<Summary>,
    names: &mut Vec<String>,
    name: &str,
    rows: Option<u64>,
    bytes: &[u8],
) -> Result<(), SummarizeError> {
    names.push(name.to_owned());
    out.run_file(&name.replace('.', "_"), name, rows, |writer| {
        writer.write_all(bytes).map_err(|source| SummarizeError::Write { what: "a page", source })
    })
}
