//! The step detect: a catalogue of the sources on each image, in pass 2 with PSF fits and SPREAD_MODEL.
//!
//! Bound to frames alone it is pass 1; with a PSF model of each frame it is pass 2. A frame without world coordinates is
//! searched as well: its catalogue has no sky columns, and a warning says so.

mod catalogue;
mod check_image;
mod check_image_kind;
mod companion;
mod config;
mod depth;
mod depth_params;
mod error;
mod facts;
mod flag_image;
mod frame;
mod limit_map;
mod model_file;
mod noise;
mod pairs;
mod psf_width;
mod sex_file;
mod sextractor;
mod sky;

pub use check_image_kind::CheckImage;
pub use companion::WeightParams;
pub use config::{DetectConfig, DetectEngine};
pub use depth_params::DepthParams;
pub use error::DetectError;
pub use flag_image::{FlagCombination, FlagParams};
pub use frame::FrameParams;

use std::path::Path;

use catalogue::Contents;
use facts::Catalogued;
use ndarray::Array2;
use products::frame_set::image_of;
use products::source_catalog::columns::{PETROSIAN_COLUMNS, SourceColumn};
use products::{FrameFacts, FrameSet, PsfModelSet, SourceCatalog, SourceFacts};
use sky_coords::PixelPos;
use sky_detect::{Detection, Exposure, WeightMap};
use sky_fits::RawPixels;
use sky_image::Image;
use sky_photometry::{Classifier, Field, noise_correlation, spread_scores};
use sky_psf::{FitTarget, Noise, PsfImage, PsfModel, fit_sources};
use sky_wcs::Wcs;
use step_contract::{DoneUnit, Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, ToolError, UnitFiles, Units};

/// Memory beside the pixels: sources, their groups, the catalogue.
const BASE_BYTES: u64 = 96 << 20;
/// Memory for a pixel: stored, f32, filtered, background, mask and segmentation.
const BYTES_PER_PIXEL: u64 = 40;

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
        /// An image to be searched in place of each, on which the first one is measured (dual-image mode).
        searched: Vec<FrameSet>,
        /// A weight map of each image that is searched.
        weights: Vec<FrameSet>,
        /// A flag image of each.
        flags: Vec<FrameSet>,
    }
}

impl Step for Detect {
    const ID: &'static str = "detect";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const ENGINES: &'static [&'static str] = &["native", sextractor::TOOL.engine];
    const MEMORY_PER_UNIT_BYTES: u64 = BASE_BYTES;
    type Config = DetectConfig;
    type Inputs = DetectInputs;
    type Output = SourceCatalog;
    type Error = DetectError;

    fn engine(config: &DetectConfig) -> Result<step_contract::Engine, ToolError> {
        match config.engine {
            DetectEngine::Native => Ok(Self::native_engine()),
            DetectEngine::Sextractor => sextractor::TOOL.found(),
        }
    }

    fn config_from(path: &Path, bytes: &[u8]) -> Option<Result<serde_json::Value, String>> {
        sex_file::from_sex(path, bytes)
    }

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
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
            .map(|frame| {
                let pixels = frame.facts().map_or(0, FrameFacts::pixels);
                let job = Job::new(frame.id())
                    .needs(&inputs.frames, frame.id())
                    .needs(&inputs.psf, pairs::model_of(inputs.psf.as_ref(), frame.id(), &inputs.frames))
                    .memory(BASE_BYTES + BYTES_PER_PIXEL * pixels);
                let companions = [&inputs.searched, &inputs.weights, &inputs.flags];
                companions.into_iter().fold(job, |job, members| companion::needs(job, members, &inputs.frames))
            })
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let frame = needs.unit(&inputs.frames);
            if let Some(reason) = config.frame.passes_over(&frame)? {
                return Ok(Outcome::NoWork(reason));
            }
            let psf = needs.unit_if(&inputs.psf);
            let companions = Companions {
                searched: companion::of(needs, &inputs.searched, "searched")?,
                weights: companion::of(needs, &inputs.weights, "weights")?,
                flags: companion::of(needs, &inputs.flags, "flags")?,
            };
            detect_frame(config, &columns, &frame, psf.as_ref(), &companions, files).map(Outcome::Done)
        })
    }
}

