//! The step download: one image for each tile, from STScI, IRSA, a local folder or SkyView.
//!
//! The bytes are kept as the archive sent them (unpacked where they came packed); nothing is resampled but by SkyView itself, which must be asked for.
//! An image that is not what was asked for ends its tile with a typed outcome and never gets a final name.

mod config;
mod error;
mod image;
mod inputs;
mod origin;
mod plate_window;
mod survey;

pub use config::{DownloadConfig, Source, Survey};
pub use error::{AnswerBody, DownloadError};
pub use inputs::DownloadInputs;

use std::path::Path;

use products::FrameSet;
use step_contract::Job;
use step_harness::{Outcome, OutputDir, Scope, Step, UnitFiles, Units};

use crate::origin::{Origin, Staged};

/// The step.
#[derive(Clone, Copy, Debug)]
pub struct Download;

impl Step for Download {
    const ID: &'static str = "download";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const SCOPE: Scope = Scope::Unit;
    // Bodies go to disk as they come; a row of a plate and the tables of the header are what is held.
    const MEMORY_PER_UNIT_BYTES: u64 = 64 << 20;
    const MAX_CONCURRENT_UNITS: usize = 1;
    type Config = DownloadConfig;
    type Inputs = DownloadInputs;
    type Output = FrameSet;
    type Error = DownloadError;

    #[inline(never)]
    fn program() -> step_harness::Program {
        step_harness::program::<Self>()
    }

    fn run(
        config: &DownloadConfig,
        inputs: DownloadInputs,
        out: &mut OutputDir<FrameSet>,
    ) -> Result<Units<FrameSet>, DownloadError> {
        let archive = service_harness::client(&config.transfer, out)?;
        let origins = origin::plan(config, &inputs)?;
        let jobs = origins.iter().map(|(tile, origin)| {
            let job = Job::new(tile).needs(&inputs.tiles, tile);
            origin.plates().iter().fold(job, |job, plate| job.needs(&inputs.plates, plate))
        });
        out.for_each_unit(jobs, |needs, files| {
            let tile = needs.unit(&inputs.tiles).facts();
            let plates = inputs.plates.as_ref().map(|plates| needs.units(plates)).unwrap_or_default();
            service_harness::on_answers(&archive, files, |files| {
                let staged = match &origins[needs.id()] {
                    Origin::Archive(source) => origin::from_archive(*source, &archive, config, tile, files)?,
                    Origin::Folder { .. } => origin::from_folder(tile, &plates, files)?,
                };
                match staged {
                    Staged::NoCoverage(reason) => Ok(Outcome::NoWork(reason)),
                    Staged::Image(image) => {
                        let facts = image::inspect(&image, config.survey)?;
                        if let (Some(meant), Some(found)) =
                            (&tile.plate, facts.plate.as_ref().and_then(|plate| plate.plate_id.as_ref()))
                            && origin::plate_id(meant).is_some_and(|meant| meant != *found)
                        {
                            files.warn("other_plate", format!("the plan meant plate {meant}, the image is of {found}"));
                        }
                        if facts.plate.as_ref().is_some_and(|plate| plate.hires == Some(true)) {
                            files.warn(
                                "hires_scan",
                                "this is one of the fine scans: a pixel is smaller than 1.2 arcsec",
                            );
                        }
                        write(&image.path, files)?;
                        Ok(Outcome::Done(facts))
                    }
                }
            })
        })
    }
}

/// The bytes under their final name.
fn write(staged: &Path, files: &mut UnitFiles) -> Result<(), DownloadError> {
    files.write("image", ".fits", None, |out| {
        let mut from = fs_err::File::open(staged).map_err(DownloadError::Read)?;
        // mark: image-whole
        std::io::copy(&mut from, out).map_err(DownloadError::Read)?;
        Ok(())
    })
}
