//! Which masters are applied to a light.

use camera_frames::{master_kind, setup_of};
use products::facts::{FrameKind, MissingMaster};
use products::{MasterCalibrationFacts, MasterCalibrationSet, RawFrameFacts};
use sky_camera::matching::{Choice, MasterKind, Mismatch, Property, Setup, choose, is_by_night, mismatches};
use step_contract::Shared;

use crate::config::{CalibrateConfig, DarkRule, FlatRule};

/// A master to choose from.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) id: &'a str,
    pub(crate) facts: &'a MasterCalibrationFacts,
    pub(crate) kind: MasterKind,
    pub(crate) setup: Setup,
}

/// The masters that are done.
pub(crate) fn candidates(masters: &Shared<MasterCalibrationSet>) -> Vec<Candidate<'_>> {
    masters
        .units()
        .filter_map(|unit| {
            let facts = unit.facts()?;
            let size = Some((facts.width_px, facts.height_px));
            let setup = setup_of(facts.camera.as_ref(), facts.exposure.as_ref(), facts.time.as_ref(), size);
            Some(Candidate { id: unit.id(), facts, kind: master_kind(facts.kind)?, setup })
        })
        .collect()
}

/// The setting of a light.
pub(crate) fn setup_of_light(light: &RawFrameFacts) -> Setup {
    let size = light.width_px.zip(light.height_px);
    setup_of(light.camera.as_ref(), light.exposure.as_ref(), light.time.as_ref(), size)
}

/// What is applied to a light, by places among the candidates, and what stands in the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    pub(crate) bias: Option<usize>,
    pub(crate) dark: Option<usize>,
    /// The dark has another exposure.
    pub(crate) is_scaled: bool,
    pub(crate) flat: Option<usize>,
    /// Kinds of which several belong to the light alike, with their places.
    pub(crate) several: Vec<(MasterKind, Vec<usize>)>,
    /// Kinds that are not there.
    pub(crate) missing: Vec<FrameKind>,
    /// Of these the ones that the configuration does not let a frame go without.
    pub(crate) refused: Vec<FrameKind>,
    /// Why a dark of another exposure may not be scaled.
    pub(crate) unscalable: Option<String>,
    /// The bias is known by its night alone.
    pub(crate) bias_by_night: bool,
    /// A flat is there, but nothing takes off the level that the camera adds, with which it would be applied to that too.
    pub(crate) flat_left_out: bool,
}

