//! The step masters: biases, darks, dark-flats and flats, each made once in the library and used by every run.
//!
//! Bias and dark: the mean with winsorized rejection, no normalisation; the bias stays in the dark. Flat: less its dark-flat or bias,
//! each frame brought to one level by a factor, then the same mean. Blocks of rows of all frames are in memory, never whole frames.

mod build;
mod config;
mod error;
mod groups;
mod header;
mod made;

pub use config::MastersConfig;
pub use error::MastersError;

use std::collections::BTreeMap;

use camera_frames::Frames;
use products::{MasterCalibrationFacts, MasterCalibrationSet, RawFrameSet};
use step_contract::{Job, Members, Needs, Shared, inputs};
use step_harness::{Library, Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::groups::{Base, Group, base_of, groups};

/// Memory beside the pixels: headers, tables, the program's buffers.
const BASE_BYTES: u64 = 48 << 20;
/// Memory for a pixel of the master: the master itself, what is left of it without its glow, deviations, and a master to take off.
const BYTES_PER_PIXEL: u64 = 16;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Masters;

inputs! {
    /// What masters reads.
    pub struct MastersInputs {
        /// Calibration frames, by the master that they are to make.
        frames: Members<RawFrameSet>,
        /// The same frames, as what is taken off those of another group first.
        bases: Shared<RawFrameSet>,
    }
}

impl Step for Masters {
    const ID: &'static str = "masters";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Group;
    const KINDS: &'static [&'static str] = &["bias", "dark", "dark_flat", "flat"];
    const MEMORY_PER_UNIT_BYTES: u64 = BASE_BYTES;
    type Config = MastersConfig;
    type Inputs = MastersInputs;
    type Output = MasterCalibrationSet;
    type Error = MastersError;

    fn run(
        config: &MastersConfig,
        inputs: MastersInputs,
        out: &mut OutputDir<MasterCalibrationSet>,
    ) -> Result<Units<MasterCalibrationSet>, MastersError> {
        let maker = Maker {
            config,
            groups: groups(&inputs.frames),
            inputs: &inputs,
            opener: Frames::new(out.cache()),
            library: out.library(),
        };
        let ids: Vec<String> = inputs.frames.groups().map(str::to_owned).collect();
        let jobs: Vec<Job> = ids.iter().map(|id| maker.job(id)).collect();
        out.for_each_unit(jobs, |needs, files| maker.unit(needs, files).map(Outcome::Done))
    }
}

/// What makes masters.
struct Maker<'a> {
    config: &'a MastersConfig,
    inputs: &'a MastersInputs,
    groups: BTreeMap<String, Group>,
    opener: Frames,
    library: Library<MasterCalibrationSet>,
}

impl Maker<'_> {
    fn base(&self, id: &str) -> Base {
        base_of(id, &self.groups, &self.config.matching, self.config.least_frames as usize)
    }

    /// What a master needs: its own frames, and those of the master that is taken off them.
    fn job(&self, id: &str) -> Job {
        let mut job = Job::new(id).members(&self.inputs.frames, id);
        if let Some(base) = self.base(id).group {
            let kept = self.inputs.frames.of(&base);
            for unit in kept.iter().filter_map(|member| member.kept()) {
                job = job.shares(&self.inputs.bases, unit.id());
            }
        }
        let pixels = self.groups.get(id).map_or(0, |group| group.width_px * group.height_px);
        let memory = BASE_BYTES + (u64::from(self.config.block_mib) << 20) + BYTES_PER_PIXEL * pixels;
        job.min_members(self.config.least_frames as usize).memory(memory)
    }

    /// A unit: the master of the library, listed.
    fn unit(&self, needs: &Needs<'_>, files: &mut UnitFiles) -> Result<MasterCalibrationFacts, MastersError> {
        let shelved =
            self.library.get_or_make::<MastersError>(&self.job(needs.id()), |needs, shelf| self.make(needs, shelf))?;
        let unit = shelved.unit();
        for role in ["master", "defects"] {
            if unit.entry(role).is_some() {
                files.refer(role, &unit, role)?;
            }
        }
        for warning in unit.warnings() {
            files.warn(&warning.kind, warning.message.clone());
        }
        Ok(unit.facts().clone())
    }

    fn make(&self, needs: &Needs<'_>, shelf: &mut UnitFiles) -> Result<MasterCalibrationFacts, MastersError> {
        let base = self.base(needs.id());
        if let Some(problem) = base.problem {
            return Err(MastersError::NoBias(format!(
                "the flats of {} need a bias or dark-flats of their own setting: {problem}; add such frames",
                needs.id()
            )));
        }
        let base = match &base.group {
            Some(id) => {
                let made =
                    self.library.get_or_make::<MastersError>(&self.job(id), |needs, shelf| self.make(needs, shelf))?;
                Some(made)
            }
            None => None,
        };
        let group = needs.group(&self.inputs.frames);
        let own = &self.groups[needs.id()];
        let base = base.as_ref().map(|base| base.unit());
        made::make(self.config, &self.opener, own, &group, base.as_ref(), shelf)
    }
}
