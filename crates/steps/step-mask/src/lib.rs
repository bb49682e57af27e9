//! The step mask: a clean image, a mask of bright stars and defects, and the background mesh.
//!
//! The clean image holds the pixels of the input to the bit, in its pixel type; only further HDUs are left out and DATE-OBS is written in ISO 8601.
//! What bright stars and defects spoil is flagged in the mask: filling pixels with zero would make edges, and edges are detected.

mod clean;
mod config;
mod error;
mod mesh;
mod stars;

pub use config::MaskConfig;
pub use error::MaskError;

use products::facts::{ExposureFacts, is_plate};
use products::frame_set::image_of;
use products::{FrameFacts, FrameSet, MaskFacts, ReferenceCatalog};
use sky_background::Background;
use sky_fits::{PixelData, RawImage, RawPixels};
use sky_image::Image;
use sky_mask::{BrightStar, broken_fraction, mark_defects, mark_saturated, mask_stars, saturation_plateau_adu};
use sky_wcs::Wcs;
use step_contract::{DoneUnit, Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

/// Memory beside the pixels: stars, meshes, the file that is written.
const BASE_BYTES: u64 = 48 << 20;
/// Memory for a pixel: stored, f32, cleaned, mask and the planes of its bits.
const BYTES_PER_PIXEL: u64 = 30;

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Mask;

inputs! {
    /// What mask reads.
    pub struct MaskInputs {
        /// The images.
        frames: FrameSet,
        /// Bright stars around each image.
        bright: Option<ReferenceCatalog>,
    }
}

impl Step for Mask {
    const ID: &'static str = "mask";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    const MEMORY_PER_UNIT_BYTES: u64 = BASE_BYTES;
    type Config = MaskConfig;
    type Inputs = MaskInputs;
    type Output = FrameSet;
    type Error = MaskError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &MaskConfig,
        inputs: MaskInputs,
        out: &mut OutputDir<FrameSet>,
    ) -> Result<Units<FrameSet>, MaskError> {
        let jobs: Vec<Job> = inputs
            .frames
            .units()
            .map(|frame| {
                let pixels = frame.facts().map_or(0, FrameFacts::pixels);
                let job = Job::new(frame.id()).needs(&inputs.frames, frame.id());
                let job = if config.wants_stars() { job.needs(&inputs.bright, frame.id()) } else { job };
                job.memory(BASE_BYTES + BYTES_PER_PIXEL * pixels)
            })
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let frame = needs.unit(&inputs.frames);
            let bright = if config.wants_stars() { needs.unit_if(&inputs.bright) } else { None };
            mask_frame(config, &frame, bright.as_ref(), files).map(Outcome::Done)
        })
    }
}