/// What belongs to a frame.
struct Companions<'a> {
    searched: Option<DoneUnit<'a, FrameSet>>,
    weights: Option<DoneUnit<'a, FrameSet>>,
    flags: Option<DoneUnit<'a, FrameSet>>,
}

fn detect_frame(
    config: &DetectConfig,
    columns: &[&SourceColumn],
    frame: &DoneUnit<'_, FrameSet>,
    psf: Option<&DoneUnit<'_, PsfModelSet>>,
    companions: &Companions<'_>,
    files: &mut UnitFiles,
) -> Result<SourceFacts, DetectError> {
    let (header, image) = config.frame.read(frame)?;
    let (height, width) = image.pixels.dim();
    let (header, odd_cards) = sky_fits::without_odd_cards(&header);
    if !odd_cards.is_empty() {
        files.warn("header_card", format!("left out of the catalogue's header: {}", odd_cards.join("; ")));
    }
    let mut config = config.clone();
    let (photometry, changes) = config.frame.photometry(&header, &config.photometry);
    config.photometry = photometry;
    let config = &config;
    if !changes.is_empty() {
        files.warn("header_value", changes.join("; "));
    }
    catalogue::width_warnings(config).into_iter().for_each(|warning| files.warn("vector_width", warning));
    if config.engine == DetectEngine::Sextractor {
        let bound = [&companions.searched, &companions.weights, &companions.flags];
        if bound.iter().any(|companion| companion.is_some()) {
            return Err(DetectError::NotOffered("searched, weights or flags".to_owned()));
        }
        return sextractor::detect_frame(config, columns, frame, psf, (&header, &image), files);
    }
    let exposure = expose(config, image, companions)?;
    let mut found = sky_detect::detect_exposure(exposure, &config.detect, &config.background, &config.photometry)?;
    if let Some(flags) = &companions.flags {
        flag_image::fill_flags(&mut found, &read_flags(flags, (height, width))?, config.flag_image.combination);
    } else if config.flag_image.required {
        return Err(DetectError::NoFlags);
    }
    let model = psf.map(|psf| model_file::read_model(&psf.file("model"), psf.facts().hdu)).transpose()?;
    let mut noise_is_known = false;
    // mark: sources-found
    if let Some(model) = &model {
        noise_is_known = fit_psf(config, &mut found, model)?;
        if let Some(warning) = pairs::misfit(&found.sources) {
            files.warn("psf_misfit", warning);
        }
        if config.psf_fit.correlated_noise && !noise_is_known && !found.sources.is_empty() {
            files.warn(
                "noise_correlation",
                "there is too little empty sky to tell how the noise hangs together; errors of PSF fits are those of \
                 independent pixels, and too small where it does",
            );
        }
    }
    let depth = depth::measure_depth(config, &found, model.as_ref(), noise_is_known)?;
    if config.depth.scale_errors {
        found.sources.iter_mut().for_each(|source| depth.scale_errors(source));
    }

    let wcs = Wcs::from_header(&header);
    classify(config, &mut found, wcs.as_ref().ok())?;
    match &wcs {
        Ok(wcs) => {
            sky::fill_sky(&mut found.sources, wcs);
            sky::frame_warnings(wcs).into_iter().for_each(|warning| files.warn("celestial_frame", warning));
        }
        Err(error) => files.warn("no_wcs", format!("the catalogue has no sky positions: {error}")),
    }
    noise::warnings(&found).into_iter().for_each(|(kind, warning)| files.warn(kind, warning));
    let background = &found.background;
    let header_out = catalogue::image_header(&header, background.level_adu, background.rms_adu, config);
    let contents = Contents { psf: psf.is_some(), sky: wcs.is_ok() };
    let rows = Some(found.sources.len() as u64);
    // mark: catalogue-name
    files.write("catalog", ".cat", rows, |out| -> Result<(), DetectError> {
        Ok(catalogue::write(out, &header_out, &found, columns, contents, config)?)
    })?;

    for check in &config.check_images {
        let (role, suffix) = check.role_and_suffix();
        files.write(role, suffix, None, |out| check.write(out, &header, &found, config))?;
    }
    if let Some(map) = &depth.limit_map_mag {
        let map_header = limit_map::header(&header, config.depth.limit_map_cell_px);
        files.write("limit_map", "_limit.fits", None, |out| -> Result<(), DetectError> {
            Ok(limit_map::write(out, &map_header, map)?)
        })?;
    }

    let catalogued = Catalogued {
        frame,
        psf,
        header: &header,
        shape_px: (height, width),
        sources: &found.sources,
        background_adu: background.level_adu,
        background_rms_adu: background.rms_adu,
        threshold_adu: found.threshold_adu,
        depth: depth.facts,
    };
    Ok(catalogued.facts(config))
}

