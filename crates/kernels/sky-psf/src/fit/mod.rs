//! PSF fits of all sources of an image.

mod correlated;
mod group;
mod member;
mod params;
mod pixels;
mod solve;
mod spread;
mod whitening;

use rayon::prelude::*;
use sky_catalog::PsfMeasurement;
use sky_coords::PixelPos;

pub use params::FitParams;

use crate::extended::extended_model;
use crate::neighbours::Neighbours;
use crate::star::Variance;
use crate::{PsfError, PsfImage, PsfModel};
use correlated::Correlated;
use solve::{Fitter, Scene};

/// Bits of `PsfMeasurement::flags`.
pub mod fit_flags {
    /// The iteration did not converge, or neighbours could not be told apart.
    pub const NOT_CONVERGED: u16 = 1;
    /// The position reached the edge of its box.
    pub const MOVED: u16 = 2;
    /// The fitted pixels reach beyond the image.
    pub const EDGE: u16 = 4;
    /// Fewer good pixels than a fit needs: the position is the one given, all other numbers are NaN.
    pub const FEW_PIXELS: u16 = 8;
}

/// A source to be fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitTarget {
    /// Where it is thought to be, 0-based pixels (XWIN, YWIN recommended).
    pub position: PixelPos,
    /// A guess of its flux, ADU (FLUX_AUTO); it only serves to start.
    pub flux_adu: f64,
}

/// Fits position and flux of every target, simultaneously for those that overlap, and computes SPREAD_MODEL; one
/// measurement a target, in order. The same bytes for any number of threads.
///
/// Weights are inverse variances: background, photon noise by the image's gain, and `accuracy` of the model. Where the image's
/// noise is correlated positions are found behind a filter that makes it white: as a fit with the inverse covariance of the noise
/// does. Fluxes are then those of the pixels as they are at these positions (the filter gains little for them, and leans on the
/// core of the model, where it is least sure), and all errors are what that noise makes of them. Neighbours that do not overlap but reach in are subtracted with the flux of a first, linear pass. Fails only where a parameter is
/// out of its range or the model is no peak; a target that cannot be fitted has flags.
pub fn fit_sources(
    image: &PsfImage<'_>,
    model: &PsfModel,
    targets: &[FitTarget],
    params: &FitParams,
) -> Result<Vec<PsfMeasurement>, PsfError> {
    params.check()?;
    let centre = PixelPos::new((image.width() as f64 - 1.0) / 2.0, (image.height() as f64 - 1.0) / 2.0);
    let fwhm_px = model.fwhm_px(centre);
    if !fwhm_px.is_finite() {
        return Err(PsfError::Degenerate("it is no peak at the centre of the image"));
    }
    let positions: Vec<PixelPos> = targets.iter().map(|target| target.position).collect();
    let fit_radius_px = params.fit_radius_fwhm * fwhm_px;
    let neighbours = Neighbours::new(&positions, 2.0 * fit_radius_px);
    let groups = group::groups(&positions, &neighbours, 2.0 * fit_radius_px, params.max_group);
    let mut group_of = vec![usize::MAX; targets.len()];
    for (number, members) in groups.iter().enumerate() {
        members.iter().for_each(|&member| group_of[member] = number);
    }
    let extended = extended_model(model);
    let correlated = image.correlation().and_then(|noise| Correlated::new(noise, model, centre, fit_radius_px));
    let scene = Scene {
        image,
        model,
        extended: &extended,
        params,
        variance: Variance { per_adu: image.variance_per_adu(), accuracy: params.accuracy },
        correlated,
        fit_radius_px,
        spread_radius_px: params.spread_radius_fwhm * fwhm_px,
        max_shift_px: params.max_shift_fwhm * fwhm_px,
        positions: &positions,
        neighbours: &neighbours,
        group_of: &group_of,
    };
    let guesses: Vec<f64> =
        targets.iter().map(|t| if t.flux_adu.is_finite() { t.flux_adu.max(0.0) } else { 0.0 }).collect();
    let first: Vec<Vec<f64>> = groups
        .par_iter()
        .map_init(|| Fitter::new(&scene), |fitter, members| fitter.fluxes(members, &guesses))
        .collect();
    let mut fluxes = guesses;
    for (members, values) in groups.iter().zip(first) {
        members.iter().zip(values).for_each(|(&member, flux)| fluxes[member] = flux);
    }
    let fitted: Vec<Vec<PsfMeasurement>> = groups
        .par_iter()
        .map_init(|| Fitter::new(&scene), |fitter, members| fitter.measure(members, &fluxes))
        .collect();
    let mut measurements = vec![None; targets.len()];
    for (members, values) in groups.iter().zip(fitted) {
        members.iter().zip(values).for_each(|(&member, value)| measurements[member] = Some(value));
    }
    Ok(measurements
        .into_iter()
        .zip(&positions)
        .map(|(found, position)| found.unwrap_or_else(|| solve::unmeasured(*position, fit_flags::FEW_PIXELS)))
        .collect())
}
