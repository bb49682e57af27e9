//! The engine PSFEx: a model from the VIGNETs of the catalogue.

mod settings;

use std::os::unix::fs::symlink;

use products::{FrameFacts, FrameSet, SourceCatalog};
use sky_fits::{PsfexFile, ldac};
use sky_psf::{MIN_STARS, PsfError, PsfModel, PsfQuality};
use step_contract::DoneUnit;
use step_harness::{OutputError, Tool, ToolRun, UnitFiles};

use crate::made::Made;
use crate::{PsfConfig, PsfStepError, psfex_file};

/// The program.
pub(crate) const TOOL: Tool =
    Tool { engine: "psfex", programs: &["psfex"], version_argument: "--version", package: "psfex" };

/// Columns that PSFEx reads.
const NEEDED: [&str; 9] =
    ["VIGNET", "X_IMAGE", "Y_IMAGE", "FLUX_RADIUS", "SNR_WIN", "FLUX_APER", "FLUXERR_APER", "ELONGATION", "FLAGS"];
/// Names of the files in the folder of the run.
const CATALOG: &str = "catalog.cat";
const MODEL: &str = "catalog.psf";
const SETTINGS: &str = "default.psfex";

/// Runs PSFEx on the catalogue. Its exit code is 0 even where it found no star, so its file is judged instead.
pub(crate) fn make(
    config: &PsfConfig,
    frame: &DoneUnit<'_, FrameSet>,
    catalog: &DoneUnit<'_, SourceCatalog>,
    files: &mut UnitFiles,
) -> Result<Made, PsfStepError> {
    let catalog = catalog.file("catalog");
    let (_, table) = ldac::read(&catalog)?;
    if let Some(missing) = NEEDED.iter().find(|name| table.column(name).is_err()) {
        return Err(PsfStepError::MissingForPsfex((*missing).to_owned()));
    }
    let size = size_of(frame.facts())?;
    let mask_bits = table.column("IMAFLAGS_ISO").is_ok().then_some(config.psf.excluded_mask_bits);

    let folder = files.scratch()?;
    let place = |name: &str| folder.join(name);
    let disk = |name: &str| {
        let path = place(name);
        move |source| PsfStepError::from(OutputError { path, source })
    };
    std::fs::write(place(SETTINGS), settings::text(&config.psf, mask_bits)).map_err(disk(SETTINGS))?;
    let absolute = std::path::absolute(&catalog).map_err(disk(CATALOG))?;
    symlink(absolute, place(CATALOG)).map_err(disk(CATALOG))?;
    let run = ToolRun::new(TOOL, &folder).arguments([CATALOG, "-c", SETTINGS]).time_limit(config.engine_limits.time());
    files.note("engine_command", run.command_line());
    let output = run.run(&|| files.stopping())?;

    let refused = |problem: String| PsfStepError::Tool(output.refused(problem));
    let file = PsfexFile::read(&place(MODEL)).map_err(|error| refused(format!("its model is none: {}", error.kind)))?;
    let count = |what: &str, found: i64| {
        usize::try_from(found).map_err(|_| refused(format!("its model has {found} {what} stars")))
    };
    let (loaded, accepted) = (count("loaded", file.loaded)?, count("accepted", file.accepted)?);
    if accepted < MIN_STARS[0] {
        return Err(PsfError::InsufficientStars { candidates: table.rows, accepted, needed: MIN_STARS[0] }.into());
    }
    let model = psfex_file::model_of(&file)?;
    warn_of_few_stars(&model, accepted, files);
    let quality =
        PsfQuality::of(&model, size, (loaded, accepted, model.polynomial().degree(), None), (file.chi2, f64::NAN))?;
    Ok(Made { model, quality })
}

/// PSFEx keeps the degree that it was asked for, however few stars there are.
fn warn_of_few_stars(model: &PsfModel, accepted: usize, files: &mut UnitFiles) {
    let degree = model.polynomial().degree();
    if let Some(needed) = MIN_STARS.get(degree).filter(|needed| accepted < **needed) {
        files.warn("psf_few_stars", format!("{accepted} stars, degree {degree} needs {needed}"));
    }
}

/// Columns and rows of the image.
fn size_of(facts: &FrameFacts) -> Result<(usize, usize), PsfStepError> {
    let size = |pixels: u64| usize::try_from(pixels).ok().filter(|pixels| *pixels > 0);
    size(facts.width_px)
        .zip(size(facts.height_px))
        .ok_or_else(|| PsfStepError::Frame("the frame holds no image".to_owned()))
}
