//! The step calibrate: which masters are applied to each light, and how.
//!
//! No pixel is written: a unit lists the camera's file and its masters, and every step that reads it calibrates while it reads
//! (`camera_frames`). With `write_frames` the calibrated frame is written, for other programs.

mod config;
mod error;
mod facts;
mod plan;
mod scale;
mod table;
mod write;

pub use config::{CalibrateConfig, DarkRule, FlatRule, ScaleRule};
pub use error::CalibrateError;

use std::collections::BTreeMap;

use camera_frames::Frames;
use products::facts::FrameKind;
use products::selection_set::verdict_of;
use products::{FrameFacts, FrameSet, MasterCalibrationSet, RawFrameSet, SelectionSet};
use step_contract::{DoneUnit, Job, Needs, Reason, Shared, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::plan::{Candidate, Plan, candidates, plan, setup_of_light, wanted};

/// Memory of a unit: tables, and blocks of rows where frames are written.
const UNIT_BYTES: u64 = 96 << 20;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Calibrate;

inputs! {
    /// What calibrate reads.
    pub struct CalibrateInputs {
        /// Lights.
        frames: RawFrameSet,
        /// Which of them are used.
        selection: Shared<SelectionSet>,
        /// Masters.
        masters: Shared<MasterCalibrationSet>,
    }
}

impl Step for Calibrate {
    const ID: &'static str = "calibrate";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const KINDS: &'static [&'static str] = &["light"];
    const MEMORY_PER_UNIT_BYTES: u64 = UNIT_BYTES;
    type Config = CalibrateConfig;
    type Inputs = CalibrateInputs;
    type Output = FrameSet;
    type Error = CalibrateError;

    fn run(
        config: &CalibrateConfig,
        inputs: CalibrateInputs,
        out: &mut OutputDir<FrameSet>,
    ) -> Result<Units<FrameSet>, CalibrateError> {
        let candidates = candidates(&inputs.masters);
        let mut plans: BTreeMap<&str, Plan> = BTreeMap::new();
        let mut jobs = Vec::new();
        for light in inputs.frames.units() {
            let mut job = Job::new(light.id()).needs(&inputs.frames, light.id());
            if let Some(group) = light.group() {
                job = job.shares(&inputs.selection, group);
            }
            if let Some(facts) = light.facts() {
                let plan = plan(&setup_of_light(facts), &candidates, config);
                for place in plan.places() {
                    job = job.shares(&inputs.masters, candidates[place].id);
                }
                plans.insert(light.id(), plan);
            }
            jobs.push(job);
        }
        let opener = Frames::new(out.cache());
        out.for_each_unit(jobs, |needs, files| {
            let light = needs.unit(&inputs.frames);
            if let Some(reason) = rejected(&light, &inputs, needs)? {
                return Ok(Outcome::NoWork(reason));
            }
            let work = Work { config, inputs: &inputs, candidates: &candidates, opener: &opener };
            work.calibrate(&light, &plans[needs.id()], needs, files).map(Outcome::Done)
        })
    }
}

/// Why a light is left out by the selection of its group.
fn rejected(
    light: &DoneUnit<'_, RawFrameSet>,
    inputs: &CalibrateInputs,
    needs: &Needs<'_>,
) -> Result<Option<Reason>, CalibrateError> {
    let Some(group) = light.facts().group.as_deref() else { return Ok(None) };
    let selection = needs.named(&inputs.selection, group);
    let verdict = verdict_of(&selection.file("frames"), light.id())?;
    let left_out =
        |why: String| Some(Reason::new("rejected", format!("the selection of {group} leaves it out: {why}")));
    Ok(match verdict {
        Some(verdict) if verdict.selection.kept => None,
        Some(verdict) => {
            let rules: Vec<&str> = verdict.selection.reasons.iter().map(|reason| reason.rule.as_str()).collect();
            left_out(rules.join(", "))
        }
        None => left_out("it was not looked at".to_owned()),
    })
}

/// The work on lights.
struct Work<'a> {
    config: &'a CalibrateConfig,
    inputs: &'a CalibrateInputs,
    candidates: &'a [Candidate<'a>],
    opener: &'a Frames,
}

