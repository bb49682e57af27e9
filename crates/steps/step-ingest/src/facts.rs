//! The facts of a frame: the header first, then the path, then the log of the session, then what is documented.

use products::RawFrameFacts;
use products::facts::{BayerFacts, CameraFacts, ExposureFacts, ValueSource, ValueSources};
use sky_camera::header::{CameraRecord, Sourced};
use sky_fits::FileHead;
use sky_image::{CardValue, FrameKind, Header, RowOrder};

use crate::config::IngestConfig;
use crate::session_log::SessionLog;
use crate::time::times;
use crate::tokens::Tokens;

/// Highest value of 16 unsigned bits.
const HIGHEST_16_BIT_ADU: f64 = 65_535.0;
/// BZERO of unsigned 16 bits.
const UNSIGNED_BZERO: f64 = 32_768.0;

/// The facts of a file, without format, group and root.
pub(crate) fn facts(
    head: &FileHead,
    record: &CameraRecord,
    tokens: &Tokens,
    log: Option<&SessionLog>,
    config: &IngestConfig,
) -> RawFrameFacts {
    let mut exposure = exposure(record, tokens, log);
    let time = times(&head.header, record, tokens, config, &mut exposure);
    RawFrameFacts {
        hdu: (head.hdu_index > 0).then_some(head.hdu_index as u64),
        width_px: head.axes.first().copied(),
        height_px: head.axes.get(1).copied(),
        kind: Some(kind(record, tokens, &mut exposure)),
        exposure: Some(exposure),
        camera: Some(camera(head, record, tokens, log, config)),
        time: Some(time),
        ..RawFrameFacts::new("")
    }
}

/// The kind of the header; without one that of the path; a DWARF writes nothing but lights beside its masters.
fn kind(record: &CameraRecord, tokens: &Tokens, exposure: &mut ExposureFacts) -> FrameKind {
    let mut told = |source: ValueSource| exposure.sources.insert("kind".to_owned(), source);
    if record.frame_type.value != FrameKind::Unknown {
        return record.frame_type.value;
    }
    if let Some(kind) = tokens.kind {
        told(ValueSource::Path);
        return kind;
    }
    let is_dwarf = |name: &Option<Sourced<String>>| name.as_ref().is_some_and(|name| name.value.starts_with("DWARF"));
    if record.type_word.is_none() && (is_dwarf(&record.camera) || is_dwarf(&record.telescope)) {
        told(ValueSource::Default);
        return FrameKind::Light;
    }
    FrameKind::Unknown
}

/// A value of the header, or the first that is there of path and log, with its source.
fn pick<T: Clone>(
    sources: &mut ValueSources,
    member: &str,
    header: Option<T>,
    path: Option<T>,
    log: Option<T>,
) -> Option<T> {
    let others = [(path, ValueSource::Path), (log, ValueSource::Sidecar)];
    header.or_else(|| {
        let (value, source) = others.into_iter().find_map(|(value, source)| Some((value?, source)))?;
        sources.insert(member.to_owned(), source);
        Some(value)
    })
}

fn value<T: Clone>(sourced: &Option<Sourced<T>>) -> Option<T> {
    sourced.as_ref().map(|sourced| sourced.value.clone())
}

fn exposure(record: &CameraRecord, tokens: &Tokens, log: Option<&SessionLog>) -> ExposureFacts {
    let mut sources = ValueSources::new();
    let exposure_s = pick(
        &mut sources,
        "exposure_s",
        value(&record.exposure_s),
        tokens.exposure_s,
        log.and_then(|log| log.exposure_s),
    );
    let filter = pick(
        &mut sources,
        "filter",
        value(&record.filter),
        tokens.filter.clone(),
        log.and_then(|log| log.filter.clone()),
    );
    let target = pick(
        &mut sources,
        "target",
        record.target.clone(),
        tokens.target.clone(),
        log.and_then(|log| log.target.clone()),
    );
    let telescope = pick(&mut sources, "telescope", value(&record.telescope), tokens.telescope.clone(), None);
    let focal_ratio = pick(&mut sources, "focal_ratio", value(&record.focal_ratio), tokens.focal_ratio, None);
    ExposureFacts {
        exposure_s,
        filter,
        target,
        panel: record.panel.map(|panel| panel.to_string()),
        pointing_ra_deg: record.pointing_deg.map(|(ra, _)| ra),
        pointing_dec_deg: record.pointing_deg.map(|(_, dec)| dec),
        telescope,
        focal_length_mm: value(&record.focal_length_mm),
        focal_ratio,
        aperture_mm: value(&record.aperture_mm),
        site_latitude_deg: value(&record.latitude_deg),
        site_longitude_deg: value(&record.longitude_deg),
        site_elevation_m: value(&record.elevation_m),
        software: value(&record.software),
        sources,
        ..ExposureFacts::default()
    }
}