fn mask_frame(
    config: &MaskConfig,
    frame: &DoneUnit<'_, FrameSet>,
    bright: Option<&DoneUnit<'_, ReferenceCatalog>>,
    files: &mut UnitFiles,
) -> Result<FrameFacts, MaskError> {
    let path = image_of(frame)?;
    let raw = sky_fits::ImageReader::open_hdu(&path, frame.facts().hdu_index())?.read_raw()?;
    let hdus = sky_fits::read_header(&path)?.len();
    let (copied, odd_cards) = sky_fits::without_odd_cards(&raw.header);
    if !odd_cards.is_empty() {
        files.warn("header_card", format!("left out of the header: {}", odd_cards.join("; ")));
    }
    let wcs = Wcs::from_header(&raw.header)?;
    for warning in wcs.warnings() {
        files.warn("celestial_frame", warning);
    }
    let mut image = Image::new(raw.pixels.to_f32(&raw.scaling));
    let (height, width) = image.pixels.dim();
    let exposure = ExposureFacts::of_header(&raw.header);
    let broken = broken_pixels(config, &raw, &image, files)?;
    let stars = stars::at_plate_epoch(config, bright, exposure.epoch_yr, files)?;

    let mut mask = sky_image::Mask::zeros(image.pixels.dim());
    let defects = mark_defects(&mut mask, &image.pixels, &config.defects);
    // mark: stars-masked
    let star_counts = mask_stars(&mut mask, &wcs, &stars, &config.stars);
    image.mask = Some(mask);
    let background = Background::estimate(&image, &config.background)?;
    let mut mask = image.mask.take().unwrap_or_default();
    let on_image = |star: &BrightStar| Some((wcs.pixel_from_sky(star.position)?, star.mag));
    let bright_on_image = stars.iter().filter(|star| star.mag <= config.plateau.saturated_mag).filter_map(on_image);
    let plateau = saturation_plateau_adu(&image.pixels, background.level_adu, bright_on_image, &config.plateau);
    if let Some(plateau_adu) = plateau {
        mark_saturated(&mut mask, &image.pixels, background.level_adu, plateau_adu, &config.plateau);
    }

    let masked_pixels = mask.iter().filter(|&&bits| bits != 0).count();
    let masked_fraction = masked_pixels as f64 / mask.len() as f64;
    let bad_lines = defects.bad_rows + defects.bad_columns;
    if masked_fraction > config.warn_masked_fraction {
        files.warn("masked_fraction", format!("{:.1} % of the image is masked", 100.0 * masked_fraction));
    }
    if bad_lines > 0 {
        files.warn(
            "bad_lines",
            format!("{} rows and {} columns are flagged bad", defects.bad_rows, defects.bad_columns),
        );
    }

    let header = clean::header(&copied, &exposure);
    // mark: clean-image-name
    files.write("image", ".clean.fits", None, |mut out| -> Result<(), MaskError> {
        Ok(sky_fits::write_image_scaled(&mut out, &header, raw.pixels.view(), &raw.scaling)?)
    })?;
    // The registry of mask bits ends at 16: eight bits hold them.
    // mark: mask-bits-written
    let narrow = mask.mapv(|bits| bits as u8);
    let mask_header = clean::mask_header(&header);
    files.write("mask", ".mask", None, |mut out| -> Result<(), MaskError> {
        Ok(sky_fits::write_image(&mut out, &mask_header, PixelData::U8(&narrow))?)
    })?;
    mesh::write(&background, config.background.mesh_px, files)?;

    Ok(FrameFacts {
        group: frame.facts().group.clone(),
        kind: frame.facts().kind,
        root: frame.facts().root.clone(),
        download: frame.facts().download.clone(),
        mask: Some(MaskFacts {
            input_fits: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            clean_fits: format!("{}.clean.fits", frame.id()),
            // mark: mask-file-told
            mask_file: format!("{}.mask", frame.id()),
            mask_threshold_mag: config.stars.mask_threshold_mag,
            max_radius_arcsec: config.stars.max_radius_arcsec,
            catalog: bright.map(|bright| bright.facts().catalog_name.clone()),
            bright_stars: star_counts.masking as u64,
            masked_pixels: masked_pixels as u64,
            masked_fraction,
            background_adu: background.level_adu,
            background_rms_adu: background.rms_adu,
            saturation_plateau_adu: plateau,
            broken_fraction: broken,
            bad_lines: Some(bad_lines as u64),
            hdus_dropped: hdus as u64 - 1,
        }),
        ..FrameFacts::of_header(&raw.header, width, height)
    })
}

/// Share of negative or clipped pixels of a photographic plate; `None` of another image, where they may be lawful.
fn broken_pixels(
    config: &MaskConfig,
    raw: &RawImage,
    image: &Image,
    files: &mut UnitFiles,
) -> Result<Option<f64>, MaskError> {
    if !is_plate(&raw.header) {
        return Ok(None);
    }
    // 16 bits are what the scanners wrote; wider types clip nowhere.
    let ceiling_adu =
        matches!(raw.pixels, RawPixels::I16(_)).then(|| raw.scaling.bzero + raw.scaling.bscale * f64::from(i16::MAX));
    let fraction = broken_fraction(&image.pixels, ceiling_adu);
    if fraction > config.broken.max_fraction {
        return Err(MaskError::BrokenPixels { fraction, allowed: config.broken.max_fraction });
    }
    if fraction > config.broken.warn_fraction {
        files.warn("broken_pixels", format!("{:.1} % of the pixels are negative or clipped", 100.0 * fraction));
    }
    Ok(Some(fraction))
}
