//! What a downloaded image is: checked before it gets its name, and described.

use std::path::PathBuf;

use products::frame_set::{describe, describe_plate};
use products::{DownloadFacts, FrameFacts};
use sky_fits::{FitsErrorKind, HduInfo};

use crate::config::Survey;
use crate::error::{AnswerBody, DownloadError};
use crate::survey::accepted_by;

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
    // A resampled image has lost the keys of its plate: what it shows is what SkyView says.
    let survey_rule = if image.resampled {
        "service"
    } else {
        accepted_by(&hdu.header, survey).map_err(|message| DownloadError::unprocessable("wrong_survey", message))?
    };
    let astrometry = describe(&hdu.header, width_px as usize, height_px as usize).map_err(|error| {
        DownloadError::unprocessable("no_wcs", format!("neither astrometric solution can be used: {error}"))
    })?;
    Ok(FrameFacts {
        width_px,
        height_px,
        plate: Some(describe_plate(&hdu.header, Some(astrometry.pixel_scale_arcsec))),
        astrometry: Some(astrometry),
        download: Some(DownloadFacts {
            endpoint: image.endpoint.clone(),
            survey_requested: survey.name().to_owned(),
            survey_query: image.survey_query.clone(),
            survey_expected: Some(survey.header_name().to_owned()),
            survey_rule: Some(survey_rule.to_owned()),
            extension_hdus: hdus.iter().skip(index + 1).map(extension_name).collect(),
            resampled: image.resampled,
        }),
        mask: None,
    })
}

fn extension_name(hdu: &HduInfo) -> String {
    let text = |keyword| hdu.header.text(keyword).filter(|text| !text.is_empty()).map(str::to_owned);
    text("EXTNAME").or_else(|| text("XTENSION")).unwrap_or_else(|| "unnamed".to_owned())
}