impl Work<'_> {
    fn calibrate(
        &self,
        light: &DoneUnit<'_, RawFrameSet>,
        plan: &Plan,
        needs: &Needs<'_>,
        files: &mut UnitFiles,
    ) -> Result<FrameFacts, CalibrateError> {
        let setup = setup_of_light(light.facts());
        self.refuse(plan, light)?;
        if plan.bias_by_night {
            files
                .warn("bias_by_night", "no temperature is known: the bias is taken because it is of the frame's night");
        }
        if plan.flat_left_out {
            let message = "a flat is there, but neither bias nor dark: it would be applied to the level that the camera adds, too";
            files.warn("flat_left_out", message);
        }
        if !plan.missing.is_empty() {
            let kinds: Vec<&str> = plan.missing.iter().map(|kind| kind.name()).collect();
            files.warn(
                "not_calibrated",
                format!("no {} belongs to the frame, as the configuration allows", kinds.join(", no ")),
            );
        }
        let master =
            |place: Option<usize>| place.map(|place| needs.named(&self.inputs.masters, self.candidates[place].id));
        let (bias, dark, flat) = (master(plan.bias), master(plan.dark), master(plan.flat));
        let mut facts = facts::of(self.config, light.facts(), plan, dark.as_ref(), flat.as_ref());
        if let Some(calibration) = &mut facts.calibration {
            calibration.missing = plan.missing.iter().map(|kind| wanted(*kind, &setup)).collect();
            if let (Some(dark), Some(bias)) = (&dark, bias.as_ref().filter(|_| plan.is_scaled)) {
                scale::set(self.config, self.opener, light, dark, bias, calibration)?;
            }
        }
        let rows = table::rows(&setup, self.candidates, self.config);
        let count = rows.len() as u64;
        files.write("matching", "_matching.csv", Some(count), |writer| table::write(&rows, writer))?;
        // The bias stays in a dark that is not scaled, and is not taken off a second time.
        let has_defects = dark.as_ref().is_some_and(|dark| dark.entry("defects").is_some());
        let defects = dark.clone().filter(|_| self.config.defects_of_dark && has_defects);
        if self.config.write_frames {
            write::frame(self.opener, light, &facts, [bias, dark, flat, defects], files)?;
            return Ok(facts);
        }
        files.refer("raw", light, "raw")?;
        for (role, from, unit) in [
            ("bias", "master", &bias),
            ("dark", "master", &dark),
            ("flat", "master", &flat),
            ("defects", "defects", &defects),
        ] {
            if let Some(unit) = unit {
                files.refer(role, unit, from)?;
            }
        }
        Ok(facts)
    }

    /// Ends a light for which the masters are ambiguous, or lack what the configuration does not let it go without.
    fn refuse(&self, plan: &Plan, light: &DoneUnit<'_, RawFrameSet>) -> Result<(), CalibrateError> {
        if let Some((kind, places)) = plan.several.first() {
            let masters: Vec<&str> = places.iter().map(|place| self.candidates[*place].id).collect();
            return Err(CalibrateError::Several { kind: kind.name(), masters: masters.join(", ") });
        }
        if plan.refused.is_empty() {
            return Ok(());
        }
        let setup = setup_of_light(light.facts());
        let said: Vec<String> =
            plan.refused.iter().map(|kind| table::sentence(*kind, &setup, self.candidates, self.config)).collect();
        let unscalable = plan.unscalable.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
        let missing: Vec<_> = plan.missing.iter().map(|kind| wanted(*kind, &setup)).collect();
        let cure = match plan.refused.as_slice() {
            [FrameKind::Flat] => "calibrate.flat = \"none\"",
            [FrameKind::Dark] => "calibrate.dark = \"scaled\" or \"none\"",
            _ => "calibrate.dark = \"none\" and calibrate.flat = \"none\"",
        };
        let message = format!("{}{unscalable}; shoot it, or allow to go without ({cure})", said.join("; "));
        Err(CalibrateError::Missing(message, missing))
    }
}
