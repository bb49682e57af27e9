//! What correlated noise makes of a fit.

use sky_coords::PixelPos;
use sky_stats::NoiseCorrelation;

use super::pixels::Planes;
use super::whitening::{REACH_PX, Whitening};
use crate::{PixelBox, PsfModel, Rendering};

/// The filter, and scatters over what normal equations for independent noise say of them.
///
/// A least-squares estimate is a sum of pixels with weights w that go with the model (or its derivative) m; its variance is
/// `w C w / (m m)^2` with the covariance C, where independent noise has `1 / (m m)`.
#[derive(Clone, Debug)]
pub(super) struct Correlated {
    pub(super) filter: Whitening,
    /// Of a flux from the pixels as they are.
    pub(super) flux_factor: f64,
    /// Of a position from the pixels as they are.
    pub(super) plain_position_factor: f64,
    /// Of a position from the filtered pixels: near 1, since a filter of few taps leaves some correlation.
    pub(super) position_factor: f64,
}

impl Correlated {
    /// For stars of a model in the middle of an image, `centre`; `None` where the noise is white.
    pub(super) fn new(
        noise: &NoiseCorrelation,
        model: &PsfModel,
        centre: PixelPos,
        fit_radius_px: f64,
    ) -> Option<Self> {
        let filter = Whitening::new(noise)?;
        let place = PixelPos::new(centre.x_px.round(), centre.y_px.round());
        let area = PixelBox::around(place, fit_radius_px);
        let (local, side) = (model.at(place), area.width);
        let (mut plain, mut wide, mut filtered) = (Rendering::default(), Rendering::default(), Planes::default());
        local.render(place, area, &mut plain);
        local.render(place, area.grown(REACH_PX), &mut wide);
        filtered.filter(&filter, &wide, area.width, area.height);
        let square = |model: &[f32]| model.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>();
        let plain_factor = |model: &[f32]| {
            let weights: Vec<f64> = model.iter().map(|value| f64::from(*value)).collect();
            (noise.variance_of_sum(&weights, side) / square(model)).sqrt()
        };
        let filtered_factor = |model: &[f32]| {
            let weights = filter.unfiltered_weights(model, side);
            (noise.variance_of_sum(&weights, side + 2 * REACH_PX) / square(model)).sqrt()
        };
        // Along rows and along columns: the geometric mean.
        let both = |x: f64, y: f64| (x * y).sqrt();
        let found = Self {
            flux_factor: plain_factor(&plain.value),
            plain_position_factor: both(plain_factor(&plain.by_x), plain_factor(&plain.by_y)),
            position_factor: both(filtered_factor(&filtered.by_x), filtered_factor(&filtered.by_y)),
            filter,
        };
        let factors = [found.flux_factor, found.plain_position_factor, found.position_factor];
        factors.iter().all(|factor| *factor > 0.0 && factor.is_finite()).then_some(found)
    }
}
