//! Which frames belong together: lights of one stack, calibration frames of one master.

use std::collections::BTreeMap;

use products::RawFrameFacts;
use products::facts::ValueSource;
use sky_image::FrameKind;

use crate::record::FrameRecord;

/// Name of a target that nothing tells.
const NO_TARGET: &str = "unnamed";
/// Name of a filter that nothing tells.
const NO_FILTER: &str = "nofilter";

/// Gives each frame its group and each light its target as root. `frames`: in the order of their ids.
pub(crate) fn group(frames: &mut [&mut FrameRecord], temperature_gap_c: f64) {
    for frame in frames.iter_mut() {
        name_target(frame);
    }
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, frame) in frames.iter().enumerate() {
        if let Some(name) = base_name(&frame.facts) {
            by_name.entry(name).or_default().push(index);
        }
    }
    for (name, members) in by_name {
        let is_light = frames[members[0]].facts.kind == Some(FrameKind::Light);
        let keys: Vec<Vec<String>> = members.iter().map(|index| distinctions(&frames[*index].facts)).collect();
        let warm =
            if is_light { vec![None; members.len()] } else { temperatures(frames, &members, &keys, temperature_gap_c) };
        for (place, index) in members.iter().enumerate() {
            // A distinction stands in the name where it tells the group from another one of the same name.
            let told = (0..keys[place].len()).filter(|part| keys.iter().any(|key| key[*part] != keys[place][*part]));
            let mut id = name.clone();
            for part in told {
                id.push('_');
                id.push_str(&keys[place][part]);
            }
            if let Some(degrees) = warm[place] {
                id.push_str(&format!("_{degrees:.0}C"));
            }
            frames[*index].facts.group = Some(id_letters(&id));
        }
    }
}

/// A light without a target has that of its folder.
fn name_target(frame: &mut FrameRecord) {
    if frame.facts.kind != Some(FrameKind::Light) {
        return;
    }
    let folder = frame.folder.clone();
    if let Some(exposure) = &mut frame.facts.exposure {
        if exposure.target.is_none()
            && let Some(folder) = folder
        {
            exposure.target = Some(folder.replace('_', " "));
            exposure.sources.insert("target".to_owned(), ValueSource::Path);
        }
        frame.facts.root = Some(id_letters(exposure.target.as_deref().unwrap_or(NO_TARGET)));
    }
}

/// The name of the group before distinctions; none for a frame of unknown kind and for a stack that another program made.
fn base_name(facts: &RawFrameFacts) -> Option<String> {
    let exposure = facts.exposure.as_ref()?;
    let target = exposure.target.as_deref().unwrap_or(NO_TARGET);
    let filter = exposure.filter.as_deref().unwrap_or(NO_FILTER);
    let seconds = exposure.exposure_s.map_or("unknown".to_owned(), seconds);
    let night = facts.time.as_ref().and_then(|time| time.night.as_deref()).unwrap_or("nonight");
    match facts.kind? {
        FrameKind::Light => {
            let panel = exposure.panel.as_ref().map(|panel| format!("_panel{panel}")).unwrap_or_default();
            Some(format!("{target}{panel}_{filter}_{seconds}s"))
        }
        FrameKind::Bias => Some(format!("bias_{night}")),
        FrameKind::Dark => Some(format!("dark_{seconds}s_{night}")),
        FrameKind::DarkFlat => Some(format!("darkflat_{seconds}s_{night}")),
        FrameKind::Flat => Some(format!("flat_{filter}_{night}")),
        _ => None,
    }
}

/// What frames of one name must share to be stacked: camera (with its telescope, but for a Seestar, whose telescope is the camera under
/// two names), size, binning, gain, offset, readout mode, set temperature.
fn distinctions(facts: &RawFrameFacts) -> Vec<String> {
    let camera = facts.camera.as_ref();
    let number = |letter: &str, value: Option<f64>| value.map(|value| format!("{letter}{value}")).unwrap_or_default();
    let name = camera.and_then(|camera| camera.name.clone()).unwrap_or_default();
    let telescope = facts.exposure.as_ref().and_then(|exposure| exposure.telescope.clone()).unwrap_or_default();
    let is_dark = matches!(facts.kind, Some(FrameKind::Bias | FrameKind::Dark | FrameKind::DarkFlat));
    let optic = if name.starts_with("Seestar") || is_dark { String::new() } else { telescope };
    let bayer = camera.and_then(|camera| camera.bayer).map_or("mono", |bayer| bayer.pattern.name());
    vec![
        optic,
        name,
        format!("{}x{}", facts.width_px.unwrap_or(0), facts.height_px.unwrap_or(0)),
        number("b", camera.and_then(|camera| camera.binning_x).map(|binning| binning as f64)),
        number("g", camera.and_then(|camera| camera.gain_setting)),
        number("o", camera.and_then(|camera| camera.offset_setting)),
        camera.and_then(|camera| camera.readout_mode.clone()).unwrap_or_default(),
        bayer.to_owned(),
        number("t", camera.and_then(|camera| camera.set_temperature_c)),
    ]
}

