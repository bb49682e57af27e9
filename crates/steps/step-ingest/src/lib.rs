//! The step ingest: what each camera file is, from its header, its name and the log of its session.
//!
//! Nothing is copied and no pixel is changed. A frame has its kind, the stack or master that it is to be part of, and the source of each
//! value; a file that is no raw frame (stacked, calibrated, resampled, 8-bit, wrapped, written by a processing program, the same pixels
//! as another) ends without work and says why.

mod config;
mod error;
mod facts;
mod groups;
mod record;
mod session_log;
mod survey;
mod time;
mod tokens;
mod twins;
mod unfit;

pub use config::IngestConfig;
pub use error::IngestError;
pub use record::{FrameRecord, record_of};
pub use unfit::Unfit;

use products::{RawFrameFacts, RawFrameSet};
use step_contract::{Job, Reason, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, Units};

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Ingest;

inputs! {
    /// What ingest reads.
    pub struct IngestInputs {
        /// Folders of camera files, as they came.
        raw: RawFrameSet,
    }
}

impl Step for Ingest {
    const ID: &'static str = "ingest";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Run;
    // Headers alone; files that may be the same are read whole, two at a time.
    const MEMORY_PER_UNIT_BYTES: u64 = 4 << 20;
    type Config = IngestConfig;
    type Inputs = IngestInputs;
    type Output = RawFrameSet;
    type Error = IngestError;

    fn run(
        config: &IngestConfig,
        inputs: IngestInputs,
        out: &mut OutputDir<RawFrameSet>,
    ) -> Result<Units<RawFrameSet>, IngestError> {
        let raw = &inputs.raw;
        let surveyed = survey::survey(config, raw);
        // The group of a frame and its twin depend on what else was offered.
        let jobs: Vec<Job> = raw
            .units()
            .map(|unit| {
                let job = Job::new(unit.id()).needs(raw, unit.id()).needs_manifest(raw);
                match surveyed.get(unit.id()) {
                    Some(Ok(frame)) if frame.is_of_its_group() => tied(job, &frame.facts),
                    _ => job,
                }
            })
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let unit = needs.unit(raw);
            let frame = match surveyed.get(needs.id()) {
                Some(Ok(frame)) => frame,
                Some(Err(refused)) => return refused.outcome(),
                None => return Err(IngestError::NotSurveyed(needs.id().to_owned())),
            };
            if let Some(unfit) = frame.unfit.first() {
                let all = frame.unfit.iter().map(Unfit::to_string).collect::<Vec<_>>().join("; ");
                return match unfit {
                    Unfit::Short => Err(IngestError::Short(needs.id().to_owned())),
                    _ => Ok(Outcome::NoWork(Reason::new(unfit.kind(), format!("{}: {all}", needs.id())))),
                };
            }
            for (kind, message) in &frame.warnings {
                files.warn(kind, message.clone());
            }
            files.refer("raw", &unit, "raw")?;
            Ok(Outcome::Done(frame.facts.clone()))
        })
    }
}

/// Group, kind and root of a frame, which a file that turns out to be broken keeps.
fn tied(job: Job, facts: &RawFrameFacts) -> Job {
    let job = facts.kind.into_iter().fold(job, |job, kind| job.of_kind(kind.name()));
    let job = facts.group.iter().fold(job, |job, group| job.in_group(group));
    facts.root.iter().fold(job, |job, root| job.with_root(root))
}
