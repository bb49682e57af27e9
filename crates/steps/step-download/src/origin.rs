//! Where the image of a tile comes from.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

use products::{RawFrameSet, TileFacts};
use service_harness::{note, note_failure};
use sky_coords::SkyPos;
use sky_fits::Packing;
use sky_services::{
    Cutout, CutoutQuery, Fetched, Service, ServiceClient, SkyViewQuery, cutout_if, full_plate, resampled_cutout_if,
};
use step_contract::{DoneUnit, Reason};
use step_harness::UnitFiles;

use crate::config::{DownloadConfig, Source, Survey};
use crate::error::{AnswerBody, DownloadError};
use crate::image::{StagedImage, shows};
use crate::inputs::DownloadInputs;
use crate::plate_window::{Plate, read_from};
use crate::survey::is_region;

/// Extensions of files that hold images.
const IMAGE_FORMATS: [&str; 4] = ["fits", "fit", "fts", "fz"];
/// Tiling mode in which each image of the folder is one tile.
const MODE_PLATES: &str = "plates";

/// Who gives the image of one tile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Origin {
    /// A service.
    Archive(Source),
    /// The input `plates`.
    Folder {
        /// Its units that may show the tile.
        plates: Vec<String>,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Staged {
    /// An image, not yet checked.
    Image(StagedImage),
    /// No plate covers the tile.
    NoCoverage(Reason),
}

impl Origin {
    /// The units of the input `plates` that are needed.
    pub(crate) fn plates(&self) -> &[String] {
        match self {
            Self::Archive(_) => &[],
            Self::Folder { plates } => plates,
        }
    }
}

/// The origin of each tile. A tile whose plate is in the folder needs that plate alone, another one needs all of them.
pub(crate) fn plan(
    config: &DownloadConfig,
    inputs: &DownloadInputs,
) -> Result<BTreeMap<String, Origin>, DownloadError> {
    let images: Vec<String> = inputs
        .plates
        .iter()
        .flat_map(|plates| {
            plates
                .units()
                .filter(|unit| {
                    let facts = plates.unit(unit.id()).and_then(|unit| unit.facts.as_ref());
                    facts.is_some_and(|facts| IMAGE_FORMATS.contains(&facts.format.as_str()))
                })
                .map(|unit| unit.id().to_owned())
        })
        .collect();
    let from_folder = match config.source {
        Source::Auto => !images.is_empty(),
        Source::Folder if images.is_empty() => {
            return Err(DownloadError::Configuration(
                "download.source is \"folder\", but no image came with --input plates=DIR".to_owned(),
            ));
        }
        Source::Folder => true,
        Source::Stsci | Source::Irsa | Source::SkyView => false,
    };
    let source = if config.source == Source::Auto { Source::Stsci } else { config.source };
    Ok(inputs
        .tiles
        .units()
        .map(|tile| {
            let plate = inputs.tiles.unit(tile.id()).and_then(|unit| unit.facts.as_ref()?.plate.clone());
            let origin = match (from_folder, plate) {
                (false, _) => Origin::Archive(source),
                (true, Some(plate)) if images.contains(&plate) => Origin::Folder { plates: vec![plate] },
                (true, _) => Origin::Folder { plates: images.clone() },
            };
            (tile.id().to_owned(), origin)
        })
        .collect())
}

/// The image from a service.
pub(crate) fn from_archive(
    source: Source,
    archive: &ServiceClient,
    config: &DownloadConfig,
    tile: &TileFacts,
    files: &mut UnitFiles,
) -> Result<Staged, DownloadError> {
    let centre = SkyPos::new(tile.ra_deg, tile.dec_deg);
    let (width_arcmin, height_arcmin) = (tile.width_arcmin, tile.height_arcmin);
    let staged = |fetched: Fetched, service: Service, survey_query: &str| StagedImage {
        answer: Some(AnswerBody::from(&fetched)),
        path: fetched.path,
        endpoint: service.name().to_owned(),
        survey_query: Some(survey_query.to_owned()),
        resampled: service == Service::SkyView,
    };
    match source {
        Source::Irsa => {
            let plate = tile.plate.as_deref().and_then(plate_id).ok_or_else(|| {
                let message =
                    "the plan names no plate for this tile; IRSA keeps whole plates: plan with the mode plate-grid";
                DownloadError::unprocessable("no_plate", message.to_owned())
            })?;
            let fetched = full_plate(archive, &plate).inspect_err(|error| note_failure(files, error))?;
            note(files, fetched.effort);
            let answer = AnswerBody::from(&fetched);
            let plate = Plate::open(&fetched.path).map_err(|error| error.about(Some(&answer)))?;
            let path = files.scratch()?.join("window.fits");
            Ok(match plate.cut(centre, width_arcmin, height_arcmin, &path)? {
                true => Staged::Image(StagedImage {
                    path,
                    endpoint: Service::IrsaDss.name().to_owned(),
                    survey_query: None,
                    resampled: false,
                    answer: Some(answer),
                }),
                false => Staged::NoCoverage(no_coverage("the plate of the plan does not show the centre of the tile")),
            })
        }
        Source::SkyView => {
            let survey = config.survey.skyview_name();
            let query = SkyViewQuery { survey: survey.to_owned(), centre, width_arcmin, height_arcmin };
            let fetched = resampled_cutout_if(archive, &query, &|path| shows(path, centre))
                .inspect_err(|error| note_failure(files, error))?;
            note(files, fetched.effort);
            Ok(Staged::Image(staged(fetched, Service::SkyView, survey)))
        }
        Source::Auto | Source::Stsci | Source::Folder => {
            let survey = config.survey.stsci_name();
            let query = CutoutQuery { survey: survey.to_owned(), centre, width_arcmin, height_arcmin };
            let cutout = cutout_if(archive, &query, &|path| shows(path, centre))
                .inspect_err(|error| note_failure(files, error))?;
            match cutout {
                Cutout::Image(fetched) => {
                    note(files, fetched.effort);
                    Ok(Staged::Image(staged(fetched, Service::StsciDss, survey)))
                }
                Cutout::NoCoverage(fetched) => {
                    note(files, fetched.effort);
                    let reason =
                        AnswerBody::from(&fetched).add_to(no_coverage("no plate of the survey covers the tile"));
                    Ok(Staged::NoCoverage(reason))
                }
            }
        }
    }
}

/// The image from the input `plates`: the whole file where the tile is that image, else a window of the plate that shows the tile's centre farthest from its edges.
pub(crate) fn from_folder(
    tile: &TileFacts,
    plates: &[DoneUnit<'_, RawFrameSet>],
    files: &mut UnitFiles,
) -> Result<Staged, DownloadError> {
    let staged =
        |path| StagedImage { path, endpoint: "plates".to_owned(), survey_query: None, resampled: false, answer: None };
    if let ([only], MODE_PLATES) = (plates, tile.tiling_mode.as_str()) {
        let path = only.file("raw");
        return Ok(Staged::Image(staged(if is_packed(&path)? { unpack(&path, files)? } else { path })));
    }
    let centre = SkyPos::new(tile.ra_deg, tile.dec_deg);
    let mut best: Option<(f64, Plate)> = None;
    for unit in plates {
        let plate = Plate::open(&unit.file("raw"))?;
        if let Some(margin) = plate.margin_px(centre)
            && best.as_ref().is_none_or(|(most, _)| margin > *most)
        {
            best = Some((margin, plate));
        }
    }
    let Some((_, plate)) = best else {
        return Ok(Staged::NoCoverage(no_coverage("no image of the input plates shows the centre of the tile")));
    };
    let path = files.scratch()?.join("window.fits");
    plate.cut(centre, tile.width_arcmin, tile.height_arcmin, &path)?;
    Ok(Staged::Image(staged(path)))
}

/// The plate in the name of a unit: `XE486` in `dss1red_XE486.fits.header`.
pub(crate) fn plate_id(name: &str) -> Option<String> {
    let stem = Survey::Dss1Red.region_stem();
    name.match_indices(stem)
        .filter_map(|(at, _)| name.get(at..at + stem.len() + 3))
        .find(|text| is_region(text, Survey::Dss1Red))
        .map(str::to_owned)
}

fn is_packed(path: &Path) -> Result<bool, DownloadError> {
    Ok(Packing::of_file(path).map_err(DownloadError::Read)? == Some(Packing::Gzip))
}

fn unpack(path: &Path, files: &mut UnitFiles) -> Result<std::path::PathBuf, DownloadError> {
    let unpacked = files.scratch()?.join("unpacked.fits");
    let mut from = read_from(path, 0).map_err(DownloadError::Read)?;
    let mut to = io::BufWriter::new(fs_err::File::create(&unpacked).map_err(DownloadError::Read)?);
    io::copy(&mut from, &mut to).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            DownloadError::Damaged { kind: "truncated", message: "the gzip data end in their middle".to_owned() }
        }
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            DownloadError::Damaged { kind: "not_fits", message: "the gzip data are damaged".to_owned() }
        }
        _ => DownloadError::Read(error),
    })?;
    to.flush().map_err(DownloadError::Read)?;
    Ok(unpacked)
}

/// The reason of a tile that no plate covers.
fn no_coverage(message: &str) -> Reason {
    Reason::new("no_coverage", message)
}

#[cfg(test)]
mod tests {
    use super::plate_id;

    #[test]
    fn the_plate_is_found_in_the_name_of_its_file() {
        assert_eq!(plate_id("dss1red_XE325.fits.header").as_deref(), Some("XE325"));
        assert_eq!(plate_id("XE906").as_deref(), Some("XE906"));
        assert_eq!(plate_id("XEXE486").as_deref(), Some("XE486"));
        for name in ["XE12", "plate", "XE12a", ""] {
            assert_eq!(plate_id(name), None, "{name:?} names no plate");
        }
    }
}
