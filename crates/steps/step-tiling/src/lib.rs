//! The step tiling: which squares of the sky the survey looks at.
//!
//! Targets come from a CSV, from the configuration (`--ra --dec`) or from chance; plates from a folder of images or of
//! plate headers. With plates and no targets each image there is one tile, in place of a plan. Writes `tiles.csv`.

mod error;
mod plates;
mod prepare;
mod table;
mod targets;

pub use error::TilingStepError;

use products::{RawFrameSet, TargetList, TilePlan};
use sky_tiling::TilingParams;
use step_contract::{Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, Units};

use crate::prepare::Prepared;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Tiling;

inputs! {
    /// What tiling reads.
    pub struct TilingInputs {
        /// Lists of targets.
        targets: Option<TargetList>,
        /// Images or headers of plates in a folder.
        plates: Option<RawFrameSet>,
    }
}

impl Step for Tiling {
    const ID: &'static str = "tiling";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Run;
    const MEMORY_PER_UNIT_BYTES: u64 = 1 << 20;
    type Config = TilingParams;
    type Inputs = TilingInputs;
    type Output = TilePlan;
    type Error = TilingStepError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &TilingParams,
        inputs: TilingInputs,
        out: &mut OutputDir<TilePlan>,
    ) -> Result<Units<TilePlan>, TilingStepError> {
        let prepared = prepare::prepare(config, &inputs)?;
        // A tile depends on the whole of its inputs: others may cover a part of it.
        let jobs = prepared.keys().map(|id| {
            let job = Job::new(id);
            let job = inputs.targets.iter().fold(job, |job, targets| job.needs_all(targets));
            inputs.plates.iter().fold(job, |job, plates| job.needs_manifest(plates))
        });
        let units = out.for_each_unit(jobs, |needs, _| match &prepared[needs.id()] {
            Prepared::Tile(facts) => Ok(Outcome::Done(facts.as_ref().clone())),
            Prepared::Refused(refused) => Err(TilingStepError::Plate(refused.clone())),
        })?;
        let rows = table::rows(units.as_slice());
        out.run_file("tiles", "tiles.csv", Some(rows.len() as u64), |file| table::write(&rows, file))?;
        Ok(units)
    }
}