fn camera(
    head: &FileHead,
    record: &CameraRecord,
    tokens: &Tokens,
    log: Option<&SessionLog>,
    config: &IngestConfig,
) -> CameraFacts {
    let mut sources = ValueSources::new();
    let name = pick(&mut sources, "name", value(&record.camera), tokens.camera.clone(), None);
    let gain = pick(&mut sources, "gain_setting", value(&record.gain), tokens.gain, log.and_then(|log| log.gain));
    let offset = pick(&mut sources, "offset_setting", value(&record.offset), tokens.offset, None);
    let binning = record.binning.as_ref().map(|found| (u64::from(found.value.0), u64::from(found.value.1)));
    let one_number = |found: Option<u64>| found.map(|binning| (binning, binning));
    let binning = pick(
        &mut sources,
        "binning_x",
        binning,
        one_number(tokens.binning),
        one_number(log.and_then(|log| log.binning)),
    );
    let set_temperature_c =
        pick(&mut sources, "set_temperature_c", value(&record.set_temperature_c), tokens.set_temperature_c, None);
    let temperature_c = pick(&mut sources, "temperature_c", value(&record.temperature_c), tokens.temperature_c, None);
    let readout_mode =
        pick(&mut sources, "readout_mode", value(&record.readout_mode), tokens.readout_mode.clone(), None);
    let saturation_adu = is_unsigned_16_bit(head).then_some(HIGHEST_16_BIT_ADU);
    if saturation_adu.is_some() {
        sources.insert("saturation_adu".to_owned(), ValueSource::Default);
    }
    let bayer = bayer(&head.header, record, config.row_order, &mut sources);
    CameraFacts {
        name,
        gain_setting: gain,
        gain_e_per_adu: value(&record.electrons_per_adu),
        offset_setting: offset,
        iso: sky_camera::header::iso(&head.header),
        binning_x: binning.map(|(x, _)| x),
        binning_y: binning.map(|(_, y)| y),
        bayer,
        readout_mode,
        set_temperature_c,
        temperature_c,
        pixel_size_um: value(&record.pixel_size_um),
        pedestal_adu: value(&record.pedestal_adu),
        saturation_adu,
        sources,
    }
}

fn is_unsigned_16_bit(head: &FileHead) -> bool {
    head.bitpix == 16 && head.header.number("BZERO") == Some(UNSIGNED_BZERO)
}

fn bayer(
    header: &Header,
    record: &CameraRecord,
    row_order: RowOrder,
    sources: &mut ValueSources,
) -> Option<BayerFacts> {
    let pattern = record.bayer.as_ref()?.value;
    let offset = |keywords: [&str; 3]| {
        let found = keywords.into_iter().find_map(|keyword| match header.get(keyword)? {
            CardValue::Integer(value) => Some(*value),
            CardValue::Real(value) => Some(*value as i64),
            _ => None,
        });
        found.unwrap_or(0).rem_euclid(2) as u8
    };
    let stated = value(&record.row_order);
    if stated.is_none() {
        sources.insert("row_order".to_owned(), ValueSource::Configuration);
    }
    Some(BayerFacts {
        pattern,
        phase_x: offset(["XBAYROFF", "XBAYEROFF", "BAYOFFX"]),
        phase_y: offset(["YBAYROFF", "YBAYEROFF", "BAYOFFY"]),
        row_order: stated.unwrap_or(row_order),
    })
}
