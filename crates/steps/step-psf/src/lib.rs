//! The step psf: a model of the point spread function for each frame, from the stars of its first catalogue.
//!
//! Stars are selected from the catalogue, their pixels read from the image itself (no VIGNET needed), and the model is
//! written as PSFEx writes it, so that SExtractor reads it too. PSFEx itself is the other engine.

mod candidates;
mod config;
mod error;
mod made;
mod psfex;
mod psfex_file;

pub use config::{Engine, PsfConfig};
pub use error::PsfStepError;

use std::path::Path;

use products::frame_set::image_of;
use products::{FrameFacts, FrameSet, PsfFacts, PsfModelSet, SourceCatalog};
use sky_background::Background;
use sky_fits::ImageReader;
use sky_image::Image;
use sky_psf::{Noise, PsfBuild, PsfImage, Verdict, build_psf};
use step_contract::{DoneUnit, Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, ToolError, UnitFiles, Units};

/// Memory beside the pixels: stamps of the stars, the fit.
const BASE_BYTES: u64 = 48 << 20;
/// Memory for a pixel: its value as f32, its mask, and while a file is read its stored form.
const BYTES_PER_PIXEL: u64 = 10;

use crate::made::Made;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Psf;

inputs! {
    /// What psf reads.
    pub struct PsfInputs {
        /// Images and their masks.
        frames: FrameSet,
        /// Detections on them, made without a PSF.
        catalog: SourceCatalog,
    }
}

impl Step for Psf {
    const ID: &'static str = "psf";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const ENGINES: &'static [&'static str] = &["native", psfex::TOOL.engine];
    const MEMORY_PER_UNIT_BYTES: u64 = BASE_BYTES;
    type Config = PsfConfig;
    type Inputs = PsfInputs;
    type Output = PsfModelSet;
    type Error = PsfStepError;

    fn engine(config: &PsfConfig) -> Result<step_contract::Engine, ToolError> {
        match config.engine {
            Engine::Native => Ok(Self::native_engine()),
            Engine::Psfex => psfex::TOOL.found(),
        }
    }

    fn config_from(path: &Path, bytes: &[u8]) -> Option<Result<serde_json::Value, String>> {
        config::from_psfex(path, bytes)
    }

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &PsfConfig,
        inputs: PsfInputs,
        out: &mut OutputDir<PsfModelSet>,
    ) -> Result<Units<PsfModelSet>, PsfStepError> {
        let jobs = inputs.frames.units().map(|unit| {
            let pixels = unit.facts().map_or(0, FrameFacts::pixels);
            Job::new(unit.id())
                .needs(&inputs.frames, unit.id())
                .needs(&inputs.catalog, unit.id())
                .memory(BASE_BYTES + BYTES_PER_PIXEL * pixels)
        });
        out.for_each_unit(jobs, |needs, files| {
            let (frame, catalog) = (needs.unit(&inputs.frames), needs.unit(&inputs.catalog));
            let made = match config.engine {
                Engine::Native => native(config, &frame, &catalog, files)?,
                Engine::Psfex => psfex::make(config, &frame, &catalog, files)?,
            };
            for (kind, message) in made.quality.warnings() {
                files.warn(kind, message);
            }
            // mark: psf-model-name
            files.write("model", ".psf", None, |writer| {
                psfex_file::of(&made).write(&mut &mut *writer).map_err(PsfStepError::from)
            })?;
            Ok(Outcome::Done(facts(&made, needs.id(), config.psf.degree)))
        })
    }
}

fn native(
    config: &PsfConfig,
    frame: &DoneUnit<'_, FrameSet>,
    catalog: &DoneUnit<'_, SourceCatalog>,
    files: &mut UnitFiles,
) -> Result<Made, PsfStepError> {
    let catalog = candidates::read(&catalog.file("catalog"), files)?;
    let image = read_frame(frame)?;
    let PsfBuild { model, quality, .. } = model(config, image, &catalog)?;
    Ok(Made { model, quality })
}

/// The image with its mask, where there is one.
fn read_frame(frame: &DoneUnit<'_, FrameSet>) -> Result<Image, PsfStepError> {
    let reader = ImageReader::open_hdu(&image_of(frame)?, frame.facts().hdu_index())?;
    let pixels = reader.read()?.pixels;
    let mask = frame.file_if("mask").map(|mask| reader.read_mask(&mask)).transpose()?;
    Ok(Image { pixels, mask })
}

fn model(config: &PsfConfig, mut image: Image, catalog: &candidates::Catalog) -> Result<PsfBuild, PsfStepError> {
    let background = Background::estimate(&image, &config.background)?;
    background.subtract_from(&mut image.pixels);
    let noise_adu = |column: usize, row: usize| background.rms.at(column, row);
    let gain = config.gain_e_per_adu.or(catalog.gain_e_per_adu).unwrap_or(0.0);
    let mask = image.mask.as_ref().map(|mask| mask.view());
    let scene = PsfImage::new(image.pixels.view(), mask, Noise::At(&noise_adu), gain)?;
    Ok(build_psf(&scene, &catalog.candidates, &config.psf)?)
}

fn facts(made: &Made, unit: &str, degree_requested: usize) -> PsfFacts {
    let quality = &made.quality;
    PsfFacts {
        hdu: None,
        psf_model: format!("{unit}.psf"),
        stars_loaded: quality.stars_loaded as u64,
        // mark: psf-stars-told
        stars_used: quality.stars_used as u64,
        model_quality: Some(match quality.verdict() {
            Verdict::Good => "good".to_owned(),
            Verdict::Warn => "warn".to_owned(),
        }),
        degree: quality.degree as u64,
        degree_requested: Some(degree_requested as u64),
        degree_reason: quality.degree_reason.map(|reason| reason.to_string()),
        reduced_chi2: quality.reduced_chi2,
        half_light_diameter_px: made.model.half_light_diameter_px(),
        fwhm_min_px: Some(quality.fwhm_min_px),
        fwhm_px: Some(quality.fwhm_px),
        fwhm_max_px: Some(quality.fwhm_max_px),
        ellipticity_max: Some(quality.ellipticity_max),
        residual_peak_fraction: Some(quality.residual_peak_fraction).filter(|found| found.is_finite()),
        sampling_px: made.model.step_px(),
    }
}
