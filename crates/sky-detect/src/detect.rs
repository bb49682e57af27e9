//! From an image to its sources.

use ndarray::Array2;
use rayon::prelude::*;
use sky_background::{Background, BackgroundError, BackgroundParams};
use sky_catalog::Source;
use sky_image::{Image, Mask, mask_bits};
use sky_photometry::{Field, Noise, PhotometryParams, REJECTED, Segmentation, Span, local_background_adu, measure};

use crate::clean::clean;
use crate::deblend::deblend;
use crate::filter::{Filter, FilterError};
use crate::footprint::{Footprint, footprints};
use crate::isophote::{Frame, source};
use crate::object::{Object, Pixel};
use crate::params::{DetectParams, ThresholdMap};
use crate::runs::{Run, Runs};
use crate::vignet::vignet;

/// Mask bits whose pixels hold no light of the sky: they are read as missing. All other bits only mark sources.
const WITHOUT_DATA: u16 = mask_bits::BAD | mask_bits::NO_DATA;

/// What is on an image.
#[derive(Clone, Debug)]
pub struct Detection {
    /// The sources, numbered from 1.
    pub sources: Vec<Source>,
    /// Level and noise of the sky.
    pub background: Background,
    /// The image above its background `[y, x]`, ADU; NaN has no data.
    pub pixels: Array2<f32>,
    /// Number of the source that each pixel belongs to (SExtractor's SEGMENTATION), [`REJECTED`] for what is above the threshold
    /// on too few pixels to be a source.
    pub segmentation: Segmentation,
    /// The mask that the image came with.
    pub mask: Option<Mask>,
    /// Detection threshold above the background, ADU (of the median noise).
    pub threshold_adu: f64,
    /// What happened on the way.
    pub counts: DetectionCounts,
}

/// Numbers of objects on the way to the sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DetectionCounts {
    /// Footprints of sufficient area.
    pub footprints: usize,
    /// Objects after deblending.
    pub objects: usize,
    /// Objects that cleaning removed.
    pub cleaned: usize,
}

/// The image cannot be searched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DetectError {
    /// No background.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// No filter.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The pixels are not in rows.
    #[error("the pixels of the image are not in C order; copy the view before detection")]
    Layout,
}

/// Finds and measures the sources of `image`.
///
/// Pixels that are not finite or masked as bad or without data are missing: they are no part of any source and are replaced
/// by their mirror images in its apertures. Other mask bits only mark the sources on them (IMAFLAGS_ISO). An image without
/// noise, like a constant one, has no threshold and so no sources.
pub fn detect(
    image: Image,
    detection: &DetectParams,
    background: &BackgroundParams,
    photometry: &PhotometryParams,
) -> Result<Detection, DetectError> {
    let filter = Filter::new(&detection.filter_kernel)?;
    let sky = Background::estimate(&image, background)?;
    let Image { mut pixels, mask } = image;
    sky.subtract_from(&mut pixels);
    if let Some(mask) = &mask {
        ndarray::Zip::from(&mut pixels).and(mask).for_each(|pixel, bits| {
            if bits & WITHOUT_DATA != 0 {
                *pixel = f32::NAN;
            }
        });
    }
    let threshold_adu = detection.threshold_sigma * sky.rms_adu;
    let mut counts = DetectionCounts::default();
    let (objects, rejected) = if sky.rms_adu > 0.0 {
        find_objects(&pixels, &filter, &sky, detection, &mut counts)
    } else {
        (Vec::new(), Vec::new())
    };
    let segmentation = Segmentation::new(&pixels, spans(&objects, &rejected));
    let field = Field::new(&pixels, &segmentation).ok_or(DetectError::Layout)?;
    let (height, width) = pixels.dim();
    let frame = Frame {
        width: width as u32,
        height: height as u32,
        mask: mask.as_ref(),
        saturation: photometry.saturation_adu,
    };
    let sources = objects
        .par_iter()
        .enumerate()
        .map(|(index, object)| {
            let (x, y) = pixel_at(object, width, height);
            let sky_adu = match detection.threshold_map {
                ThresholdMap::Global => sky.rms_adu,
                ThresholdMap::Local => f64::from(sky.rms.at(x, y)),
            };
            let noise = Noise { sky_adu, gain_e_per_adu: photometry.gain_e_per_adu };
            let level = f64::from(sky.level.at(x, y));
            let mut source = source(object, &frame, detection.analysis_threshold_sigma * sky_adu, level, noise);
            source.number = index as u32 + 1;
            source.parent = object.parent;
            let offset_adu = match photometry.local_background_px {
                0 => 0.0,
                width_px => local_background_adu(&field, &source.isophotal, width_px, background.pearson_factor),
            };
            take_off(&mut source, offset_adu);
            measure(&mut source, &field.above(offset_adu), photometry, noise);
            if detection.vignet {
                source.vignet = vignet(&pixels, &segmentation, &source, detection.vignet_px as usize);
            }
            source
        })
        .collect();
    Ok(Detection { sources, background: sky, pixels, segmentation, mask, threshold_adu, counts })
}

