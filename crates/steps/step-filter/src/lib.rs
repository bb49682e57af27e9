//! The step filter: every detection of a tile is kept, or dropped with its ordered reasons.
//!
//! Vetoes fail closed: a tile for which a catalogue of `evidence` is not done, or does not show that it sees, gives no candidates; nor does one whose
//! positions cannot be trusted. What is kept is on the plate and in no survey that was asked:
//! a star or a defect.

mod catalogue;
mod config;
mod error;
mod evidence;
mod movers;
mod pairs;
mod rows;
mod tables;
mod trust;

pub use config::{CalibrationConfig, FilterConfig};
pub use error::FilterError;

use products::candidate_table::{ClipFacts, ValidatorFacts};
use products::{CandidateFacts, CandidateTable, MatchTable, ReferenceCatalog, SourceCatalog, VetoStatus};
use sky_candidates::{Statistics, judge};
use step_contract::{About, Job, Needs, RowMeaning, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::evidence::Evidence;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Filter;

inputs! {
    /// What filter reads.
    pub struct FilterInputs {
        /// The matches of each tile.
        matches: MatchTable,
        /// The detections that were matched.
        detections: SourceCatalog,
        /// The references: stars for the spike rules, and the density of the vetoes.
        references: Vec<ReferenceCatalog>,
    }
}

impl Step for Filter {
    const ID: &'static str = "filter";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    // A crowded tile: 50,000 detections and three catalogues of 200,000 rows.
    const MEMORY_PER_UNIT_BYTES: u64 = 256 << 20;
    const ABOUT: About =
        About { explained_roles: &[("kept", RowMeaning::Kept), ("dropped", RowMeaning::Dropped)], ..About::PLAIN };
    type Config = FilterConfig;
    type Inputs = FilterInputs;
    type Output = CandidateTable;
    type Error = FilterError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &FilterConfig,
        inputs: FilterInputs,
        out: &mut OutputDir<CandidateTable>,
    ) -> Result<Units<CandidateTable>, FilterError> {
        config.check()?;
        let jobs: Vec<Job> = inputs
            .matches
            .units()
            .map(|tile| {
                Job::new(tile.id())
                    .needs(&inputs.matches, tile.id())
                    .needs(&inputs.detections, tile.id())
                    .needs(&inputs.references, tile.id())
            })
            .collect();
        out.for_each_unit(jobs, |needs, files| judge_tile(config, &inputs, needs, files))
    }
}

fn judge_tile(
    config: &FilterConfig,
    inputs: &FilterInputs,
    needs: &Needs<'_>,
    files: &mut UnitFiles,
) -> Result<Outcome<CandidateFacts>, FilterError> {
    let tile = needs.unit(&inputs.detections);
    let matches = needs.unit(&inputs.matches);
    let members = needs.members(&inputs.references);
    let mut evidence = Evidence::of(config, matches.facts(), &members);
    // mark: missing-evidence-blocks
    if let Some(reason) = evidence.what_blocks(needs.id()) {
        return Ok(Outcome::Blocked(reason));
    }

    let radius_arcsec = matches.facts().match_radius_arcsec;
    let catalogue = catalogue::read(&tile.file("catalog"), config.judge.rule_set, files)?;
    let pairs = pairs::read(&matches.file("xmatch"))?;
    let validation = sky_candidates::validate_pairs(&pairs.stored, radius_arcsec, config.validator_tolerance_arcsec);
    if !validation.faults.is_empty() {
        return Err(FilterError::Within5 { pairs: validation.checked, faults: validation.faults });
    }
    let unmatched = pairs::read_unmatched(&matches.file("local"))?;
    let references = evidence::read_references(&members, matches.facts())?;
    let context = rows::Context { config, tile: &tile, matches: matches.facts(), references: &references };
    let judged = rows::assemble(&context, &catalogue, &pairs, &unmatched)?;
    let seen = trust::sight_of(&context, &catalogue, &judged)?;
    // Where rows are missing the tie fails for that; where all are there and nothing pairs, the positions are wrong.
    let has_gaps = seen.iter().any(sky_candidates::Sight::has_gaps);
    evidence.look(seen);
    let tie_failed = trust::tie_failed(matches.facts(), needs.id());
    let blocked = evidence.what_blocks(needs.id());
    if let Some(reason) = if has_gaps { blocked.or(tie_failed) } else { tie_failed.or(blocked) } {
        return Ok(Outcome::Blocked(reason));
    }
    if let Some(message) = evidence.what_is_missing() {
        files.warn("evidence_missing", message);
    }
    let verdict = judge(&judged.rows, &config.judge);
    let displacement = trust::displacement_of(&context, &judged, &verdict)?;
    if let Some(reason) = displacement.as_ref().and_then(|found| trust::tie_suspect(found, needs.id())) {
        return Ok(Outcome::Blocked(reason));
    }
    let movers = movers::find(&context, &catalogue, &judged, &verdict)?;
    tables::write(files, needs.id(), evidence.is_complete(), &judged, &verdict, &movers, &config.judge)?;

    let kept = verdict.kept() as u64;
    let moved_count = movers.iter().flatten().count() as u64;
    let detections = judged.rows.len() as u64;
    Ok(Outcome::Done(CandidateFacts {
        rule_set: config.judge.rule_set.name().to_owned(),
        order: config.judge.order.name().to_owned(),
        detections,
        kept_count: kept,
        // mark: dropped-counted
        dropped_count: detections - kept,
        candidates_count: if evidence.is_complete() { kept - moved_count } else { 0 },
        moved_count,
        veto_status: VetoStatus::of(evidence.is_complete()),
        evidence: evidence.facts(),
        first_reasons: verdict.first_reasons(),
        all_reasons: verdict.all_reasons(),
        clips: clips(&verdict.statistics),
        displacement: displacement.as_ref().map(trust::facts),
        validator: ValidatorFacts {
            pairs_checked: validation.checked as u64,
            tolerance_arcsec: config.validator_tolerance_arcsec,
            radius_arcsec,
            max_difference_arcsec: validation.max_difference_arcsec,
        },
    }))
}

/// The frozen statistics that rest on at least one row.
fn clips(statistics: &Statistics) -> Vec<ClipFacts> {
    let frozen = statistics.clips().into_iter().filter(|clip| clip.count > 0);
    frozen
        .map(|clip| ClipFacts {
            column: clip.column.to_owned(),
            population: clip.population.to_owned(),
            count: clip.count as u64,
            median: clip.median,
            mad: clip.mad,
        })
        .collect()
}
