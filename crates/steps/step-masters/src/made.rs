//! One master: opened, combined, measured, written.

use camera_frames::{Frames, write_defects};
use products::facts::{FrameKind, GlowFacts, MasterFacts};
use products::{MasterCalibrationFacts, MasterCalibrationSet, RawFrameSet};
use sky_camera::correct::{defects_of_dark, flat_level, glow_test};
use sky_camera::frame::{Want, difference_noise_adu, pixel_noise_adu};
use sky_camera::header::read_record;
use sky_fits::{ImageReader, ImageStream, StreamType};
use sky_stack::{Level, Normalisation, Terms, terms_of};
use sky_stats::{median, median_f32};
use step_contract::DoneUnit;
use step_harness::UnitFiles;

use crate::build::{Member, build, frame_rows};
use crate::config::MastersConfig;
use crate::error::MastersError;
use crate::groups::Group;
use crate::header;

/// Makes the master of a group. `base`: the master that is taken off the members of a flat, or off a dark to see its own current.
pub(crate) fn make(
    config: &MastersConfig,
    opener: &Frames,
    group: &Group,
    frames: &step_contract::Group<'_, RawFrameSet>,
    base: Option<&DoneUnit<'_, MasterCalibrationSet>>,
    shelf: &mut UnitFiles,
) -> Result<MasterCalibrationFacts, MastersError> {
    let is_flat = group.kind == FrameKind::Flat;
    let mut members = open(opener, frames)?;
    let (height, width) = members[0].frame.reader.shape();
    let base_reader = base.map(|base| ImageReader::open(&base.file("master"))).transpose()?;
    let taken_off = if is_flat { base_reader.as_ref() } else { None };
    if is_flat {
        level(&mut members, taken_off, base.map_or("nothing", |base| base.id()))?;
    }
    if members.len() < config.warn_frames as usize {
        let message = format!("{} frames; {} or more tell outlying pixels better", members.len(), config.warn_frames);
        shelf.warn("few_members", message);
    }
    let built = build(config, &members, taken_off)?;
    let step = if group.setup.bayer.is_some() { 2 } else { 1 };
    let mut sample: Vec<f32> = built.pixels.iter().copied().filter(|value| value.is_finite()).collect();
    let mut facts = MasterFacts {
        members: members.iter().map(|member| member.id.clone()).collect(),
        failed_count: (frames.members.len() - members.len()) as u64,
        rejection: built.rejection,
        level_adu: f64::from(median_f32(&mut sample).unwrap_or(0.0)),
        noise_adu: pixel_noise_adu(&built.pixels, width, step).unwrap_or(0.0),
        member_noise_adu: member_noise(&members)?,
        holds_bias: !is_flat,
        subtracted: if is_flat { base.map(|base| base.id().to_owned()) } else { None },
        ..MasterFacts::default()
    };
    drop(sample);
    match group.kind {
        FrameKind::Flat => facts.flat_levels_adu = flat_levels(&built.pixels, width, group),
        FrameKind::Dark | FrameKind::DarkFlat => {
            let defects = defects_of_dark(&built.pixels, width, &config.cosmetic);
            facts.hot_pixel_count = Some(defects.hot.len() as u64);
            facts.cold_pixel_count = Some(defects.cold.len() as u64);
            facts.glow = glow(&built.pixels, width, base_reader.as_ref())?;
            shelf.write("defects", "_defects.fits", None, |writer| -> Result<(), MastersError> {
                Ok(write_defects(writer, &defects, (height, width))?)
            })?;
        }
        _ => {}
    }
    let cards = header::of(group, &facts);
    shelf.write("master", ".fit", None, |writer| -> Result<(), MastersError> {
        let mut stream = ImageStream::begin(writer, &cards, StreamType::F32, (height, width), 1)?;
        for row in built.pixels.chunks(width) {
            stream.f32(row)?;
        }
        stream.finish()?;
        Ok(())
    })?;
    Ok(MasterCalibrationFacts {
        width_px: width as u64,
        height_px: height as u64,
        kind: group.kind,
        exposure: group.exposure.clone(),
        camera: group.camera.clone(),
        time: group.time.clone(),
        master: facts,
    })
}

