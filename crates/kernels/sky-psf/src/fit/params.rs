//! Parameters of the PSF fit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::mask_bits;

use crate::PsfError;

/// How sources are fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FitParams {
    /// Radius of the fitted pixels, FWHM of the PSF (1.5 holds more than 99 % of what a Gaussian says of its place).
    #[schemars(range(min = 0.5, max = 5.0))]
    pub fit_radius_fwhm: f64,
    /// Radius of the pixels that SPREAD_MODEL compares, FWHM of the PSF.
    #[schemars(range(min = 0.5, max = 5.0))]
    pub spread_radius_fwhm: f64,
    /// Farthest that a source may move from where it was detected, FWHM of the PSF.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub max_shift_fwhm: f64,
    /// Most sources fitted at once; larger blends are divided.
    #[schemars(range(min = 1, max = 64))]
    pub max_group: usize,
    /// Most Gauss-Newton steps.
    #[schemars(range(min = 1, max = 100))]
    pub max_iterations: usize,
    /// Accuracy to which the model holds, as a fraction of each pixel: added to the noise (PSFEx's PSF_ACCURACY, 0.01).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub accuracy: f64,
    /// Whether the correlation of the noise is measured on empty sky and taken into account: on grain, and on resampled images,
    /// positions and fluxes scatter less and their errors hold. Off: noise counts as independent from pixel to pixel, as in
    /// SExtractor.
    pub correlated_noise: bool,
    /// Mask bits under which a pixel is not fitted (default: saturated, bad and no data; sources near bright stars are
    /// measured).
    pub excluded_mask_bits: u16,
}

impl Default for FitParams {
    fn default() -> Self {
        Self {
            fit_radius_fwhm: 1.5,
            spread_radius_fwhm: 2.0,
            max_shift_fwhm: 0.5,
            max_group: 8,
            max_iterations: 15,
            accuracy: 0.01,
            correlated_noise: true,
            excluded_mask_bits: mask_bits::SATURATED | mask_bits::BAD | mask_bits::NO_DATA,
        }
    }
}

impl FitParams {
    /// Fails where a number is outside its range.
    pub fn check(&self) -> Result<(), PsfError> {
        let radii = [self.fit_radius_fwhm, self.spread_radius_fwhm].iter().all(|r| (0.5..=5.0).contains(r));
        let rest = (0.0..=2.0).contains(&self.max_shift_fwhm) && (0.0..=1.0).contains(&self.accuracy);
        if radii && rest && (1..=64).contains(&self.max_group) && (1..=100).contains(&self.max_iterations) {
            return Ok(());
        }
        Err(PsfError::Argument(format!("a parameter of the PSF fit is outside its range: {self:?}")))
    }
}
