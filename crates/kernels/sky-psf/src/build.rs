//! The model of an image: stars, degree, verdict.

use sky_stats::median;

use crate::building::{Building, MIN_STARS};
use crate::quality::{DegreeReason, PsfQuality};
use crate::select::{Selection, select_with_light};
use crate::{PsfCandidate, PsfError, PsfImage, PsfModel, PsfParams};

/// A model, how good it is, and what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct PsfBuild {
    /// The model.
    pub model: PsfModel,
    /// Its quality.
    pub quality: PsfQuality,
    /// The selection of its stars.
    pub selection: Selection,
    /// Indices of the candidates that were used, ascending.
    pub used: Vec<usize>,
}

/// Makes a PSF model from the detections of an image. Fails with `psf_insufficient_stars`, `psf_bad_chi2` or
/// `psf_degenerate_model` where the data do not allow for one, and with `configuration` otherwise.
pub fn build_psf(image: &PsfImage<'_>, candidates: &[PsfCandidate], params: &PsfParams) -> Result<PsfBuild, PsfError> {
    params.check()?;
    let (selection, light, widths) = select_with_light(image, candidates, params);
    let loaded = selection.stars.len();
    let insufficient =
        |accepted| PsfError::InsufficientStars { candidates: candidates.len(), accepted, needed: MIN_STARS[0] };
    let diameter_px = selection.half_light_diameter_px.ok_or_else(|| insufficient(0))?;
    let mut stars_left = loaded;
    let mut degree = params.degree;
    let (model, stars, residual_peak_fraction) = loop {
        degree = (0..=degree).rev().find(|&d| stars_left >= MIN_STARS[d]).ok_or_else(|| insufficient(stars_left))?;
        let mut building =
            Building::start(image, candidates, (&selection, &light, &widths), (degree, diameter_px), params)?;
        building.run(candidates, params)?;
        stars_left = building.stars.len();
        if stars_left >= MIN_STARS[degree] {
            let residual = building.residual_peak_fraction(image)?;
            break (building.model, building.stars, residual);
        }
    };
    let mut chi2: Vec<f64> = stars.iter().map(|star| star.reduced_chi2).collect();
    let reduced_chi2 = chi2.iter().sum::<f64>() / chi2.len() as f64;
    let typical_chi2 = median(&mut chi2).unwrap_or(f64::NAN);
    if typical_chi2.is_nan() || typical_chi2 > params.max_reduced_chi2 {
        return Err(PsfError::BadChi2 { found: typical_chi2, allowed: params.max_reduced_chi2 });
    }
    let degree_reason = (degree < params.degree).then_some(DegreeReason {
        requested: params.degree,
        stars: stars_left,
        needed: MIN_STARS[params.degree],
    });
    let quality = PsfQuality::of(
        &model,
        (image.width(), image.height()),
        (loaded, stars.len(), degree, degree_reason),
        (reduced_chi2, residual_peak_fraction),
    )?;
    let used = stars.iter().map(|star| star.candidate).collect();
    Ok(PsfBuild { model, quality, selection, used })
}
