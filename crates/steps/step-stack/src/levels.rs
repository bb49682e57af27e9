//! The level, scatter and noise of each frame, from some of its rows, and what follows from them: terms and weights.

use camera_frames::FrameOpenError;
use products::facts::PixelLayout;
use rayon::prelude::*;
use sky_camera::frame::{Want, pixel_noise_adu};
use sky_image::{BayerPattern, Colour};
use sky_stack::{FrameQuality, Level, frame_level, terms_of, weights_of};

use crate::config::StackConfig;
use crate::error::StackError;
use crate::members::{Member, Members};

/// Pairs of rows that a frame is measured on, spread over it.
const ROW_PAIRS: usize = 96;

/// What one plane of a frame is like.
struct Measured {
    level: Level,
    noise_adu: f64,
}

/// Sets terms and weights of all frames.
pub(crate) fn set(config: &StackConfig, members: &mut Members) -> Result<(), StackError> {
    let measured: Vec<Vec<Measured>> =
        members.frames.par_iter().map(|member| measure(member, members.planes)).collect::<Result<_, _>>()?;
    // Weights follow green, which has half of the pixels of a mosaic.
    let weighed = usize::from(members.planes == 3);
    let mut qualities = Vec::with_capacity(members.frames.len());
    for (member, own) in members.frames.iter_mut().zip(&measured) {
        let reference = &measured[members.reference];
        member.terms = own
            .iter()
            .zip(reference)
            .map(|(own, reference)| terms_of(&own.level, &reference.level, config.normalisation))
            .collect();
        member.noise_adu = member.terms[weighed].scale * own[weighed].noise_adu;
        let flux_ratio = member.facts.registration.as_ref().and_then(|registration| registration.flux_ratio);
        qualities.push(FrameQuality {
            noise_adu: member.noise_adu,
            transparency: flux_ratio.unwrap_or(1.0) * member.terms[weighed].scale,
            fwhm_px: member.facts.quality.as_ref().and_then(|quality| quality.fwhm_px),
        });
    }
    let weights = weights_of(&qualities, &config.weights);
    members.frames.iter_mut().zip(weights).for_each(|(member, weight)| member.weight = weight);
    Ok(())
}

fn measure(member: &Member, planes: usize) -> Result<Vec<Measured>, StackError> {
    let (height, width) = member.frame.reader.shape();
    let layout = member.facts.calibration.as_ref().map(|calibration| calibration.layout);
    let bayer = member.facts.camera.as_ref().and_then(|camera| camera.bayer);
    let pattern = bayer.filter(|_| layout == Some(PixelLayout::Cfa)).map(|bayer| bayer.pattern);
    let mut samples: Vec<Vec<f32>> = vec![Vec::new(); planes];
    let mut noises: Vec<Vec<f64>> = vec![Vec::new(); planes];
    let pairs = ROW_PAIRS.min(height / 2).max(1);
    for index in 0..pairs {
        let first = ((2 * index + 1) * height / (2 * pairs)) / 2 * 2;
        let rows = first..(first + 2).min(height);
        let read = member.frame.reader.read(rows.clone(), 0..width, Want::Sensor);
        let read = read.map_err(|error| FrameOpenError::of(&member.id, error))?;
        for plane in 0..planes {
            let mut values: Vec<f32> = of_plane(&read.planes[0], width, &rows, pattern, plane);
            noises[plane].extend(pixel_noise_adu(&values, values.len(), 1));
            match pattern {
                None => member.level_out(plane, &mut values, first, 0, width),
                Some(_) => level_out_colour(member, plane, &mut values, first, width),
            }
            samples[plane].extend(values);
        }
    }
    let no_level = || StackError::NoLevel(member.id.clone());
    samples
        .into_iter()
        .zip(&mut noises)
        .map(|(mut sample, noises)| {
            let level = frame_level(&mut sample).ok_or_else(no_level)?;
            Ok(Measured { level, noise_adu: sky_stats::median(noises).unwrap_or(0.0) })
        })
        .collect()
}

/// The pixels of one plane of two rows: all of them, or those of one colour in the order of columns, one row after the other.
fn of_plane(
    pixels: &[f32],
    width: usize,
    rows: &std::ops::Range<usize>,
    pattern: Option<BayerPattern>,
    plane: usize,
) -> Vec<f32> {
    let Some(pattern) = pattern else { return pixels.to_vec() };
    let wanted = [Colour::Red, Colour::Green, Colour::Blue][plane];
    let is_wanted = |(index, _): &(usize, &f32)| pattern.colour(index % width, rows.start + index / width) == wanted;
    pixels.iter().enumerate().filter(is_wanted).map(|(_, value)| *value).collect()
}

/// Takes the gradient off the pixels of one colour of two rows, which are every second one of their rows.
fn level_out_colour(member: &Member, plane: usize, values: &mut [f32], first_row: usize, width: usize) {
    let Some(gradient) = member.background.get(plane) else { return };
    let (height, full_width) = member.frame.reader.shape();
    let per_row = (width / 2).max(1);
    for (index, value) in values.iter_mut().enumerate() {
        let (x, y) = (2 * (index % per_row), first_row);
        let rise = gradient.slope_x_adu_per_px * (x as f64 - 0.5 * (full_width as f64 - 1.0))
            + gradient.slope_y_adu_per_px * (y as f64 - 0.5 * (height as f64 - 1.0));
        *value -= rise as f32;
    }
}
