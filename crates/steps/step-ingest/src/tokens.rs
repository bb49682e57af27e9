//! What the path of a file says: the patterns of NINA, ASIAIR, Seestar and DWARF, `KEY_VALUE` and `KEY-VALUE` tokens, and the
//! names of folders for the kinds of frames.

use sky_camera::header::normalise_type;
use sky_image::FrameKind;

/// What a path says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tokens {
    pub(crate) kind: Option<FrameKind>,
    pub(crate) exposure_s: Option<f64>,
    pub(crate) gain: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) filter: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) temperature_c: Option<f64>,
    pub(crate) set_temperature_c: Option<f64>,
    pub(crate) binning: Option<u64>,
    pub(crate) camera: Option<String>,
    pub(crate) telescope: Option<String>,
    pub(crate) focal_ratio: Option<f64>,
    pub(crate) readout_mode: Option<String>,
    /// `yyyy-mm-ddThh:mm:ss[.fff]` in the clock of the device.
    pub(crate) stamp: Option<String>,
    pub(crate) is_stacked: bool,
    pub(crate) is_device_rejected: bool,
    /// The folder that the file lies in, where its name says no kind of frame.
    pub(crate) folder: Option<String>,
}

/// Filters of Seestar and DWARF, which stand alone in a name.
const DEVICE_FILTERS: [&str; 6] = ["IRCUT", "LP", "Astro", "Duo-Band", "VIS", "NoFilter"];

/// Reads a path relative to the offered folder, with `/`.
pub(crate) fn read_path(relative: &str) -> Tokens {
    // A hyphen within the keyword would end it.
    let path = relative.replace("SET-TEMP", "SETTEMP").replace("CCD-TEMP", "CCDTEMP");
    let mut components: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let name = components.pop().unwrap_or_default();
    let stem = stem(name);
    let mut tokens = Tokens { kind: kind_of_name(stem), ..Tokens::default() };
    let lower = stem.to_ascii_lowercase();
    tokens.is_stacked = lower.starts_with("stacked") || lower.starts_with("masterlight");
    tokens.is_device_rejected = lower.starts_with("failed_");
    device_name(stem, &mut tokens);
    pairs(stem, &mut tokens);
    for folder in components.iter().rev() {
        tokens.kind = tokens.kind.or_else(|| kind_of_folder(folder));
        rig(folder, &mut tokens);
        pairs(folder, &mut tokens);
    }
    if components.contains(&"CALI_FRAME") {
        // DWARF's own stacks, which their names call `dark` and `flat`.
        tokens.kind = master_of_dwarf(&path);
    }
    tokens.folder =
        components.iter().rev().find(|folder| kind_of_folder(folder).is_none()).map(|folder| (*folder).to_owned());
    tokens
}

/// The name without packing and ending.
fn stem(name: &str) -> &str {
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".fz")).unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

fn kind_of_word(word: &str) -> Option<FrameKind> {
    let singular = match word.to_ascii_lowercase().as_str() {
        "lights" => "light".to_owned(),
        "darks" => "dark".to_owned(),
        "flats" => "flat".to_owned(),
        "biases" | "offsets" => "bias".to_owned(),
        "darkflats" | "flatdarks" => "darkflat".to_owned(),
        word => word.to_owned(),
    };
    match singular.as_str() {
        "light" | "dark" | "flat" | "bias" | "offset" | "darkflat" | "flatdark" => Some(normalise_type(&singular)),
        _ => singular.strip_prefix("master").and_then(kind_of_word).and_then(FrameKind::master),
    }
}

/// The kind at the beginning of a name: `Light_M 42_...`, `Bias-Bias_ASIImg_...`, `masterDark_EXPTIME_...`.
fn kind_of_name(stem: &str) -> Option<FrameKind> {
    let mut words = words(stem);
    let first = words.next()?;
    both(first, words.next())
}

