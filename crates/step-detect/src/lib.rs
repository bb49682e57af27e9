//! The step detect: a catalogue of the sources on each image, in pass 2 with PSF fits and SPREAD_MODEL.
//!
//! Bound to frames alone it is pass 1; with a PSF model of each frame it is pass 2. A frame without world coordinates is
//! searched as well: its catalogue has no sky columns, and a warning says so.

mod catalogue;
mod config;
mod error;
mod model_file;
mod psf_width;
mod sex_file;
mod sky;

pub use config::{DetectConfig, DetectEngine};
pub use error::DetectError;

use std::path::Path;

use catalogue::Contents;
use products::frame_set::{describe, describe_plate};
use products::source_catalog::columns::{PETROSIAN_COLUMNS, SourceColumn};
use products::{FrameSet, PsfModelSet, SourceCatalog, SourceFacts};
use sky_catalog::Source;
use sky_coords::PixelPos;
use sky_detect::Detection;
use sky_image::{Image, Mask};
use sky_photometry::{Classifier, spread_scores};
use sky_psf::{FitTarget, Noise, PsfImage, fit_sources};
use sky_wcs::Wcs;
use step_contract::{DoneUnit, Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Detect;

inputs! {
    /// What detect reads.
    pub struct DetectInputs {
        /// The images.
        frames: FrameSet,
        /// A PSF model of each image.
        psf: Option<PsfModelSet>,
    }
}

impl Step for Detect {
    const ID: &'static str = "detect";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    // A 60 arcmin plate of the fine scans (3600 x 3600): stored pixels, f32 pixels, mask, segmentation, sources.
    const MEMORY_PER_UNIT_BYTES: u64 = 300 << 20;
    type Config = DetectConfig;
    type Inputs = DetectInputs;
    type Output = SourceCatalog;
    type Error = DetectError;

    fn config_from(path: &Path, bytes: &[u8]) -> Option<Result<serde_json::Value, String>> {
        sex_file::from_sex(path, bytes)
    }

    fn run(
        config: &DetectConfig,
        inputs: DetectInputs,
        out: &mut OutputDir<SourceCatalog>,
    ) -> Result<Units<SourceCatalog>, DetectError> {
        let columns = catalogue::chosen_columns(config)?;
        let mut config = config.clone();
        config.photometry.petrosian |= columns.iter().any(|column| PETROSIAN_COLUMNS.contains(&column.spec.name));
        let config = &config;
        let jobs: Vec<Job> = inputs
            .frames
            .units()
            .map(|frame| Job::new(frame.id()).needs(&inputs.frames, frame.id()).needs(&inputs.psf, frame.id()))
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let frame = needs.unit(&inputs.frames);
            let psf = needs.unit_if(&inputs.psf);
            detect_frame(config, &columns, &frame, psf.as_ref(), files).map(Outcome::Done)
        })
    }
}