/// Takes a local background off what was summed over the footprint.
fn take_off(source: &mut Source, offset_adu: f64) {
    source.background_adu += offset_adu;
    source.isophotal.flux.adu -= offset_adu * f64::from(source.isophotal.area_filtered_px2);
    source.isophotal.peak_adu -= offset_adu;
}

fn find_objects(
    pixels: &Array2<f32>,
    filter: &Filter,
    sky: &Background,
    params: &DetectParams,
    counts: &mut DetectionCounts,
) -> (Vec<Object>, Vec<Run>) {
    let global = (params.threshold_sigma * sky.rms_adu) as f32;
    let runs = match params.threshold_map {
        ThresholdMap::Global => Runs::find(pixels, filter, |_, row| row.fill(global)),
        ThresholdMap::Local => Runs::find(pixels, filter, |y, row| {
            sky.rms.row(y, row);
            row.iter_mut().for_each(|noise| *noise = (params.threshold_sigma * f64::from(*noise)) as f32);
        }),
    };
    let footprints = footprints(&runs, params.min_area_px);
    counts.footprints = footprints.large.len();
    let objects: Vec<Object> = footprints
        .large
        .par_iter()
        .enumerate()
        .map(|(index, footprint)| {
            let threshold = match params.threshold_map {
                ThresholdMap::Global => f64::from(global),
                ThresholdMap::Local => least_threshold(footprint, sky, params.threshold_sigma),
            };
            let mut objects = deblend(pixels_of(footprint, &runs, pixels), threshold, params);
            objects.iter_mut().for_each(|object| object.parent = index as u32 + 1);
            objects
        })
        .collect::<Vec<_>>()
        .concat();
    counts.objects = objects.len();
    if !params.clean {
        return (objects, footprints.rejected);
    }
    let (survivors, removed) = clean(objects, params.clean_exponent, params.min_area_px);
    counts.cleaned = removed;
    (survivors, footprints.rejected)
}

/// The pixels of all objects, which are numbered from 1, and of what was too small to be one.
fn spans(objects: &[Object], rejected: &[Run]) -> Vec<Span> {
    let mut spans: Vec<Span> =
        rejected.iter().map(|run| Span { y: run.y, x0: run.x0, x1: run.x1, owner: REJECTED }).collect();
    for (object, owner) in objects.iter().zip(1..) {
        let first = spans.len();
        for pixel in &object.pixels {
            match spans[first..].last_mut() {
                Some(last) if last.y == pixel.y && last.x1 == pixel.x => last.x1 += 1,
                _ => spans.push(Span { y: pixel.y, x0: pixel.x, x1: pixel.x + 1, owner }),
            }
        }
    }
    spans
}

fn pixels_of(footprint: &Footprint, runs: &Runs, image: &Array2<f32>) -> Vec<Pixel> {
    let mut pixels = Vec::new();
    for run in &footprint.runs {
        for (x, filtered) in (run.x0..run.x1).zip(runs.values_of(run)) {
            pixels.push(Pixel { x, y: run.y, filtered: *filtered, value: image[[run.y as usize, x as usize]] });
        }
    }
    pixels
}

fn least_threshold(footprint: &Footprint, sky: &Background, threshold_sigma: f64) -> f64 {
    let of_run = |run: &Run| {
        (run.x0..run.x1).map(|x| f64::from(sky.rms.at(x as usize, run.y as usize))).fold(f64::INFINITY, f64::min)
    };
    threshold_sigma * footprint.runs.iter().map(of_run).fold(f64::INFINITY, f64::min)
}

fn pixel_at(object: &Object, width: usize, height: usize) -> (usize, usize) {
    let nearest = |place: f64, size: usize| ((place + 0.5).max(0.0) as usize).min(size - 1);
    (nearest(object.profile.x, width), nearest(object.profile.y, height))
}