/// The kind that a folder is named for: its first or its last word.
fn kind_of_folder(folder: &str) -> Option<FrameKind> {
    let words: Vec<&str> = words(folder).collect();
    let (first, last) = (words.first()?, words.last()?);
    both(first, words.get(1).copied()).or_else(|| kind_of_word(last))
}

/// `Dark Flat` and `Flat Dark` are one kind.
fn both(first: &str, second: Option<&str>) -> Option<FrameKind> {
    let kind = kind_of_word(first)?;
    match (kind, second.and_then(kind_of_word)) {
        (FrameKind::Dark, Some(FrameKind::Flat)) | (FrameKind::Flat, Some(FrameKind::Dark)) => {
            Some(FrameKind::DarkFlat)
        }
        _ => Some(kind),
    }
}

fn master_of_dwarf(path: &str) -> Option<FrameKind> {
    let lower = path.to_ascii_lowercase();
    ["dark", "flat", "bias"].into_iter().find(|word| lower.contains(word)).and_then(kind_of_word)?.master()
}

/// Tokens that stand alone in the names of ASIAIR, Seestar and DWARF.
fn device_name(stem: &str, tokens: &mut Tokens) {
    let parts: Vec<&str> = stem.split('_').collect();
    let mut exposure_at = None;
    for (at, part) in parts.iter().enumerate() {
        if let Some((seconds, gain)) = exposure(part) {
            tokens.exposure_s = tokens.exposure_s.or(Some(seconds));
            tokens.gain = tokens.gain.or(gain);
            exposure_at = exposure_at.or(Some(at));
        } else if let Some(stamp) = stamp(part) {
            tokens.stamp = tokens.stamp.take().or(Some(stamp));
        } else if let Some(degrees) = part.strip_suffix('C').and_then(|text| text.parse().ok()) {
            tokens.temperature_c = tokens.temperature_c.or(Some(degrees));
        } else if let Some(gain) = part.strip_prefix("gain").and_then(|text| text.parse().ok()) {
            tokens.gain = tokens.gain.or(Some(gain));
        } else if let Some(binning) = part.strip_prefix("Bin").and_then(|text| text.parse().ok()) {
            tokens.binning = tokens.binning.or(Some(binning));
        } else if DEVICE_FILTERS.contains(part) {
            tokens.filter = tokens.filter.take().or_else(|| Some((*part).to_owned()));
        }
    }
    // What stands between the kind, or the beginning, and the exposure is the target.
    if let Some(end) = exposure_at {
        let mut begin = usize::from(kind_of_word(parts[0]).is_some() || tokens.is_stacked || tokens.is_device_rejected);
        if tokens.is_stacked && parts.get(1).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
            begin = 2;
        }
        // A name that begins with its exposure says no target, nor does one of hyphens alone.
        let is_device =
            begin > 0 || parts[end].contains('s') && parts.get(end + 2).is_some_and(|part| stamp(part).is_some());
        if begin < end && is_device && tokens.stamp.is_some() {
            tokens.target = Some(parts[begin..end].join(" "));
        }
    }
}

/// `10.0s`, `0.1sec`, `50.0ms`, and DWARF's `15s60` with its gain.
fn exposure(part: &str) -> Option<(f64, Option<f64>)> {
    let digits = part.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))?;
    let (number, unit) = part.split_at(digits);
    let number: f64 = number.parse().ok()?;
    match unit {
        "s" | "sec" | "secs" => Some((number, None)),
        "ms" => Some((number / 1000.0, None)),
        _ => {
            let gain = unit.strip_prefix('s')?.parse().ok()?;
            Some((number, Some(gain)))
        }
    }
}