impl Plan {
    /// Places of all masters that the plan rests on, those that stand in each other's way too: they enter the key of the unit.
    pub(crate) fn places(&self) -> Vec<usize> {
        let several = self.several.iter().flat_map(|(_, places)| places).copied();
        let mut places: Vec<usize> = [self.bias, self.dark, self.flat].into_iter().flatten().chain(several).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The rule of each kind, as facts have it.
    pub(crate) fn policy(&self) -> String {
        let rule = |place: Option<usize>, applied: &'static str| if place.is_some() { applied } else { "none" };
        let dark = rule(self.dark, if self.is_scaled { "scaled" } else { "exact" });
        // The bias is in the dark, where there is one that is not scaled.
        let bias = if self.dark.is_some() && !self.is_scaled { "in_dark" } else { rule(self.bias, "exact") };
        let flat = rule(self.flat, "exact");
        if (bias, dark, flat) == ("none", "none", "none") {
            return "none".to_owned();
        }
        format!("bias:{bias} dark:{dark} flat:{flat}")
    }
}

/// The plan of a light.
pub(crate) fn plan(light: &Setup, candidates: &[Candidate<'_>], config: &CalibrateConfig) -> Plan {
    let mut plan = Plan::default();
    let choice = |kind: MasterKind| {
        let places: Vec<usize> = (0..candidates.len()).filter(|place| candidates[*place].kind == kind).collect();
        let setups: Vec<&Setup> = places.iter().map(|place| &candidates[*place].setup).collect();
        match choose(light, &setups, kind, &config.matching) {
            Choice::One(place) => Choice::One(places[place]),
            Choice::Several(found) => Choice::Several(found.into_iter().map(|place| places[place]).collect()),
            Choice::None => Choice::None,
        }
    };
    match choice(MasterKind::Dark) {
        Choice::One(dark) => plan.dark = Some(dark),
        Choice::Several(places) => plan.several.push((MasterKind::Dark, places)),
        Choice::None => {
            plan.missing.push(FrameKind::Dark);
            without_exact_dark(light, candidates, config, &choice, &mut plan);
        }
    }
    match choice(MasterKind::Flat) {
        Choice::One(flat) if plan.dark.is_some() || plan.bias.is_some() => plan.flat = Some(flat),
        Choice::One(_) => plan.flat_left_out = plan.several.is_empty(),
        Choice::Several(places) => plan.several.push((MasterKind::Flat, places)),
        Choice::None => {
            plan.missing.push(FrameKind::Flat);
            if config.flat == FlatRule::Exact {
                plan.refused.push(FrameKind::Flat);
            }
        }
    }
    plan
}

fn without_exact_dark(
    light: &Setup,
    candidates: &[Candidate<'_>],
    config: &CalibrateConfig,
    choice: &impl Fn(MasterKind) -> Choice,
    plan: &mut Plan,
) {
    if config.dark == DarkRule::Exact {
        plan.refused.push(FrameKind::Dark);
        return;
    }
    match choice(MasterKind::Bias) {
        Choice::One(bias) => {
            plan.bias_by_night = is_by_night(light, &candidates[bias].setup);
            plan.bias = Some(bias);
        }
        Choice::Several(places) => return plan.several.push((MasterKind::Bias, places)),
        Choice::None => plan.missing.push(FrameKind::Bias),
    }
    plan.dark = scaled_dark(light, candidates, config, plan);
    plan.is_scaled = plan.dark.is_some();
    if plan.dark.is_none() && config.dark == DarkRule::Scaled {
        plan.refused.push(FrameKind::Dark);
    }
}

/// Of the darks that differ in exposure alone the longest that is not longer than the light, else the shortest.
fn scaled_dark(
    light: &Setup,
    candidates: &[Candidate<'_>],
    config: &CalibrateConfig,
    plan: &mut Plan,
) -> Option<usize> {
    let wanted = light.exposure_s.filter(|exposure| *exposure > 0.0)?;
    let differs_in_exposure_alone = |candidate: &Candidate<'_>| {
        let found = mismatches(light, &candidate.setup, MasterKind::Dark, &config.matching);
        candidate.kind == MasterKind::Dark && found.iter().all(|mismatch| mismatch.property == Property::Exposure)
    };
    let mut darks: Vec<(f64, usize)> = (0..candidates.len())
        .filter(|place| differs_in_exposure_alone(&candidates[*place]))
        .filter_map(|place| Some((candidates[place].setup.exposure_s.filter(|exposure| *exposure > 0.0)?, place)))
        .collect();
    darks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let best = darks.iter().rev().find(|dark| dark.0 <= wanted).or(darks.first())?.0;
    let alike: Vec<usize> = darks.iter().filter(|dark| dark.0 == best).map(|dark| dark.1).collect();
    let [dark] = alike.as_slice() else {
        plan.several.push((MasterKind::Dark, alike));
        return None;
    };
    let forbids = match candidates[*dark].facts.master.glow {
        _ if plan.bias.is_none() => {
            Some("no bias belongs to the frame, without which a dark cannot be scaled".to_owned())
        }
        None => Some(format!("dark {} was not tested for the glow of the amplifier", candidates[*dark].id)),
        Some(glow) if glow.has_glow => Some(format!(
            "dark {} has the glow of the amplifier ({:.0} ADU between a corner and the middle), which does not grow as the dark current",
            candidates[*dark].id, glow.glow_adu
        )),
        Some(glow) if glow.is_clamped => Some(format!(
            "the level of dark {} falls with the exposure: the camera moves its black level, and no factor is right",
            candidates[*dark].id
        )),
        Some(_) => None,
    };
    plan.unscalable = forbids;
    plan.unscalable.is_none().then_some(*dark)
}

/// Why each candidate does not belong to a light; nothing of one that does.
pub(crate) fn explained<'c, 'a>(
    light: &'c Setup,
    candidates: &'c [Candidate<'a>],
    config: &'c CalibrateConfig,
) -> impl Iterator<Item = (&'c Candidate<'a>, Vec<Mismatch>)> {
    candidates
        .iter()
        .filter(|candidate| candidate.kind != MasterKind::DarkFlat)
        .map(|candidate| (candidate, mismatches(light, &candidate.setup, candidate.kind, &config.matching)))
}

/// What to shoot for a light.
pub(crate) fn wanted(kind: FrameKind, light: &Setup) -> MissingMaster {
    let is_flat = kind == FrameKind::Flat;
    MissingMaster {
        kind,
        camera: light.camera.clone(),
        gain_setting: light.gain,
        offset_setting: light.offset,
        iso: light.iso,
        temperature_c: light.temperature_c.filter(|_| !is_flat),
        exposure_s: light.exposure_s.filter(|_| kind == FrameKind::Dark),
        binning: light.binning.map(|(x, y)| format!("{x}x{y}")),
        readout_mode: light.readout_mode.clone(),
        filter: light.filter.clone().filter(|_| is_flat),
        telescope: light.optic.clone().filter(|_| is_flat),
        night: light.night.clone().filter(|_| is_flat),
    }
}
