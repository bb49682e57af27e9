//! What a downloaded image is: checked before it gets its name, and described.

use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use products::facts::AstrometryFacts;
use products::{DownloadFacts, FrameFacts};
use sky_coords::SkyPos;
use sky_fits::{FitsErrorKind, HduInfo, HduKind};
use sky_services::FailureKind;
use sky_wcs::Wcs;

use crate::config::Survey;
use crate::error::{AnswerBody, DownloadError};
use crate::survey::accepted_by;

/// How far outside the image the place that was asked for may lie, pixels.
const OUTSIDE_MAX_PX: f64 = 20.0;

/// An image that lies somewhere and is not yet part of the run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StagedImage {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Name of the service or of the input.
    pub(crate) endpoint: String,
    /// Name of the survey in the query.
    pub(crate) survey_query: Option<String>,
    /// Whether the service put the pixels on a grid of its own.
    pub(crate) resampled: bool,
    /// The answer of the service.
    pub(crate) answer: Option<AnswerBody>,
}

/// The facts of an image that is complete, of the survey and has world coordinates; anything else is an error of its kind.
pub(crate) fn inspect(image: &StagedImage, survey: Survey) -> Result<FrameFacts, DownloadError> {
    examine(image, survey).map_err(|error| error.about(image.answer.as_ref()))
}

fn examine(image: &StagedImage, survey: Survey) -> Result<FrameFacts, DownloadError> {
    let hdus = sky_fits::check_length(&image.path).map_err(|error| match error.kind {
        FitsErrorKind::Io(error) => DownloadError::Read(error),
        kind => {
            let truncated = matches!(kind, FitsErrorKind::Truncated { .. });
            DownloadError::Damaged { kind: if truncated { "truncated" } else { "not_fits" }, message: kind.to_string() }
        }
    })?;
    let (index, hdu, (width_px, height_px)) =
        hdus.iter().enumerate().find_map(|(index, hdu)| Some((index, hdu, hdu.kind.image_size()?))).ok_or_else(
            || DownloadError::unprocessable("no_image", "the file holds no two-dimensional image".to_owned()),
        )?;
    if image.answer.is_some() && is_blank(&image.path, hdu).map_err(DownloadError::Read)? {
        let message = format!("all {} pixels have the same value: nothing is on this image", width_px * height_px);
        return Err(DownloadError::unprocessable("blank_image", message));
    }
    // A resampled image has lost the keys of its plate: what it shows is what SkyView says.
    let survey_rule = if image.resampled {
        "service"
    } else {
        accepted_by(&hdu.header, survey).map_err(|message| DownloadError::unprocessable("wrong_survey", message))?
    };
    let (width, height) = (width_px as usize, height_px as usize);
    AstrometryFacts::of_header(&hdu.header, width, height).map_err(|error| {
        // mark: no-wcs
        DownloadError::unprocessable("no_wcs", format!("neither astrometric solution can be used: {error}"))
    })?;
    Ok(FrameFacts {
        download: Some(DownloadFacts {
            endpoint: image.endpoint.clone(),
            survey_requested: survey.name().to_owned(),
            survey_query: image.survey_query.clone(),
            survey_expected: Some(survey.header_name().to_owned()),
            survey_rule: Some(survey_rule.to_owned()),
            extension_hdus: hdus.iter().skip(index + 1).map(extension_name).collect(),
            resampled: image.resampled,
        }),
        ..FrameFacts::of_header(&hdu.header, width, height)
    })
}

/// Whether an image shows a place; one that does not is the answer to another question. An image without world coordinates is judged later.
pub(crate) fn shows(path: &Path, centre: SkyPos) -> Result<(), FailureKind> {
    let hdus = sky_fits::read_header(path).map_err(|error| FailureKind::NotFits { what: error.kind.to_string() })?;
    let Some((hdu, (width, height))) = hdus.iter().find_map(|hdu| Some((hdu, hdu.kind.image_size()?))) else {
        return Ok(());
    };
    let Ok(wcs) = Wcs::from_header(&hdu.header) else { return Ok(()) };
    let is_inside = |at: f64, size: u64| (-OUTSIDE_MAX_PX..=size as f64 + OUTSIDE_MAX_PX).contains(&at);
    match wcs.pixel_from_sky(centre) {
        Some(pixel) if is_inside(pixel.x_px, width) && is_inside(pixel.y_px, height) => Ok(()),
        _ => {
            let shown = wcs.footprint(width as usize, height as usize).centre;
            let what = format!("the image is about RA {:.3}, Dec {:.3}", shown.ra_deg, shown.dec_deg);
            Err(FailureKind::WrongPlace { what })
        }
    }
}

/// Whether every pixel of a plain image has the same bytes. A sound image is told by its first pixels.
fn is_blank(path: &Path, hdu: &HduInfo) -> io::Result<bool> {
    let (HduKind::Image { bitpix, .. }, Some((width, height))) = (&hdu.kind, hdu.kind.image_size()) else {
        return Ok(false);
    };
    let mut file = BufReader::new(fs_err::File::open(path)?);
    file.seek(SeekFrom::Start(hdu.data_offset))?;
    let mut first = vec![0; (bitpix.unsigned_abs() / 8) as usize];
    file.read_exact(&mut first)?;
    let mut pixel = first.clone();
    for _ in 1..width * height {
        file.read_exact(&mut pixel)?;
        if pixel != first {
            return Ok(false);
        }
    }
    Ok(true)
}

fn extension_name(hdu: &HduInfo) -> String {
    let text = |keyword| hdu.header.text(keyword).filter(|text| !text.is_empty()).map(str::to_owned);
    text("EXTNAME").or_else(|| text("XTENSION")).unwrap_or_else(|| "unnamed".to_owned())
}