/// `20250326-212046`, with milliseconds `20250413-193110677`, and NINA's `2023-12-06_22-10-11` (its two halves are joined by the caller).
fn stamp(part: &str) -> Option<String> {
    let (day, clock) = part.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let sound = day.len() == 8 && (clock.len() == 6 || clock.len() == 9) && digits(day) && digits(clock);
    sound.then(|| {
        let fraction = if clock.len() == 9 { format!(".{}", &clock[6..]) } else { String::new() };
        format!(
            "{}-{}-{}T{}:{}:{}{fraction}",
            &day[..4],
            &day[4..6],
            &day[6..],
            &clock[..2],
            &clock[2..4],
            &clock[4..6]
        )
    })
}

/// `KEY_VALUE` by neighbours, then `KEY-VALUE`; the first one counts.
fn pairs(component: &str, tokens: &mut Tokens) {
    let parts: Vec<&str> = component.split('_').collect();
    for pair in parts.windows(2) {
        set(pair[0], pair[1], tokens);
        let (day, clock) = (pair[0], pair[1]);
        let is_stamp =
            day.len() == 10 && clock.len() >= 8 && day.matches('-').count() == 2 && clock.matches('-').count() == 2;
        if tokens.stamp.is_none() && is_stamp && day.starts_with(|letter: char| letter.is_ascii_digit()) {
            tokens.stamp = Some(format!("{day}T{}", clock.replace('-', ":")));
        }
    }
    for part in parts {
        if let Some((key, value)) = part.split_once('-') {
            set(key, value, tokens);
        }
    }
}

fn set(key: &str, value: &str, tokens: &mut Tokens) {
    let number = || value.trim_end_matches('s').parse::<f64>().ok().filter(|value| value.is_finite());
    let fill = |field: &mut Option<f64>| *field = field.or_else(number);
    let text = |field: &mut Option<String>| {
        if field.is_none() && !value.is_empty() {
            *field = Some(value.to_owned());
        }
    };
    match key {
        "EXP" | "EXPOSURE" | "EXPTIME" => fill(&mut tokens.exposure_s),
        "GAIN" => fill(&mut tokens.gain),
        "OFFSET" => fill(&mut tokens.offset),
        "TEMP" | "CCDTEMP" => fill(&mut tokens.temperature_c),
        "SETTEMP" => fill(&mut tokens.set_temperature_c),
        "FOCRATIO" => fill(&mut tokens.focal_ratio),
        "FILTER" => text(&mut tokens.filter),
        "OBJECT" | "TARGETNAME" => text(&mut tokens.target),
        "INSTRUME" => text(&mut tokens.camera),
        "TELESCOP" => text(&mut tokens.telescope),
        "READOUTM" => text(&mut tokens.readout_mode),
        "IMAGETYP" | "TYPE" => tokens.kind = tokens.kind.or_else(|| kind_of_word(value)),
        "BIN" => tokens.binning = tokens.binning.or_else(|| value.parse().ok()),
        _ => {}
    }
}

