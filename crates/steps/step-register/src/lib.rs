//! The step register: how each frame lies on the reference of its stack.
//!
//! The stars that measure found are matched with those of the reference, a transformation is fitted, the gradient of the sky
//! measured. No pixel is moved: a unit lists the files of the frame and says how in the fact `registration`; the stack moves pixels
//! where it reads them.

mod background;
mod config;
mod error;
mod fit;

pub use config::RegisterConfig;
pub use error::RegisterError;

use camera_frames::Frames;
use products::{FrameFacts, FrameMetrics, FrameSet, SelectionSet};
use step_contract::{DoneUnit, FileSet as _, Job, Reason, Shared, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

/// Memory of a unit: two tables of stars, the triangles of the brightest, sampled rows.
const UNIT_BYTES: u64 = 96 << 20;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Register;

inputs! {
    /// What register reads.
    pub struct RegisterInputs {
        /// Frames.
        frames: FrameSet,
        /// Their stars.
        metrics: FrameMetrics,
        /// Which frame is the reference of a group.
        selection: Shared<SelectionSet>,
        /// The stars of the references.
        references: Shared<FrameMetrics>,
    }
}

impl Step for Register {
    const ID: &'static str = "register";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = UNIT_BYTES;
    type Config = RegisterConfig;
    type Inputs = RegisterInputs;
    type Output = FrameSet;
    type Error = RegisterError;

    fn run(
        config: &RegisterConfig,
        inputs: RegisterInputs,
        out: &mut OutputDir<FrameSet>,
    ) -> Result<Units<FrameSet>, RegisterError> {
        let reference_of = |group: &str| {
            let facts = inputs.selection.unit(group).and_then(|unit| unit.facts.as_ref());
            facts.and_then(|facts| facts.reference.clone())
        };
        let jobs: Vec<Job> = inputs
            .frames
            .units()
            .map(|frame| {
                let mut job = Job::new(frame.id()).needs(&inputs.frames, frame.id()).needs(&inputs.metrics, frame.id());
                if let Some(group) = frame.group() {
                    job = job.shares(&inputs.selection, group);
                    if let Some(reference) = reference_of(group) {
                        job = job.shares(&inputs.references, &reference);
                    }
                }
                job
            })
            .collect();
        let opener = Frames::new(out.cache());
        out.for_each_unit(jobs, |needs, files| {
            let (frame, metrics) = (needs.unit(&inputs.frames), needs.unit(&inputs.metrics));
            let group = frame.facts().group.as_deref().unwrap_or_default();
            let reference = reference_of(group).ok_or_else(|| RegisterError::NoReference(group.to_owned()))?;
            let stars = needs.named(&inputs.references, &reference);
            let mut registration = match fit::registration(config, &metrics, &stars)? {
                Ok(registration) => registration,
                Err(why) => {
                    let message = format!("it cannot be laid on {reference}: {why}");
                    return Ok(Outcome::NoWork(Reason::new("not_registered", message).with("reference", &reference)));
                }
            };
            if config.background {
                registration.background = background::planes(&opener, &frame)?;
                if registration.background.is_empty() {
                    files.warn("no_gradient", "too few cells of the sky are alike for a plane: its gradient stays");
                }
            }
            let facts = FrameFacts {
                registration: Some(registration),
                quality: Some(metrics.facts().quality.clone()),
                ..frame.facts().clone()
            };
            list(&frame, files)?;
            Ok(Outcome::Done(facts))
        })
    }
}

/// Lists the files of the frame as this unit's.
fn list(frame: &DoneUnit<'_, FrameSet>, files: &mut UnitFiles) -> Result<(), RegisterError> {
    for (role, _) in products::FrameFiles::ROLES {
        // Which masters were looked at is the word of calibrate alone.
        if *role != "matching" && frame.entry(role).is_some() {
            files.refer(role, frame, role)?;
        }
    }
    Ok(())
}