/// Opens the frames that can be used: raw ones of one size.
fn open(opener: &Frames, frames: &step_contract::Group<'_, RawFrameSet>) -> Result<Vec<Member>, MastersError> {
    let mut members: Vec<Member> = Vec::new();
    for unit in frames.kept() {
        let frame = opener.open_raw(&unit)?;
        let (height, width) = frame.reader.shape();
        let record = read_record(&frame.header, &[width as u64, height as u64]);
        if let Some(sign) = record.stack_signs.first() {
            return Err(MastersError::NotRaw { unit: unit.id().to_owned(), sign: format!("{sign:?}") });
        }
        if let Some(first) = members.first().filter(|first| first.frame.reader.shape() != (height, width)) {
            let (rows, columns) = first.frame.reader.shape();
            return Err(MastersError::Size {
                unit: unit.id().to_owned(),
                found_width: width,
                found_height: height,
                first: first.id.clone(),
                width: columns,
                height: rows,
            });
        }
        members.push(Member { id: unit.id().to_owned(), frame, terms: Terms::IDENTITY });
    }
    Ok(members)
}

/// The factor that brings each flat to the mean level of all: the level of its central third (as Siril normalises).
fn level(members: &mut [Member], base: Option<&ImageReader<'static>>, subtracted: &str) -> Result<(), MastersError> {
    let (height, width) = members[0].frame.reader.shape();
    let (rows, columns) = (height / 3..(2 * height).div_ceil(3), width / 3..(2 * width).div_ceil(3));
    let dark = base.map(|base| base.read_rectangle(rows.clone(), columns.clone())).transpose()?;
    let mut levels = Vec::with_capacity(members.len());
    for member in members.iter() {
        let read = member.frame.reader.read(rows.clone(), columns.clone(), Want::Sensor);
        let middle = read.map_err(|error| camera_frames::FrameOpenError::of(&member.id, error))?;
        let (mut sum, mut count) = (0.0, 0_u64);
        for (index, value) in middle.planes[0].iter().enumerate() {
            let dark = dark.as_ref().and_then(|dark| dark.as_slice()).map_or(0.0, |dark| dark[index]);
            let light = f64::from(value - dark);
            if light.is_finite() {
                sum += light;
                count += 1;
            }
        }
        let level_adu = if count == 0 { 0.0 } else { sum / count as f64 };
        if level_adu <= 0.0 {
            let unit = member.id.clone();
            return Err(MastersError::Dark { unit, subtracted: subtracted.to_owned(), level_adu });
        }
        levels.push(level_adu);
    }
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    let of = |location_adu: f64| Level { location_adu, scale_adu: 1.0, n_pixels: 1 };
    for (member, own) in members.iter_mut().zip(levels) {
        member.terms = terms_of(&of(own), &of(mean), Normalisation::Multiplicative);
    }
    Ok(())
}

/// Median over the members of the noise of one pixel: from the difference of each frame to the next one, over the root of two, so that
/// the pattern of the sensor is not taken for noise.
fn member_noise(members: &[Member]) -> Result<Option<f64>, MastersError> {
    /// Rows that it is measured on.
    const ROWS: usize = 32;
    let (height, width) = members[0].frame.reader.shape();
    let first = (height - ROWS.min(height)) / 2;
    let rows = first..first + ROWS.min(height);
    let mut noises = Vec::new();
    for pair in members.windows(2) {
        let (mut a, mut b) = (frame_rows(&pair[0], rows.clone(), width)?, frame_rows(&pair[1], rows.clone(), width)?);
        pair[0].terms.apply(&mut a);
        pair[1].terms.apply(&mut b);
        noises.extend(difference_noise_adu(a.iter().zip(&b).map(|(a, b)| a - b).collect()));
    }
    Ok(median(&mut noises))
}

fn flat_levels(pixels: &[f32], width: usize, group: &Group) -> Vec<f64> {
    match flat_level(pixels, width, group.setup.bayer) {
        Some(level) => level.colours_adu.map_or_else(|| vec![level.mean_adu], |colours| colours.to_vec()),
        None => Vec::new(),
    }
}

fn glow(dark: &[f32], width: usize, bias: Option<&ImageReader<'static>>) -> Result<Option<GlowFacts>, MastersError> {
    let mut current = dark.to_vec();
    if let Some(bias) = bias {
        let bias = bias.read()?;
        current.iter_mut().zip(&bias.pixels).for_each(|(value, bias)| *value -= bias);
    }
    Ok(glow_test(&current, width).map(|test| GlowFacts {
        glow_adu: test.glow_adu,
        noise_adu: test.noise_adu,
        level_adu: bias.map(|_| test.level_adu),
        has_glow: test.glows(),
        is_clamped: bias.is_some() && test.is_clamped(),
    }))
}