/// `SQA55@f4.8+ASI2600MM`: optic, focal ratio, camera.
fn rig(folder: &str, tokens: &mut Tokens) {
    let Some((optic, rest)) = folder.split_once("@f") else { return };
    let Some((ratio, camera)) = rest.split_once('+') else { return };
    let Ok(ratio) = ratio.parse::<f64>() else { return };
    tokens.telescope = tokens.telescope.take().or_else(|| Some(optic.to_owned()));
    tokens.camera = tokens.camera.take().or_else(|| Some(camera.to_owned()));
    tokens.focal_ratio = tokens.focal_ratio.or(Some(ratio));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seestar_and_asiair_names_are_read() {
        let seestar = read_path("M_94/Light_M_94_10.0s_IRCUT_20250326-212046.fit.gz");
        assert_eq!((seestar.kind, seestar.exposure_s), (Some(FrameKind::Light), Some(10.0)));
        assert_eq!((seestar.target.as_deref(), seestar.filter.as_deref()), (Some("M 94"), Some("IRCUT")));
        assert_eq!(seestar.stamp.as_deref(), Some("2025-03-26T21:20:46"));
        let asiair = read_path("Light_NGC 7000_300.0s_Bin1_2600MC_gain100_20250221-220102_-10.0C_0001.fit");
        assert_eq!((asiair.gain, asiair.binning, asiair.temperature_c), (Some(100.0), Some(1), Some(-10.0)));
        assert_eq!((asiair.target.as_deref(), asiair.exposure_s), (Some("NGC 7000"), Some(300.0)));
        assert!(read_path("Stacked_187_NGC 6027A_10.0s_IRCUT_20250513-224835.fit").is_stacked);
    }

    #[test]
    fn dwarf_names_and_folders_are_read() {
        let name =
            "DWARF_RAW_TELE_M 42_EXP_15_GAIN_60_2025-04-13-19-31-00-123/M 42_15s60_Astro_20250413-193110677_27C.fits";
        let dwarf = read_path(name);
        assert_eq!((dwarf.exposure_s, dwarf.gain, dwarf.temperature_c), (Some(15.0), Some(60.0), Some(27.0)));
        assert_eq!((dwarf.target.as_deref(), dwarf.filter.as_deref()), (Some("M 42"), Some("Astro")));
        assert_eq!(dwarf.stamp.as_deref(), Some("2025-04-13T19:31:10.677"));
        assert!(read_path("DWARF_RAW_M 42/failed_M 42_15s60_Astro_20250413-193110677_27C.fits").is_device_rejected);
    }

    #[test]
    fn tokens_of_nina_and_of_masters_are_read() {
        let path = "SQA55@f4.8+ASI2600MM/NGC 7000/FILTER_H_EXP_300.00_SETTEMP_-10.00/2023-12-06_22-10-11_HFR_2.31_TEMP_-10.00.fits";
        let light = read_path(path);
        assert_eq!((light.filter.as_deref(), light.exposure_s), (Some("H"), Some(300.0)));
        assert_eq!((light.set_temperature_c, light.temperature_c), (Some(-10.0), Some(-10.0)));
        assert_eq!((light.telescope.as_deref(), light.camera.as_deref()), (Some("SQA55"), Some("ASI2600MM")));
        assert_eq!((light.focal_ratio, light.stamp.as_deref()), (Some(4.8), Some("2023-12-06T22:10:11")));
        let master = read_path(
            "masterFlat_BIN-1_6248x4176_FILTER-S_mono_INSTRUME-ZWO ASI2600MM Pro_SET-TEMP--10.00_GAIN-100.xisf",
        );
        assert_eq!((master.kind, master.gain), (Some(FrameKind::MasterFlat), Some(100.0)));
        assert_eq!((master.filter.as_deref(), master.set_temperature_c), (Some("S"), Some(-10.0)));
        assert_eq!(master.camera.as_deref(), Some("ZWO ASI2600MM Pro"));
    }

    #[test]
    fn kinds_come_from_names_and_folders_and_not_from_targets() {
        for (path, kind) in [
            ("asi120/Bias-Bias_ASIImg_frame0001.fit.gz", Some(FrameKind::Bias)),
            ("Dark-Dark_0.1s-Dark_ASIImg_0.1sec_frame0001.fit.gz", Some(FrameKind::Dark)),
            ("raw/darks/2024_01_15_-10C/180/a.fit", Some(FrameKind::Dark)),
            ("Dark Flats/a.fit", Some(FrameKind::DarkFlat)),
            ("M42/2024_01_15/L180/a.fit", None),
            ("masterDark_EXPTIME_60.00.xisf", Some(FrameKind::MasterDark)),
            ("CALI_FRAME/dark/cam_0/dark_exp_15.fits", Some(FrameKind::MasterDark)),
        ] {
            assert_eq!(read_path(path).kind, kind, "{path}");
        }
        assert_eq!(read_path("M42/lights/a.fit").folder.as_deref(), Some("M42"));
    }
}
