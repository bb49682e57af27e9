//! The engine SExtractor: source-extractor on the frame, its rows as ours.

mod rows;
mod settings;
mod written;

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use products::source_catalog::columns::{PSF_COLUMNS, SKY_COLUMNS, SourceColumn};
use products::{FrameSet, PsfModelSet, SourceFacts};
use sky_catalog::Source;
use sky_fits::{BinTable, PixelData, ldac, write_image};
use sky_image::{Header, Image, mask_bits};
use sky_photometry::spread_scores;
use sky_wcs::Wcs;
use step_contract::DoneUnit;
use step_harness::{OutputError, Tool, ToolOutput, ToolRun, UnitFiles};

use crate::catalogue::{self, Contents};
use crate::facts::Catalogued;
use crate::{DetectConfig, DetectError, model_file, psf_width, sky};

/// The program.
pub(crate) const TOOL: Tool = Tool {
    engine: "sextractor",
    programs: &["source-extractor", "sex"],
    version_argument: "--version",
    package: "source-extractor",
};

/// SExtractor takes a pixel of this value for none.
const NO_PIXEL: f32 = -1e30;
/// Pixels with these bits are none.
const WITHOUT_DATA: u16 = mask_bits::BAD | mask_bits::NO_DATA;

/// What SExtractor found.
struct Found {
    /// Its rows, with what columns of the sky and of ours are made from.
    sources: Vec<Source>,
    /// Its table: these values are written as they are.
    table: BinTable,
    /// SEXBKGND, SEXBKDEV and SEXTHLD.
    background_adu: f64,
    background_rms_adu: f64,
    threshold_adu: f64,
}

/// Runs it on the pixels; `psf` is a model that was read already. Sky positions are not asked for: they follow from the
/// frame's own solution, which the facts name.
fn find(
    config: &DetectConfig,
    columns: &[&SourceColumn],
    image: &Image,
    psf: Option<&Path>,
    files: &mut UnitFiles,
) -> Result<Found, DetectError> {
    settings::check(config)?;
    let room = Room { folder: files.scratch()? };
    room.lay_out(config, image, psf)?;
    let limit = config.engine_limits.time();
    let run = |run: ToolRun, files: &UnitFiles| run.time_limit(limit).run(&|| files.stopping());

    let listed = run(ToolRun::new(TOOL, &room.folder).argument("-dp"), files)?;
    let columns: Vec<&SourceColumn> =
        columns.iter().copied().filter(|column| config.detect.vignet || column.spec.name != "VIGNET").collect();
    let asked = asked(&columns, &listed.stdout, image.mask.is_some(), psf.is_some());
    room.write("columns.param", |file| file.write_all(settings::columns(&asked, config).as_bytes()))?;
    let detection = ToolRun::new(TOOL, &room.folder).arguments(["image.fits", "-c", "settings.sex"]);
    files.note("engine_command", detection.command_line());
    let output = run(detection, files)?;
    found(&room.path("found.cat"), &asked, image, &output)
}

/// The columns to ask for: of those wanted the ones that the program knows, and what [`rows`] needs.
fn asked(columns: &[&SourceColumn], known: &str, mask: bool, psf: bool) -> Vec<String> {
    let known: Vec<&str> =
        known.lines().filter_map(|line| line.trim_start_matches('#').split_whitespace().next()).collect();
    let wanted = columns.iter().map(|column| column.spec.name).filter(|name| {
        !SKY_COLUMNS.contains(name)
            && (psf || !PSF_COLUMNS.contains(name))
            && (mask || !name.contains("IMAFLAGS"))
            && !name.starts_with("FWHMPSF")
            && *name != "CLASS_STAR"
    });
    let mut asked: Vec<String> = Vec::new();
    let needed = rows::NEEDED.iter().chain(if psf { rows::NEEDED_OF_PSF } else { &[] });
    for name in needed.copied().chain(wanted) {
        // A vector is listed with its first sizes: VIGNET(1,1).
        let is_known = known.iter().any(|listed| listed.split('(').next() == Some(name));
        if is_known && !asked.iter().any(|other| other == name) {
            asked.push(name.to_owned());
        }
    }
    asked
}

/// Its catalogue, if it is what was asked for.
fn found(path: &Path, asked: &[String], image: &Image, output: &ToolOutput) -> Result<Found, DetectError> {
    let refused = |problem: String| DetectError::Tool(output.refused(problem));
    let (header, table) =
        ldac::read(path).map_err(|error| refused(format!("its catalogue cannot be read: {}", error.kind)))?;
    if let Some(missing) = asked.iter().find(|name| table.column(name).is_err()) {
        return Err(refused(format!("its catalogue has no column {missing}")));
    }
    let number = |keyword: &str| {
        let found = header.number(keyword).filter(|number| number.is_finite());
        found.ok_or_else(|| refused(format!("its catalogue has no number {keyword}")))
    };
    let sources = rows::sources(&table).map_err(|error| refused(format!("its catalogue: {error}")))?;
    let (height, width) = image.pixels.dim();
    let inside = |source: &&Source| {
        (-1.0..=width as f64).contains(&source.x_px) && (-1.0..=height as f64).contains(&source.y_px)
    };
    if let Some(source) = sources.iter().find(|source| !inside(source)) {
        let (x, y) = (source.x_px + 1.0, source.y_px + 1.0);
        return Err(refused(format!("its source {} at {x}, {y} is outside the image", source.number)));
    }
    Ok(Found {
        background_adu: number("SEXBKGND")?,
        background_rms_adu: number("SEXBKDEV")?,
        threshold_adu: number("SEXTHLD")?,
        sources,
        table,
    })
}

