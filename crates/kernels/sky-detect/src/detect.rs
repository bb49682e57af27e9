//! From an image to its sources.

use ndarray::Array2;
use rayon::prelude::*;
use sky_background::{Background, BackgroundError, BackgroundParams, NoiseOrigin};
use sky_catalog::Source;
use sky_image::{Image, Mask, mask_bits};
use sky_photometry::{
    DensityError, Field, Noise, PhotometryParams, REJECTED, Segmentation, Span, linearise, local_background_adu,
    measure,
};

use sky_stats::median_f32;

use crate::clean::clean;
use crate::deblend::deblend;
use crate::filter::{Filter, FilterError};
use crate::footprint::{Footprint, footprints};
use crate::isophote::{Frame, source};
use crate::noise_map::NoiseMap;
use crate::object::{Object, Pixel};
use crate::params::{DetectParams, ThresholdMap};
use crate::runs::{Run, Runs};
use crate::weight::{WeightError, WeightKind, WeightMap};

/// Mask bits whose pixels hold no light of the sky: they are read as missing. All other bits only mark sources.
const WITHOUT_DATA: u16 = mask_bits::BAD | mask_bits::NO_DATA;

/// Pixels of this size and more are undefined (SExtractor's BIG): sums over them leave the range of the catalogue's columns.
const UNDEFINED_ADU: f32 = 1.0e30;

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
    /// The image that was searched, above its background, where another one was measured.
    pub searched: Option<Array2<f32>>,
    /// Noise of each pixel, ADU, where a weight map was given; NaN without weight.
    pub noise_adu: Option<Array2<f32>>,
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
    /// Two images that must be of one shape.
    #[error("the {what} has {found_width} x {found_height} pixels, the image {width} x {height}; they must be equal")]
    Shape {
        /// Which of them.
        what: &'static str,
        /// Its columns.
        found_width: usize,
        /// Its rows.
        found_height: usize,
        /// Columns of the image.
        width: usize,
        /// Rows of the image.
        height: usize,
    },
    /// Nothing says what the noise is.
    #[error(
        "the background has no noise (most pixels are {level_adu} and the others lie on no steps), so that no threshold in \
         units of it exists; give photometry.gain_e_per_adu where the level is one of counted electrons, bind a map of the \
         noise (--read weights=FILE, weights.kind = \"rms\"), or subtract a constant where the level is so high that 32-bit floats \
         have no finer steps"
    )]
    NoNoise {
        /// Level of the background, ADU.
        level_adu: f64,
    },
    /// The densities cannot be turned to light.
    #[error(transparent)]
    Density(#[from] DensityError),
    /// The weight map has no weight.
    #[error(transparent)]
    Weight(#[from] WeightError),
    /// The pixels are not in rows.
    #[error("the pixels of the image are not in C order; copy the view before detection")]
    Layout,
}

/// The images of one field.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The image that is measured, and searched where no other one is given.
    pub image: Image,
    /// The image that is searched in its place, of the same shape (SExtractor's dual-image mode).
    pub searched: Option<Image>,
    /// Weights of the image that is searched; of both where there is one image.
    pub weights: Option<WeightMap>,
}

impl Exposure {
    /// One image without weights.
    pub const fn new(image: Image) -> Self {
        Self { image, searched: None, weights: None }
    }
}

/// Finds and measures the sources of `image`: [`detect_exposure`] of one image without weights.
pub fn detect(
    image: Image,
    detection: &DetectParams,
    background: &BackgroundParams,
    photometry: &PhotometryParams,
) -> Result<Detection, DetectError> {
    detect_exposure(Exposure::new(image), detection, background, photometry)
}

