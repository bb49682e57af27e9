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

use products::frame_set::{describe, describe_plate};
use products::{FrameFacts, FrameSet, MaskFacts, ReferenceCatalog};
use sky_background::Background;
use sky_fits::PixelData;
use sky_image::Image;
use sky_mask::{BrightStar, mark_defects, mark_saturated, mask_stars, saturation_plateau_adu};
use sky_wcs::Wcs;
use step_contract::{DoneUnit, Job, inputs};
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

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
    // A 60 arcmin plate of the fine scans (3600 x 3600): stored pixels, f32 pixels, mask, background.
    const MEMORY_PER_UNIT_BYTES: u64 = 256 << 20;
    type Config = MaskConfig;
    type Inputs = MaskInputs;
    type Output = FrameSet;
    type Error = MaskError;

    fn run(
        config: &MaskConfig,
        inputs: MaskInputs,
        out: &mut OutputDir<FrameSet>,
    ) -> Result<Units<FrameSet>, MaskError> {
        let jobs: Vec<Job> = inputs
            .frames
            .units()
            .map(|frame| Job::new(frame.id()).needs(&inputs.frames, frame.id()).needs(&inputs.bright, frame.id()))
            .collect();
        out.for_each_unit(jobs, |needs, files| {
            let frame = needs.unit(&inputs.frames);
            mask_frame(config, &frame, needs.unit_if(&inputs.bright).as_ref(), files).map(Outcome::Done)
        })
    }
}

fn mask_frame(
    config: &MaskConfig,
    frame: &DoneUnit<'_, FrameSet>,
    bright: Option<&DoneUnit<'_, ReferenceCatalog>>,
    files: &mut UnitFiles,
) -> Result<FrameFacts, MaskError> {
    let path = frame.file("image");
    let raw = sky_fits::read_image_raw_at(&path, frame.facts().hdu_index())?;
    let hdus = sky_fits::read_header(&path)?.len();
    let wcs = Wcs::from_header(&raw.header)?;
    let mut image = Image::new(raw.pixels.to_f32(&raw.scaling));
    let (height, width) = image.pixels.dim();
    let astrometry = describe(&raw.header, width, height)?;
    let plate = describe_plate(&raw.header, Some(astrometry.pixel_scale_arcsec));
    let stars = stars::at_plate_epoch(config, bright, plate.epoch_yr, files)?;

    let mut mask = sky_image::Mask::zeros(image.pixels.dim());
    let defects = mark_defects(&mut mask, &image.pixels, &config.defects);
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

    let header = clean::header(&raw.header, &plate);
    files.write("image", ".clean.fits", None, |mut out| -> Result<(), MaskError> {
        Ok(sky_fits::write_image_scaled(&mut out, &header, raw.pixels.view(), &raw.scaling)?)
    })?;
    // The registry of mask bits ends at 16: eight bits hold them.
    let narrow = mask.mapv(|bits| bits as u8);
    let mask_header = clean::mask_header(&header);
    files.write("mask", ".mask", None, |mut out| -> Result<(), MaskError> {
        Ok(sky_fits::write_image(&mut out, &mask_header, PixelData::U8(&narrow))?)
    })?;
    mesh::write(&background, config.background.mesh_px, files)?;

    Ok(FrameFacts {
        hdu: None,
        width_px: width as u64,
        height_px: height as u64,
        astrometry: Some(astrometry),
        plate: Some(plate),
        download: frame.facts().download.clone(),
        mask: Some(MaskFacts {
            input_fits: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            clean_fits: format!("{}.clean.fits", frame.id()),
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
            bad_lines: Some(bad_lines as u64),
            hdus_dropped: hdus as u64 - 1,
        }),
    })
}