/// The frame with the images that are bound to it.
fn expose(config: &DetectConfig, image: Image, companions: &Companions<'_>) -> Result<Exposure, DetectError> {
    let mut exposure = Exposure::new(image);
    if let Some(searched) = &companions.searched {
        exposure.searched = Some(config.frame.read(searched)?.1);
    }
    if let Some(weights) = &companions.weights {
        exposure.weights = Some(WeightMap {
            kind: config.weights.kind,
            values: config.frame.open(weights)?.read()?.pixels,
            threshold: config.weights.threshold,
        });
    } else if config.weights.required {
        return Err(DetectError::NoWeights);
    }
    Ok(exposure)
}

/// A flag image: whole numbers of up to 32 bits.
fn read_flags(flags: &DoneUnit<'_, FrameSet>, (height, width): (usize, usize)) -> Result<Array2<u32>, DetectError> {
    let raw = sky_fits::ImageReader::open_hdu(&image_of(flags)?, flags.facts().hdu_index())?.read_raw()?;
    let value = |stored: f64| raw.scaling.bzero + raw.scaling.bscale * stored;
    let flags = match &raw.pixels {
        RawPixels::U8(stored) => stored.mapv(|stored| value(f64::from(stored))),
        RawPixels::I16(stored) => stored.mapv(|stored| value(f64::from(stored))),
        RawPixels::U16(stored) => stored.mapv(|stored| value(f64::from(stored))),
        RawPixels::I32(stored) => stored.mapv(|stored| value(f64::from(stored))),
        RawPixels::I64(stored) => stored.mapv(|stored| value(stored as f64)),
        RawPixels::F32(stored) => stored.mapv(|stored| value(f64::from(stored))),
        RawPixels::F64(stored) => stored.mapv(value),
    };
    let (found_height, found_width) = flags.dim();
    if (found_height, found_width) != (height, width) {
        return Err(DetectError::FlagShape { found_width, found_height, width, height });
    }
    let is_flag = |flag: f64| flag.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&flag);
    match flags.iter().find(|flag| !is_flag(**flag)) {
        Some(found) => Err(DetectError::Flags { found: *found }),
        None => Ok(flags.mapv(|flag| flag as u32)),
    }
}

/// Fits the PSF to all sources; whether their errors take the correlation of the noise into account.
fn fit_psf(config: &DetectConfig, found: &mut Detection, model: &PsfModel) -> Result<bool, DetectError> {
    if found.sources.is_empty() {
        return Ok(false);
    }
    let correlation = Field::new(&found.pixels, &found.segmentation)
        .filter(|_| config.psf_fit.correlated_noise)
        .and_then(|field| noise_correlation(&field, found.mask.as_ref(), config.depth.seed));
    let image = PsfImage::new(
        found.pixels.view(),
        found.mask.as_ref().map(|mask| mask.view()),
        Noise::Uniform(found.background.rms_adu),
        config.photometry.gain_e_per_adu,
    )?
    .with_correlation(correlation.as_ref());
    let targets: Vec<FitTarget> = found
        .sources
        .iter()
        .map(|source| FitTarget {
            position: PixelPos::new(source.windowed.x_px, source.windowed.y_px),
            flux_adu: source.auto.adu,
        })
        .collect();
    let fits = fit_sources(&image, model, &targets, &config.psf_fit)?;
    // mark: psf-fit-kept
    found.sources.iter_mut().zip(fits).for_each(|(source, fit)| source.psf = Some(fit));
    let (height, width) = found.pixels.dim();
    psf_width::fill_psf_width(&mut found.sources, model, width, height);
    let scores = spread_scores(&found.sources);
    found.sources.iter_mut().zip(scores).for_each(|(source, score)| source.spread_score = score);
    Ok(correlation.is_some())
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
