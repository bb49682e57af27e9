//! The model of an image: stars, degree, verdict.

use sky_stats::median;

use crate::building::{Building, Residuals};
use crate::quality::{DegreeReason, PsfQuality};
use crate::select::{Selection, select_with_light};
use crate::star::Star;
use crate::{PsfCandidate, PsfError, PsfImage, PsfModel, PsfParams};

/// Least stars of a model of degree 0, 1, 2 and 3 (survey acceptance 6.4).
pub(crate) const MIN_STARS: [usize; 4] = [20, 30, 50, 100];

/// Mean residual of a part of the image, as a fraction of the peak, that asks for a higher degree: PSFEx's PSF_ACCURACY.
const VARYING_RESIDUAL: f64 = 0.01;

/// A model of one degree.
struct Built {
    model: PsfModel,
    stars: Vec<Star>,
    residuals: Residuals,
}

impl Built {
    /// The model of that degree, or how many stars were left where these are too few for it.
    fn of_degree(
        image: &PsfImage<'_>,
        candidates: &[PsfCandidate],
        chosen: (&Selection, &[f64]),
        (degree, diameter_px): (usize, f64),
        params: &PsfParams,
    ) -> Result<Result<Self, usize>, PsfError> {
        let mut building = Building::start(image, candidates, chosen, (degree, diameter_px), params)?;
        building.run(candidates, params)?;
        if building.stars.len() < MIN_STARS[degree] {
            return Ok(Err(building.stars.len()));
        }
        let residuals = building.residuals_of_parts(image)?;
        Ok(Ok(Self { model: building.model, stars: building.stars, residuals }))
    }
}

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
/// `psf_degenerate_model` where the data do not allow for one, and with `psf_bad_argument` otherwise.
pub fn build_psf(image: &PsfImage<'_>, candidates: &[PsfCandidate], params: &PsfParams) -> Result<PsfBuild, PsfError> {
    params.check()?;
    let (selection, light) = select_with_light(image, candidates, params);
    let loaded = selection.stars.len();
    let insufficient =
        |accepted| PsfError::InsufficientStars { candidates: candidates.len(), accepted, needed: MIN_STARS[0] };
    let diameter_px = selection.half_light_diameter_px.ok_or_else(|| insufficient(0))?;
    let mut stars_left = loaded;
    let mut degree = params.degree;
    let mut best = loop {
        degree = (0..=degree).rev().find(|&d| stars_left >= MIN_STARS[d]).ok_or_else(|| insufficient(stars_left))?;
        match Built::of_degree(image, candidates, (&selection, &light), (degree, diameter_px), params)? {
            Ok(built) => break built,
            Err(stars) => stars_left = stars,
        }
    };
    let mut degree_reason = (degree < params.degree).then_some(DegreeReason::FewStars {
        requested: params.degree,
        stars: best.stars.len(),
        needed: MIN_STARS[params.degree],
    });
    // Residuals that vary over the image ask for more terms, where there are stars for them.
    while best.residuals.varying_fraction > VARYING_RESIDUAL
        && degree >= params.degree
        && degree < params.degree_max
        && best.stars.len() >= MIN_STARS[degree + 1]
    {
        let fraction = best.residuals.varying_fraction;
        let higher = Built::of_degree(image, candidates, (&selection, &light), (degree + 1, diameter_px), params)?;
        let Some(higher) = higher.ok().filter(|built| built.residuals.varying_fraction < fraction) else { break };
        (best, degree) = (higher, degree + 1);
        degree_reason = Some(DegreeReason::Residuals { requested: params.degree, fraction });
    }
    let Built { model, stars, residuals } = best;
    let mut chi2: Vec<f64> = stars.iter().map(|star| star.reduced_chi2).collect();
    let reduced_chi2 = chi2.iter().sum::<f64>() / chi2.len() as f64;
    let typical_chi2 = median(&mut chi2).unwrap_or(f64::NAN);
    if typical_chi2.is_nan() || typical_chi2 > params.max_reduced_chi2 {
        return Err(PsfError::BadChi2 { found: typical_chi2, allowed: params.max_reduced_chi2 });
    }
    let quality = PsfQuality::of(
        &model,
        (image.width(), image.height()),
        (loaded, stars.len(), degree_reason),
        (reduced_chi2, residuals.peak_fraction),
    )?;
    let used = stars.iter().map(|star| star.candidate).collect();
    Ok(PsfBuild { model, quality, selection, used })
}