/// The folder of one run.
struct Room {
    folder: PathBuf,
}

impl Room {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(
        &self,
        name: &str,
        fill: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
    ) -> Result<(), DetectError> {
        let path = self.path(name);
        let written = std::fs::File::create(&path).and_then(|mut file| fill(&mut file));
        written.map_err(|source| DetectError::from(OutputError { path, source }))
    }

    /// Image, mask, model, filter and settings.
    fn lay_out(&self, config: &DetectConfig, image: &Image, psf: Option<&Path>) -> Result<(), DetectError> {
        let mut pixels = image.pixels.mapv(|pixel| if pixel.is_finite() { pixel } else { NO_PIXEL });
        if let Some(mask) = &image.mask {
            let bits = mask.mapv(i32::from);
            self.fits("mask.fits", PixelData::I32(&bits))?;
            ndarray::Zip::from(&mut pixels).and(mask).for_each(|pixel, bits| {
                if bits & WITHOUT_DATA != 0 {
                    *pixel = NO_PIXEL;
                }
            });
        }
        self.fits("image.fits", PixelData::F32(&pixels))?;
        if let Some(psf) = psf {
            let link = std::path::absolute(psf).and_then(|target| symlink(target, self.path("model.psf")));
            link.map_err(|source| DetectError::from(OutputError { path: self.path("model.psf"), source }))?;
        }
        if let Some(kernel) = settings::kernel(config) {
            self.write("filter.conv", |file| file.write_all(kernel.as_bytes()))?;
        }
        let text = settings::text(config, image.pixels.dim().0, image.mask.is_some(), psf.is_some());
        self.write("settings.sex", |file| file.write_all(text.as_bytes()))
    }

    fn fits(&self, name: &str, pixels: PixelData<'_>) -> Result<(), DetectError> {
        let path = self.path(name);
        let mut file = std::fs::File::create(&path)
            .map(std::io::BufWriter::new)
            .map_err(|source| DetectError::from(OutputError { path: path.clone(), source }))?;
        write_image(&mut file, &Header::new(), pixels)?;
        file.flush().map_err(|source| DetectError::from(OutputError { path, source }))
    }
}

/// The catalogue of a frame with its facts; `scene`: header and pixels.
pub(crate) fn detect_frame(
    config: &DetectConfig,
    columns: &[&SourceColumn],
    frame: &DoneUnit<'_, FrameSet>,
    psf: Option<&DoneUnit<'_, PsfModelSet>>,
    (header, image): (&Header, &Image),
    files: &mut UnitFiles,
) -> Result<SourceFacts, DetectError> {
    let model = psf.map(|psf| psf.file("model"));
    let hdu = psf.and_then(|psf| psf.facts().hdu);
    if hdu.is_some() {
        return Err(DetectError::NotOffered("a .psf file with several models".to_owned()));
    }
    let read = model.as_deref().map(|path| model_file::read_model(path, hdu)).transpose()?;
    let mut found = find(config, columns, image, model.as_deref(), files)?;
    let (height, width) = image.pixels.dim();
    if let Some(model) = &read {
        psf_width::fill_psf_width(&mut found.sources, model, width, height);
        let scores = spread_scores(&found.sources);
        found.sources.iter_mut().zip(scores).for_each(|(source, score)| source.spread_score = score);
    }
    let wcs = Wcs::from_header(header);
    match &wcs {
        Ok(wcs) => sky::fill_sky(&mut found.sources, wcs),
        Err(error) => files.warn("no_wcs", format!("the catalogue has no sky positions: {error}")),
    }
    if found.sources.is_empty() {
        files.warn("blank", "nothing on the image stands above the detection threshold");
    }
    let header_out = catalogue::image_header(header, found.background_adu, found.background_rms_adu, config);
    let contents = Contents { psf: psf.is_some(), sky: wcs.is_ok() };
    let rows = Some(found.sources.len() as u64);
    files.write("catalog", ".cat", rows, |out| -> Result<(), DetectError> {
        Ok(written::write(out, &header_out, (&found.sources, &found.table), columns, contents, config)?)
    })?;

    let catalogued = Catalogued {
        frame,
        psf,
        header,
        shape_px: (height, width),
        sources: &found.sources,
        background_adu: found.background_adu,
        background_rms_adu: found.background_rms_adu,
        threshold_adu: found.threshold_adu,
        depth: None,
    };
    Ok(catalogued.facts(config))
}
