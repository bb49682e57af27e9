//! The transformation of one frame.

use products::FrameMetrics;
use products::facts::{RegistrationFacts, TransformationModel};
use products::frame_metrics::{MeasuredStar, read_stars};
use sky_register::{Model, Star, register};
use sky_stats::median;
use step_contract::DoneUnit;

use crate::config::RegisterConfig;
use crate::error::RegisterError;

/// How a frame lies on its reference, or why that cannot be told.
pub(crate) fn registration(
    config: &RegisterConfig,
    own: &DoneUnit<'_, FrameMetrics>,
    reference: &DoneUnit<'_, FrameMetrics>,
) -> Result<Result<RegistrationFacts, String>, RegisterError> {
    if own.id() == reference.id() {
        return Ok(Ok(RegistrationFacts::of_reference(own.id())));
    }
    let (mine, theirs) = (read_stars(&own.file("stars"))?, read_stars(&reference.file("stars"))?);
    let found = match register(&positions(&mine), &positions(&theirs), &config.register) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if found.residual_median_px > config.max_residual_px {
        return Ok(Err(format!(
            "the matched stars are {:.2} px apart in the median, at most {} are allowed",
            found.residual_median_px, config.max_residual_px
        )));
    }
    // The kernel takes a pixel of the frame to the reference; facts say the way back, as pixels are read.
    let Some(from_reference) = found.transform.inverse() else {
        return Ok(Err("its transformation cannot be turned round".to_owned()));
    };
    let model = match found.model {
        Model::Similarity => TransformationModel::Similarity,
        Model::Affine => TransformationModel::Affine,
        Model::Homography => TransformationModel::Homography,
    };
    let mut ratios: Vec<f64> = found
        .pairs
        .iter()
        .map(|(i, j)| (&mine[*i], &theirs[*j]))
        .filter(|(a, b)| !a.saturated && !b.saturated && a.flux_adu > 0.0 && b.flux_adu > 0.0)
        .map(|(a, b)| a.flux_adu / b.flux_adu)
        .collect();
    Ok(Ok(RegistrationFacts {
        residual_px: Some(found.residual_median_px),
        matched_stars: Some(found.pairs.len() as u64),
        flux_ratio: median(&mut ratios),
        ..RegistrationFacts::new(reference.id(), model, *from_reference.matrix())
    }))
}

fn positions(stars: &[MeasuredStar]) -> Vec<Star> {
    stars.iter().map(|star| Star { x_px: star.position.x_px, y_px: star.position.y_px, flux: star.flux_adu }).collect()
}
