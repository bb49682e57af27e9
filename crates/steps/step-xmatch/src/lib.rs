//! The step xmatch: every pair of a detection and a reference within the radius, and what is left on both sides.
//!
//! References are carried by proper motion to the epoch of the plate, and the detections are tied to Gaia there, before anything is matched; the positions of the
//! header stay beside the tied ones. Which reference is a veto is filter's business: here every reference is only matched.

mod backend;
mod cds;
mod config;
mod detections;
mod error;
mod references;
mod stilts;
mod tables;
mod tied;

pub use config::{CdsConfig, PositionColumns, TieConfig, XmatchConfig, XmatchEngine};
pub use error::XmatchError;

use products::match_table::CdsFacts;
use products::{MatchFacts, MatchTable, ReferenceCatalog, ReferenceMatch, SourceCatalog};
use sky_services::ServiceClient;
use step_contract::{About, Job, MemberUnit, Needs, RowMeaning, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, ToolError, UnitFiles, Units};

use crate::backend::Matched;
use crate::references::Reference;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Xmatch;

inputs! {
    /// What xmatch reads.
    pub struct XmatchInputs {
        /// The detections of each tile.
        detections: SourceCatalog,
        /// What the sky holds today.
        references: Vec<ReferenceCatalog>,
    }
}

impl Step for Xmatch {
    const ID: &'static str = "xmatch";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const ENGINES: &'static [&'static str] = &["native", stilts::TOOL.engine];
    // A crowded tile: 50,000 detections against three catalogues of 200,000 rows.
    const MEMORY_PER_UNIT_BYTES: u64 = 256 << 20;
    const ABOUT: About =
        About { explained_roles: &[("xmatch", RowMeaning::Pair), ("local", RowMeaning::Unpaired)], ..About::PLAIN };
    type Config = XmatchConfig;
    type Inputs = XmatchInputs;
    type Output = MatchTable;
    type Error = XmatchError;

    fn engine(config: &XmatchConfig) -> Result<step_contract::Engine, ToolError> {
        match config.engine {
            XmatchEngine::Native => Ok(Self::native_engine()),
            XmatchEngine::Stilts => stilts::TOOL.found(),
        }
    }

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &XmatchConfig,
        inputs: XmatchInputs,
        out: &mut OutputDir<MatchTable>,
    ) -> Result<Units<MatchTable>, XmatchError> {
        let archive = match config.cds.enabled {
            true => Some(service_harness::client(&config.cds.transfer, out)?),
            false => None,
        };
        let jobs: Vec<Job> = inputs
            .detections
            .units()
            .map(|tile| Job::new(tile.id()).needs(&inputs.detections, tile.id()).needs(&inputs.references, tile.id()))
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            match_tile(config, &inputs, archive.as_ref(), needs, files).map(Outcome::Done)
        })
    }
}

fn match_tile(
    config: &XmatchConfig,
    inputs: &XmatchInputs,
    archive: Option<&ServiceClient>,
    needs: &Needs<'_>,
    files: &mut UnitFiles,
) -> Result<MatchFacts, XmatchError> {
    let tile = needs.unit(&inputs.detections);
    let epoch_yr = tile.facts().exposure.as_ref().and_then(|exposure| exposure.epoch_yr);
    if epoch_yr.is_none() {
        files
            .warn("no_epoch", "the plate has no date of observation: references stand at the epoch of their catalogue");
    }
    let mut detections = detections::read(&tile.file("catalog"), config.positions, files)?;
    let members = needs.members(&inputs.references);
    let references = members
        .iter()
        .filter_map(|member| Some((member, member.done.as_ref()?)))
        .map(|(member, done)| references::read(config, member, done, epoch_yr))
        .collect::<Result<Vec<Reference>, XmatchError>>()?;
    let tie = tied::tie_to(&config.tie, &references, &mut detections);
    let matched = references
        .iter()
        .map(|reference| backend::match_reference(config, &detections, reference, files))
        .collect::<Result<Vec<Matched>, XmatchError>>()?;
    let second = match archive {
        Some(archive) => Some(cds::match_all(config, archive, &detections, &references, files)?),
        None => None,
    };

    tables::write_pairs(files, &detections, &references, &matched)?;
    let unmatched_local = tables::write_unmatched(files, "local", &detections, &references, |i| {
        Some(matched[i].cross.detections.unmatched.clone())
    })?;
    let unmatched_cdss = tables::write_unmatched(files, "cdss", &detections, &references, |i| {
        second.as_ref().and_then(|second| second[i].clone())
    })?;
    tables::write_reference_only(files, &references, &matched)?;

    let mut has_pair = vec![false; detections.len()];
    for pair in matched.iter().flat_map(|matched| &matched.cross.pairs) {
        has_pair[pair.detection] = true;
    }
    let solution = tile.facts().astrometry.as_ref().map(|astrometry| astrometry.solution.clone());
    Ok(MatchFacts {
        match_radius_arcsec: config.match_radius_arcsec,
        epoch_yr,
        astrometric_solution: solution.map(|solution| if tie.ok { format!("{solution}+tie") } else { solution }),
        detections: detections.len() as u64,
        detections_invalid: detections.invalid() as u64,
        matched_count: has_pair.iter().filter(|&&has| has).count() as u64,
        unmatched_local,
        unmatched_cdss,
        references: reference_facts(&members, &references, &matched),
        tie,
        cdss: second.map_or(CdsFacts { backend: "disabled".to_owned(), local_only: None, cds_only: None }, |second| {
            cds::compare(&second, &matched)
        }),
    })
}

/// One entry for each reference that is bound, done or not.
fn reference_facts(
    members: &[MemberUnit<'_, ReferenceCatalog>],
    references: &[Reference],
    matched: &[Matched],
) -> Vec<ReferenceMatch> {
    let mut done = references.iter().zip(matched);
    members
        .iter()
        .map(|member| match member.done.as_ref().and_then(|_| done.next()) {
            Some((reference, matched)) => matched.facts(reference),
            None => references::not_done(member),
        })
        .collect()
}