/// Finds and measures the sources of an exposure.
///
/// Pixels that are not finite or masked as bad or without data are missing: they are no part of any source and are replaced
/// by their mirror images in its apertures. Other mask bits only mark the sources on them (IMAFLAGS_ISO). An image without
/// noise has that of its steps or, with a gain, of its level; a constant one has no sources. With weights thresholds are in units of the noise of each
/// pixel, and errors those of the pixel at the source's place; pixels without weight are missing.
///
/// Where another image is searched, places and shapes of the isophotes are that image's; light, windows and background are
/// those of the image that is measured.
pub fn detect_exposure(
    exposure: Exposure,
    detection: &DetectParams,
    background: &BackgroundParams,
    photometry: &PhotometryParams,
) -> Result<Detection, DetectError> {
    let Exposure { image, searched, weights } = exposure;
    let (height, width) = image.pixels.dim();
    let same_shape = |what, (found_height, found_width): (usize, usize)| {
        let same = (found_height, found_width) == (height, width);
        if same { Ok(()) } else { Err(DetectError::Shape { what, found_width, found_height, width, height }) }
    };
    if let Some(searched) = &searched {
        same_shape("searched image", searched.pixels.dim())?;
    }
    if let Some(weights) = &weights {
        same_shape("weight map", weights.values.dim())?;
    }
    let filter = Filter::new(&detection.filter_kernel)?;
    let rms_is_given = weights.as_ref().is_some_and(|weights| weights.kind == WeightKind::Rms);
    let gain_e_per_adu = photometry.gain_e_per_adu;
    let (mut sky, mut pixels, mask) = prepare(image, background)?;
    let mut searched = searched.map(|image| prepare(image, background)).transpose()?;
    for sky in std::iter::once(&mut sky).chain(searched.as_mut().map(|searched| &mut searched.0)) {
        know_noise(sky, gain_e_per_adu, rms_is_given)?;
    }
    let searched_sky = searched.as_mut().map_or(&mut sky, |searched| &mut searched.0);
    let noise_adu = weights.map(|weights| weights.noise_adu(searched_sky)).transpose()?;
    if let (true, Some(noise_adu)) = (searched_sky.rms_adu <= 0.0, &noise_adu) {
        let mut given: Vec<f32> = noise_adu.iter().copied().filter(|noise| noise.is_finite()).collect();
        searched_sky.assume_noise(median_f32(&mut given).map_or(0.0, f64::from));
    }
    let searched_sky = searched.as_ref().map_or(&sky, |searched| &searched.0);
    let mut searched_pixels = searched.as_ref().map(|searched| searched.1.clone());
    if let Some(noise_adu) = &noise_adu {
        let target = searched_pixels.as_mut().unwrap_or(&mut pixels);
        ndarray::Zip::from(target).and(noise_adu).for_each(|pixel, noise| {
            if !noise.is_finite() {
                *pixel = f32::NAN;
            }
        });
    }
    let noise_map = match (&noise_adu, detection.threshold_map) {
        (Some(noise_adu), _) => NoiseMap::Pixels(noise_adu),
        (None, ThresholdMap::Global) => NoiseMap::Global(searched_sky.rms_adu),
        (None, ThresholdMap::Local) => NoiseMap::Mesh(searched_sky),
    };
    let threshold_adu = detection.threshold_sigma * searched_sky.rms_adu;
    let mut counts = DetectionCounts::default();
    let (mut objects, rejected) = if searched_sky.rms_adu > 0.0 {
        find_objects(searched_pixels.as_ref().unwrap_or(&pixels), &filter, &noise_map, detection, &mut counts)
    } else {
        (Vec::new(), Vec::new())
    };
    let densities = photometry.density_gamma_adu > 0.0;
    if densities {
        if searched_pixels.is_none() {
            searched_pixels = Some(pixels.clone());
        }
        linearise(&mut pixels, photometry.density_gamma_adu)?;
    }
    if searched_pixels.is_some() {
        for object in &mut objects {
            let lit = object.pixels.iter_mut().chain(&mut object.absorbed);
            lit.for_each(|pixel| pixel.value = pixels[[pixel.y as usize, pixel.x as usize]]);
        }
    }
    let segmentation = Segmentation::new(&pixels, spans(&objects, &rejected, &pixels));
    let field =
        Field::new(&pixels, &segmentation).ok_or(DetectError::Layout)?.with_neighbours(photometry.neighbour_pixels);
    let frame = Frame {
        width: width as u32,
        height: height as u32,
        mask: mask.as_ref(),
        saturation: photometry.saturation_adu,
    };
    // Of two images each has its own noise: thresholds are the one's, errors the other's.
    let measured_map = match (&searched, detection.threshold_map) {
        (None, _) => noise_map,
        (Some(_), ThresholdMap::Global) => NoiseMap::Global(sky.rms_adu),
        (Some(_), ThresholdMap::Local) => NoiseMap::Mesh(&sky),
    };
    let sources = objects
        .par_iter()
        .enumerate()
        .map(|(index, object)| {
            let (x, y) = pixel_at(object, width, height);
            let sky_adu = measured_map.at(x, y, sky.rms_adu);
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
            source
        })
        .collect();
    Ok(Detection {
        sources,
        pixels,
        segmentation,
        mask,
        threshold_adu,
        searched: searched_pixels,
        noise_adu,
        counts,
        background: sky,
    })
}

/// Noise where the background shows none: that of the electrons of its level, where a gain tells their number. Fails where
/// nothing tells it and there is more on the image than one value.
fn know_noise(sky: &mut Background, gain_e_per_adu: f64, rms_is_given: bool) -> Result<(), DetectError> {
    if sky.noise != NoiseOrigin::Unknown || rms_is_given {
        return Ok(());
    }
    if gain_e_per_adu > 0.0 && sky.level_adu > 0.0 {
        sky.assume_noise((sky.level_adu / gain_e_per_adu).sqrt());
        return Ok(());
    }
    Err(DetectError::NoNoise { level_adu: sky.level_adu })
}