/// The temperature that calibration frames of one name and one set of distinctions are told by, where they fall apart: median of each
/// part between gaps that are larger than the limit. None where a temperature was set, or where they hang together.
fn temperatures(frames: &[&mut FrameRecord], members: &[usize], keys: &[Vec<String>], gap_c: f64) -> Vec<Option<f64>> {
    let mut answer = vec![None; members.len()];
    let mut by_key: BTreeMap<&[String], Vec<(f64, usize)>> = BTreeMap::new();
    for (place, index) in members.iter().enumerate() {
        let camera = frames[*index].facts.camera.as_ref();
        let uncooled = camera.is_some_and(|camera| camera.set_temperature_c.is_none());
        if let Some(degrees) = camera.and_then(|camera| camera.temperature_c).filter(|_| uncooled) {
            by_key.entry(&keys[place]).or_default().push((degrees, place));
        }
    }
    for mut measured in by_key.into_values() {
        measured.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let parts: Vec<&[(f64, usize)]> = measured.chunk_by(|a, b| b.0 - a.0 <= gap_c).collect();
        if parts.len() > 1 {
            for part in parts {
                let median = part[part.len() / 2].0;
                part.iter().for_each(|(_, place)| answer[*place] = Some(median));
            }
        }
    }
    answer
}

/// Seconds without needless zeros: `300`, `0.5`, `0.000064`.
fn seconds(exposure_s: f64) -> String {
    format!("{exposure_s}")
}

/// The letters that a unit's id may have; others, a point at its beginning too, become `_`.
pub(crate) fn id_letters(text: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._+-".contains(letter);
    let id: String = text.trim().chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect();
    if id.starts_with('.') { format!("_{id}") } else { id }
}

#[cfg(test)]
mod tests {
    use products::facts::{CameraFacts, ExposureFacts, TimeFacts};

    use super::*;

    fn frame(kind: FrameKind, change: impl Fn(&mut ExposureFacts, &mut CameraFacts)) -> FrameRecord {
        let mut exposure = ExposureFacts {
            exposure_s: Some(10.0),
            filter: Some("IRCUT".to_owned()),
            target: Some("M 94".to_owned()),
            telescope: Some("S50_1".to_owned()),
            ..ExposureFacts::default()
        };
        let mut camera =
            CameraFacts { name: Some("Seestar S50".to_owned()), gain_setting: Some(80.0), ..CameraFacts::default() };
        change(&mut exposure, &mut camera);
        let time = TimeFacts { night: Some("2025-03-26".to_owned()), ..TimeFacts::default() };
        let facts = RawFrameFacts {
            width_px: Some(1080),
            height_px: Some(1920),
            kind: Some(kind),
            exposure: Some(exposure),
            camera: Some(camera),
            time: Some(time),
            ..RawFrameFacts::new("fit")
        };
        FrameRecord { facts, unfit: Vec::new(), warnings: Vec::new(), first_sum: None, folder: Some("M_94".to_owned()) }
    }

    fn groups(frames: &mut [FrameRecord]) -> Vec<String> {
        let mut all: Vec<&mut FrameRecord> = frames.iter_mut().collect();
        group(&mut all, 3.0);
        frames.iter().map(|frame| frame.facts.group.clone().unwrap_or_default()).collect()
    }

    #[test]
    fn a_stack_is_told_by_target_filter_and_exposure() {
        let mut frames = vec![
            frame(FrameKind::Light, |_, _| {}),
            frame(FrameKind::Light, |exposure, _| exposure.telescope = Some("Seestar S50".to_owned())),
            frame(FrameKind::Light, |exposure, _| exposure.exposure_s = Some(20.0)),
            frame(FrameKind::Light, |exposure, _| exposure.panel = Some("2".to_owned())),
        ];
        assert_eq!(
            groups(&mut frames),
            ["M_94_IRCUT_10s", "M_94_IRCUT_10s", "M_94_IRCUT_20s", "M_94_panel2_IRCUT_10s"],
            "the two names of a Seestar are one telescope"
        );
        assert_eq!(frames[3].facts.root.as_deref(), Some("M_94"), "panels have one target");
    }

    #[test]
    fn what_would_mix_in_one_stack_stands_in_the_name() {
        let mut frames = vec![
            frame(FrameKind::Light, |_, _| {}),
            frame(FrameKind::Light, |_, camera| camera.gain_setting = Some(120.0)),
        ];
        assert_eq!(groups(&mut frames), ["M_94_IRCUT_10s_g80", "M_94_IRCUT_10s_g120"]);
    }

    #[test]
    fn warm_darks_fall_apart_at_a_gap() {
        let dark = |degrees: f64| frame(FrameKind::Dark, move |_, camera| camera.temperature_c = Some(degrees));
        let mut frames = vec![dark(24.5), dark(25.0), dark(26.7), dark(31.0)];
        assert_eq!(
            groups(&mut frames),
            [
                "dark_10s_2025-03-26_25C",
                "dark_10s_2025-03-26_25C",
                "dark_10s_2025-03-26_25C",
                "dark_10s_2025-03-26_31C"
            ]
        );
        assert_eq!(groups(&mut frames[..3]), ["dark_10s_2025-03-26"; 3], "no gap of 3 degrees");
    }

    #[test]
    fn a_light_without_a_target_has_its_folder() {
        let mut frames = vec![frame(FrameKind::Light, |exposure, _| exposure.target = None)];
        assert_eq!(groups(&mut frames), ["M_94_IRCUT_10s"]);
        let target = frames[0].facts.exposure.as_ref().expect("facts").sources.get("target").copied();
        assert_eq!(target, Some(ValueSource::Path));
    }
}