fn detect_frame(
    config: &DetectConfig,
    columns: &[&SourceColumn],
    frame: &DoneUnit<'_, FrameSet>,
    psf: Option<&DoneUnit<'_, PsfModelSet>>,
    files: &mut UnitFiles,
) -> Result<SourceFacts, DetectError> {
    let read = sky_fits::read_image(&frame.file("image"))?;
    let (header, (height, width)) = (read.header, read.pixels.dim());
    let mask = frame.file_if("mask").map(|path| read_mask(&path)).transpose()?;
    let image = Image { pixels: read.pixels, mask };
    let mut found = sky_detect::detect(image, &config.detect, &config.background, &config.photometry)?;
    if let Some(psf) = psf {
        fit_psf(config, &mut found, &psf.file("model"))?;
    }

    let wcs = Wcs::from_header(&header);
    classify(config, &mut found, wcs.as_ref().ok())?;
    match &wcs {
        Ok(wcs) => sky::fill_sky(&mut found.sources, wcs),
        Err(error) => files.warn("no_wcs", format!("the catalogue has no sky positions: {error}")),
    }
    if found.sources.is_empty() {
        files.warn("blank", "nothing on the image stands above the detection threshold");
    }
    let background = &found.background;
    let header_out = catalogue::image_header(&header, background.level_adu, background.rms_adu, config);
    let contents = Contents { psf: psf.is_some(), sky: wcs.is_ok() };
    let rows = Some(found.sources.len() as u64);
    files.write("catalog", ".cat", rows, |out| -> Result<(), DetectError> {
        Ok(catalogue::write(out, &header_out, &found.sources, columns, contents, config)?)
    })?;

    let astrometry = describe(&header, width, height).ok();
    let scale = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
    let name = format!("{}.cat", frame.id());
    Ok(SourceFacts {
        objects_detected: found.sources.len() as u64,
        p1_cat: psf.is_none().then(|| name.clone()),
        p2_cat: psf.is_some().then_some(name),
        psf_model_used: psf.map(|psf| psf.facts().psf_model.clone()),
        width_px: Some(width as u64),
        height_px: Some(height as u64),
        background_adu: Some(background.level_adu),
        background_rms_adu: Some(background.rms_adu),
        threshold_adu: Some(found.threshold_adu),
        threshold_sigma: Some(config.detect.threshold_sigma),
        fwhm_median_px: median_fwhm_px(&found.sources),
        masked_count: Some(found.sources.iter().filter(|source| source.image_flags != 0).count() as u64),
        plate: Some(describe_plate(&header, scale)),
        astrometry,
    })
}

fn read_mask(path: &Path) -> Result<Mask, DetectError> {
    let raw = sky_fits::read_image_raw(path)?;
    // Bits of a mask are whole numbers below 2^16, which f32 holds exactly.
    Ok(raw.pixels.to_f32(&raw.scaling).mapv(|bits| bits as u16))
}

fn fit_psf(config: &DetectConfig, found: &mut Detection, path: &Path) -> Result<(), DetectError> {
    let model = model_file::read_model(path)?;
    if found.sources.is_empty() {
        return Ok(());
    }
    let image = PsfImage::new(
        found.pixels.view(),
        found.mask.as_ref().map(|mask| mask.view()),
        Noise::Uniform(found.background.rms_adu),
        config.photometry.gain_e_per_adu,
    )?;
    let targets: Vec<FitTarget> = found
        .sources
        .iter()
        .map(|source| FitTarget {
            position: PixelPos::new(source.windowed.x_px, source.windowed.y_px),
            flux_adu: source.auto.adu,
        })
        .collect();
    let fits = fit_sources(&image, &model, &targets, &config.psf_fit)?;
    found.sources.iter_mut().zip(fits).for_each(|(source, fit)| source.psf = Some(fit));
    let (height, width) = found.pixels.dim();
    psf_width::fill_psf_width(&mut found.sources, &model, width, height);
    let scores = spread_scores(&found.sources);
    found.sources.iter_mut().zip(scores).for_each(|(source, score)| source.spread_score = score);
    Ok(())
}

/// CLASS_STAR, where a network was given.
fn classify(config: &DetectConfig, found: &mut Detection, wcs: Option<&Wcs>) -> Result<(), DetectError> {
    // An image without a WCS counts as one arc second a pixel, unless the configuration says its scale.
    let scale_arcsec = wcs.map_or(1.0, Wcs::pixel_scale_arcsec);
    if let Some(classifier) = Classifier::new(&config.class_star, scale_arcsec)? {
        let threshold_adu = found.threshold_adu;
        found
            .sources
            .iter_mut()
            .for_each(|source| source.class_star = Some(classifier.classify(source, threshold_adu)));
    }
    Ok(())
}

/// Median FWHM_IMAGE of the sources that have one; `None` of none.
fn median_fwhm_px(sources: &[Source]) -> Option<f64> {
    let mut widths: Vec<f64> = sources.iter().map(|s| s.isophotal.fwhm_px).filter(|width| *width > 0.0).collect();
    sky_stats::median(&mut widths)
}