/// Background, image above it and mask; what is masked as without data is missing.
fn prepare(
    mut image: Image,
    params: &BackgroundParams,
) -> Result<(Background, Array2<f32>, Option<Mask>), DetectError> {
    let is_undefined = |pixel: &f32| pixel.abs() >= UNDEFINED_ADU;
    if image.pixels.iter().any(is_undefined) {
        image.pixels.mapv_inplace(|pixel| if is_undefined(&pixel) { f32::NAN } else { pixel });
    }
    let sky = Background::estimate(&image, params)?;
    let Image { mut pixels, mask } = image;
    sky.subtract_from(&mut pixels);
    if let Some(mask) = &mask {
        ndarray::Zip::from(&mut pixels).and(mask).for_each(|pixel, bits| {
            if bits & WITHOUT_DATA != 0 {
                *pixel = f32::NAN;
            }
        });
    }
    Ok((sky, pixels, mask))
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
    noise: &NoiseMap<'_>,
    params: &DetectParams,
    counts: &mut DetectionCounts,
) -> (Vec<Object>, Vec<Run>) {
    let runs = match noise {
        NoiseMap::Global(rms_adu) => {
            let threshold = (params.threshold_sigma * rms_adu) as f32;
            Runs::find(pixels, filter, |_, row| row.fill(threshold))
        }
        _ => Runs::find(pixels, filter, |y, row| {
            noise.row(y, row);
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
            let threshold = match noise {
                NoiseMap::Global(rms_adu) => f64::from((params.threshold_sigma * rms_adu) as f32),
                _ => least_threshold(footprint, noise, params.threshold_sigma),
            };
            let mut objects = deblend(pixels_of(footprint, &runs, pixels), threshold, params);
            objects.iter_mut().for_each(|object| object.parent = index as u32 + 1);
            objects
        })
        .collect::<Vec<_>>()
        .into_iter()
        .flatten()
        .collect();
    counts.objects = objects.len();
    if !params.clean {
        return (objects, footprints.rejected);
    }
    let (survivors, removed) = clean(objects, params.clean_exponent, params.min_area_px);
    counts.cleaned = removed;
    (survivors, footprints.rejected)
}

/// The pixels of all objects, which are numbered from 1, and of what was too small to be one; pixels of `image` without data
/// are no part of them.
fn spans(objects: &[Object], rejected: &[Run], image: &Array2<f32>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(rejected.len());
    let add = |spans: &mut Vec<Span>, first: usize, y: u32, x: u32, owner: u32| match spans[first..].last_mut() {
        Some(last) if last.y == y && last.x1 == x => last.x1 += 1,
        _ => spans.push(Span { y, x0: x, x1: x + 1, owner }),
    };
    for run in rejected {
        let first = spans.len();
        for x in (run.x0..run.x1).filter(|x| image[[run.y as usize, *x as usize]].is_finite()) {
            add(&mut spans, first, run.y, x, REJECTED);
        }
    }
    for (object, owner) in objects.iter().zip(1..) {
        let first = spans.len();
        for pixel in object.pixels.iter().filter(|pixel| pixel.value.is_finite()) {
            add(&mut spans, first, pixel.y, pixel.x, owner);
        }
    }
    spans
}

fn pixels_of(footprint: &Footprint, runs: &Runs, image: &Array2<f32>) -> Vec<Pixel> {
    let area = footprint.runs.iter().map(|run| (run.x1 - run.x0) as usize).sum();
    let mut pixels = Vec::with_capacity(area);
    for run in &footprint.runs {
        let values = image.slice(ndarray::s![run.y as usize, run.x0 as usize..run.x1 as usize]);
        for ((x, filtered), value) in (run.x0..run.x1).zip(runs.values_of(run)).zip(values) {
            pixels.push(Pixel { x, y: run.y, filtered: *filtered, value: *value });
        }
    }
    pixels
}

fn least_threshold(footprint: &Footprint, noise: &NoiseMap<'_>, threshold_sigma: f64) -> f64 {
    let of_run = |run: &Run| {
        (run.x0..run.x1).map(|x| noise.at(x as usize, run.y as usize, f64::INFINITY)).fold(f64::INFINITY, f64::min)
    };
    threshold_sigma * footprint.runs.iter().map(of_run).fold(f64::INFINITY, f64::min)
}

fn pixel_at(object: &Object, width: usize, height: usize) -> (usize, usize) {
    let nearest = |place: f64, size: usize| ((place + 0.5).max(0.0) as usize).min(size - 1);
    (nearest(object.profile.x, width), nearest(object.profile.y, height))
}
