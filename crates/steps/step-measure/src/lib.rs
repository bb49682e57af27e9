//! The step measure: the stars and the sky of each light, as the camera wrote it.
//!
//! Of a mosaic the green plane is measured, in pixels of the file. A frame without a picture of the sky (black, constant, without data,
//! half written) is measured as such and rejected; a file that ends too early fails. What only the frames of a group together tell
//! (transparency, missing parts, limits) is the next step's.

mod config;
mod error;
mod measured;
mod table;

pub use config::MeasureConfig;
pub use error::MeasureError;

use products::facts::{QualityFacts, SelectionFacts, SelectionReason};
use products::{FrameMetrics, FrameMetricsFacts, MeasuredPlane, RawFrameFacts, RawFrameSet};
use sky_fits::{ImageOptions, ImageReader};
use sky_metrics::screen;
use step_contract::{DoneUnit, Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::measured::{Measured, measure};

/// Memory beside the pixels: stars and blocks.
const BASE_BYTES: u64 = 32 << 20;
/// Memory for a pixel: its value, the two green planes, the sorted copy of the screening, and while a file is read its stored form.
const BYTES_PER_PIXEL: u64 = 18;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Measure;

inputs! {
    /// What measure reads.
    pub struct MeasureInputs {
        /// Camera files with their facts.
        frames: RawFrameSet,
    }
}

impl Step for Measure {
    const ID: &'static str = "measure";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const KINDS: &'static [&'static str] = &["light"];
    const MEMORY_PER_UNIT_BYTES: u64 = BASE_BYTES;
    type Config = MeasureConfig;
    type Inputs = MeasureInputs;
    type Output = FrameMetrics;
    type Error = MeasureError;

    fn run(
        config: &MeasureConfig,
        inputs: MeasureInputs,
        out: &mut OutputDir<FrameMetrics>,
    ) -> Result<Units<FrameMetrics>, MeasureError> {
        let jobs = inputs.frames.units().map(|unit| {
            let pixels = unit.facts().map_or(0, pixels_of);
            Job::new(unit.id()).needs(&inputs.frames, unit.id()).memory(BASE_BYTES + BYTES_PER_PIXEL * pixels)
        });
        let jobs: Vec<Job> = jobs.collect();
        out.for_each_unit(jobs, |needs, files| one_frame(config, &needs.unit(&inputs.frames), files))
    }
}

fn pixels_of(facts: &RawFrameFacts) -> u64 {
    facts.width_px.unwrap_or(0).saturating_mul(facts.height_px.unwrap_or(0))
}

fn one_frame(
    config: &MeasureConfig,
    frame: &DoneUnit<'_, RawFrameSet>,
    files: &mut UnitFiles,
) -> Result<Outcome<FrameMetricsFacts>, MeasureError> {
    let raw = frame.facts();
    let hdu = raw.hdu.and_then(|hdu| usize::try_from(hdu).ok());
    let reader =
        ImageReader::open_with(&frame.file("raw"), &ImageOptions { hdu, plane: Some(0), ..ImageOptions::default() })?;
    let pixels = reader.read()?.pixels;
    let (height, width) = pixels.dim();
    let pixels = pixels.into_raw_vec_and_offset().0;
    let facts = FrameMetricsFacts {
        width_px: width as u64,
        height_px: height as u64,
        group: raw.group.clone(),
        kind: raw.kind,
        root: raw.root.clone(),
        exposure: raw.exposure.clone(),
        camera: raw.camera.clone(),
        time: raw.time.clone(),
        ..FrameMetricsFacts::default()
    };
    if let Some(empty) = screen(&pixels, width) {
        table::write(files, &[])?;
        let reason = SelectionReason { rule: empty.rule().to_owned(), value: None, limit: None };
        return Ok(Outcome::Done(FrameMetricsFacts {
            selection: Some(SelectionFacts::of_reasons(vec![reason])),
            ..facts
        }));
    }
    let camera = raw.camera.as_ref();
    let found = measure(&pixels, width, camera.and_then(|camera| camera.bayer), saturation(config, raw), config)
        .ok_or_else(|| MeasureError::NoSky(frame.id().to_owned()))?;
    table::write(files, &found.stars)?;
    Ok(Outcome::Done(with_measured(facts, &found)))
}

/// Value from which a pixel is saturated: the configuration's, else the camera's; 0 where neither is known.
fn saturation(config: &MeasureConfig, raw: &RawFrameFacts) -> f64 {
    let of_camera = raw.camera.as_ref().and_then(|camera| camera.saturation_adu);
    if config.finder.saturation_adu > 0.0 {
        config.finder.saturation_adu
    } else {
        config.saturation_share * of_camera.unwrap_or(0.0)
    }
}

fn with_measured(facts: FrameMetricsFacts, found: &Measured) -> FrameMetricsFacts {
    let summary = &found.summary;
    FrameMetricsFacts {
        measured_on: if found.is_green { MeasuredPlane::Green } else { MeasuredPlane::Mono },
        quality: QualityFacts {
            star_count: summary.n_stars as u64,
            fwhm_px: summary.fwhm_px,
            half_flux_radius_px: summary.half_flux_radius_px,
            hfr_nina_px: summary.hfr_nina_px,
            eccentricity: summary.eccentricity,
            background_adu: Some(summary.background_adu),
            noise_adu: Some(summary.noise_adu),
            transparency: None,
            saturated_fraction: found.saturated_fraction,
        },
        fwhm_scatter_px: summary.fwhm_scatter_px,
        elongation_angle_deg: summary.elongation.map(|(angle, _)| angle),
        elongation_agreement: summary.elongation.map(|(_, agreement)| agreement),
        candidate_count: found.n_candidates as u64,
        sharp_count: found.n_sharp as u64,
        saturated_star_count: summary.n_saturated as u64,
        trail_count: found.n_trails as u64,
        ..facts
    }
}
