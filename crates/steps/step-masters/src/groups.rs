//! The groups of calibration frames, and which of them another one has need of.

use std::collections::BTreeMap;

use camera_frames::{master_kind, setup_of};
use products::facts::{CameraFacts, ExposureFacts, FrameKind, TimeFacts};
use products::{RawFrameFacts, RawFrameSet};
use sky_camera::matching::{Choice, MasterKind, MatchParams, Setup, choose};
use sky_stats::median;
use step_contract::Members;

/// A group of calibration frames.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) kind: FrameKind,
    pub(crate) setup: Setup,
    pub(crate) width_px: u64,
    pub(crate) height_px: u64,
    pub(crate) camera: Option<CameraFacts>,
    pub(crate) exposure: Option<ExposureFacts>,
    pub(crate) time: Option<TimeFacts>,
    /// Frames that can be used.
    pub(crate) usable: usize,
}

/// What is taken off the members of a group first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Base {
    /// The group whose master it is.
    pub(crate) group: Option<String>,
    /// Why there is none, of a group that has need of one.
    pub(crate) problem: Option<String>,
}

/// Every group with frames that can be used, by its id.
pub(crate) fn groups(frames: &Members<RawFrameSet>) -> BTreeMap<String, Group> {
    frames.groups().filter_map(|id| Some((id.to_owned(), group(frames, id)?))).collect()
}

fn group(frames: &Members<RawFrameSet>, id: &str) -> Option<Group> {
    let kept: Vec<&RawFrameFacts> =
        frames.of(id).iter().filter_map(|member| member.kept().map(|unit| unit.facts())).collect();
    let first = *kept.first()?;
    let mut camera = first.camera.clone();
    if let Some(camera) = &mut camera {
        let middle = |value: fn(&CameraFacts) -> Option<f64>| {
            let mut values: Vec<f64> = kept.iter().filter_map(|facts| facts.camera.as_ref().and_then(value)).collect();
            median(&mut values)
        };
        camera.temperature_c = middle(|camera| camera.temperature_c);
        camera.set_temperature_c = middle(|camera| camera.set_temperature_c);
    }
    let exposure = first.exposure.as_ref().map(|exposure| ExposureFacts {
        exposure_s: exposure.exposure_s,
        filter: exposure.filter.clone(),
        telescope: exposure.telescope.clone(),
        focal_length_mm: exposure.focal_length_mm,
        ..ExposureFacts::default()
    });
    let night = |facts: &RawFrameFacts| facts.time.as_ref().and_then(|time| time.night.clone());
    let one_night = kept.iter().all(|facts| night(facts) == night(first));
    let time = night(first).filter(|_| one_night).map(|night| TimeFacts { night: Some(night), ..TimeFacts::default() });
    let size = first.width_px.zip(first.height_px);
    let setup = setup_of(camera.as_ref(), exposure.as_ref(), time.as_ref(), size);
    let (width_px, height_px) = size.unwrap_or_default();
    Some(Group { kind: first.kind?, setup, width_px, height_px, camera, exposure, time, usable: kept.len() })
}

/// What is taken off the frames of a group: a dark-flat or else a bias off flats, a bias off darks (to see whether they may be scaled).
pub(crate) fn base_of(id: &str, groups: &BTreeMap<String, Group>, params: &MatchParams, least: usize) -> Base {
    let Some(own) = groups.get(id) else { return Base::default() };
    let kinds: &[FrameKind] = match own.kind {
        FrameKind::Flat => &[FrameKind::DarkFlat, FrameKind::Bias],
        FrameKind::Dark | FrameKind::DarkFlat => &[FrameKind::Bias],
        _ => &[],
    };
    let mut several = None;
    for kind in kinds {
        let of_kind: Vec<(&String, &Group)> =
            groups.iter().filter(|(_, group)| group.kind == *kind && group.usable >= least).collect();
        let setups: Vec<&Setup> = of_kind.iter().map(|(_, group)| &group.setup).collect();
        match choose(&own.setup, &setups, master_kind(*kind).unwrap_or(MasterKind::Bias), params) {
            Choice::One(place) => return Base { group: Some(of_kind[place].0.clone()), problem: None },
            Choice::Several(places) => {
                let ids: Vec<&str> = places.iter().map(|place| of_kind[*place].0.as_str()).collect();
                several = several.or(Some(format!("{} belong to it alike", ids.join(", "))));
            }
            Choice::None => {}
        }
    }
    let why =
        several.unwrap_or_else(|| "no group of biases or dark-flats has its setting and enough frames".to_owned());
    Base { group: None, problem: (own.kind == FrameKind::Flat).then_some(why) }
}
