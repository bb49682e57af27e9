//! The step stack: the frames of a group as one image.
//!
//! Blocks of rows of all frames are in memory, never whole frames: each is calibrated, debayered, freed of its gradient, moved onto the
//! reference and brought to its level where it is read; outlying pixels and trails are left out; the rest is averaged by weight.

mod blocks;
mod config;
mod error;
mod facts;
mod header;
mod levels;
mod members;
mod pictures;
mod scratch;
mod times;
mod written;

pub use config::StackConfig;
pub use error::StackError;

use camera_frames::Frames;
use products::{FrameFacts, FrameSet};
use step_contract::{Job, Members, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

/// Memory beside the blocks: headers, kernels, what is read and debayered for each thread, the pictures.
const BASE_BYTES: u64 = 192 << 20;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Stack;

inputs! {
    /// What stack reads.
    pub struct StackInputs {
        /// Registered frames, by the stack that they are to make.
        frames: Members<FrameSet>,
    }
}

impl Step for Stack {
    const ID: &'static str = "stack";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Group;
    const KINDS: &'static [&'static str] = &["light"];
    const MEMORY_PER_UNIT_BYTES: u64 = BASE_BYTES;
    type Config = StackConfig;
    type Inputs = StackInputs;
    type Output = FrameSet;
    type Error = StackError;

    fn run(
        config: &StackConfig,
        inputs: StackInputs,
        out: &mut OutputDir<FrameSet>,
    ) -> Result<Units<FrameSet>, StackError> {
        let memory = BASE_BYTES + (u64::from(config.block_mib) << 20);
        let jobs: Vec<Job> = inputs
            .frames
            .groups()
            .map(|group| {
                let job = Job::new(group).members(&inputs.frames, group).memory(memory);
                // The group of a stack is its target, which all of its frames share.
                let root = inputs.frames.of(group).iter().find_map(|member| member.done()?.facts().root.clone());
                let job = job.min_members(config.least_frames as usize);
                root.into_iter().fold(job, |job, root| job.in_group(root))
            })
            .collect();
        let cache = out.cache().to_owned();
        out.for_each_unit(jobs, |needs, files| {
            let group = needs.group(&inputs.frames);
            stack(config, &Frames::new(&cache), &group, files).map(Outcome::Done)
        })
    }
}

fn stack(
    config: &StackConfig,
    opener: &Frames,
    group: &step_contract::Group<'_, FrameSet>,
    files: &mut UnitFiles,
) -> Result<FrameFacts, StackError> {
    let mut members = members::open(config, opener, group)?;
    levels::set(config, &mut members)?;
    let mut made = scratch::Scratch::new(&files.scratch()?, members.shape, members.planes)?;
    let counts = blocks::combine(config, &members, &mut made)?;
    if counts.covered == 0 {
        return Err(StackError::Empty);
    }
    let facts = facts::of(config, &members, group, &counts);
    let header = header::of(&members, &facts);
    written::write(&header, &mut made, files)?;
    pictures::write(config, &members, &mut made, files)?;
    Ok(facts)
}
