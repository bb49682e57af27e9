//! The step cull: which frames of a stack are used, and on which of them the others are laid.
//!
//! Each frame is held against fixed limits of its rig and against median and scatter of its group, then laid on a reference frame by its
//! stars: these say how clear the sky was and which parts are hidden. Nothing is moved or deleted.

mod config;
mod error;
mod frame;
mod limits;
mod matched;
mod picture;
mod table;

pub use config::{CullConfig, FixedLimits, GroupLimits, RigLimits};
pub use error::CullError;

use std::collections::BTreeMap;

use products::facts::FrameKind;
use products::{FrameMetrics, SelectionSet, SelectionSetFacts};
use step_contract::{Job, Members, Needs, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::frame::Frame;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Cull;

inputs! {
    /// What cull reads.
    pub struct CullInputs {
        /// Metrics of the frames of each stack.
        frames: Members<FrameMetrics>,
    }
}

impl Step for Cull {
    const ID: &'static str = "cull";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Group;
    // 2,000 frames of 1,000 stars.
    const MEMORY_PER_UNIT_BYTES: u64 = 256 << 20;
    type Config = CullConfig;
    type Inputs = CullInputs;
    type Output = SelectionSet;
    type Error = CullError;

    fn run(
        config: &CullConfig,
        inputs: CullInputs,
        out: &mut OutputDir<SelectionSet>,
    ) -> Result<Units<SelectionSet>, CullError> {
        // A group of which nothing is left has its table all the same.
        let jobs: Vec<Job> = inputs
            .frames
            .groups()
            .map(|group| {
                let job = Job::new(group).members(&inputs.frames, group).min_members(0);
                let members = inputs.frames.of(group);
                let root =
                    members.iter().find_map(|member| inputs.frames.unit(member.id()).and_then(|unit| unit.root()));
                root.into_iter().fold(job, |job, root| job.in_group(root))
            })
            .collect();
        out.for_each_unit(jobs, |needs, files| one_group(config, &inputs.frames, needs, files))
    }
}

fn one_group(
    config: &CullConfig,
    input: &Members<FrameMetrics>,
    needs: &Needs<'_>,
    files: &mut UnitFiles,
) -> Result<Outcome<SelectionSetFacts>, CullError> {
    let group = needs.group(input);
    let mut frames = group.members.iter().map(Frame::of).collect::<Result<Vec<_>, CullError>>()?;
    let n_measured = frames.iter().filter(|frame| frame.has_picture()).count();
    if (n_measured as u64) < config.group.min_frames {
        let message = format!(
            "{n_measured} frames were measured, {} are needed for limits by median and scatter: fixed limits alone are tried",
            config.group.min_frames
        );
        files.warn("few_frames", message);
    }
    let mut limits = limits::judge_alone(config, &mut frames);
    let mut reference = matched::first_reference(&frames);
    let mut session_star_count = 0;
    if let Some(first) = reference {
        session_star_count = matched::match_all(config, &mut frames, first);
        if config.reject_unmatched {
            matched::reject_unmatched(&mut frames);
        }
        limits.extend(limits::judge_together(config, &mut frames));
        reference = Some(lay_on_the_last(config, &mut frames, first));
    }
    table::write(files, &frames, reference)?;
    let svg = picture::picture(needs.id(), &frames, reference, &limits).to_svg()?;
    files.write("strip", "_strip.svg", None, |out| -> Result<(), CullError> {
        out.write_all(svg.as_bytes()).map_err(|source| {
            CullError::from(step_harness::OutputError { path: format!("{}_strip.svg", needs.id()).into(), source })
        })
    })?;
    Ok(Outcome::Done(facts(needs.id(), input, &frames, reference, session_star_count, limits)))
}

/// The frame that the stack is laid on: the best of those that are kept, where all of them can be laid on it, else the first one.
/// Shifts and counts are then told against it; how clear a frame is stays what it was judged by.
fn lay_on_the_last(config: &CullConfig, frames: &mut Vec<Frame<'_>>, first: usize) -> usize {
    let Some(last) = matched::last_reference(frames).filter(|last| *last != first) else { return first };
    let mut again = frames.clone();
    matched::match_all(config, &mut again, last);
    if again.iter().any(|frame| frame.is_kept() && frame.matched.is_none()) {
        // A first reference that is left out is none.
        return if frames[first].is_kept() { first } else { last };
    }
    for (frame, before) in again.iter_mut().zip(frames.iter()) {
        if let (Some(matched), Some(before)) = (&mut frame.matched, &before.matched) {
            (matched.transparency, matched.occluded_fraction) = (before.transparency, before.occluded_fraction);
        }
    }
    *frames = again;
    last
}

fn facts(
    id: &str,
    input: &Members<FrameMetrics>,
    frames: &[Frame<'_>],
    reference: Option<usize>,
    session_star_count: usize,
    limits: Vec<products::selection_set::LimitFacts>,
) -> SelectionSetFacts {
    let root =
        input.of(id).iter().find_map(|member| input.unit(member.id()).and_then(|unit| unit.root().map(str::to_owned)));
    let kept_count = frames.iter().filter(|frame| frame.is_kept()).count() as u64;
    let mut rejected_by_rule: BTreeMap<String, u64> = BTreeMap::new();
    for frame in frames {
        let mut rules: Vec<&str> = frame.reasons.iter().map(|reason| reason.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        for rule in rules {
            *rejected_by_rule.entry(rule.to_owned()).or_default() += 1;
        }
    }
    SelectionSetFacts {
        group: root.clone(),
        kind: Some(FrameKind::Light),
        root,
        offered_count: frames.len() as u64,
        kept_count,
        rejected_count: frames.len() as u64 - kept_count,
        rejected_by_rule,
        reference: reference.map(|at| frames[at].unit.to_owned()),
        session_star_count: session_star_count as u64,
        limits,
    }
}
