//! How noise and depth are measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How noise and depth are measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DepthParams {
    /// Apertures put on empty sky; their scatter is the noise that fluxes really have. 0: none.
    #[schemars(range(min = 0, max = 100_000))]
    pub empty_apertures: u32,
    /// Stars of the local PSF put on empty sky, for the magnitude at which half of them are detected; needs a PSF model. 0:
    /// none.
    #[schemars(range(min = 0, max = 100_000))]
    pub injected_stars: u32,
    /// Side of the cells of the point-source limit map, pixels; needs a PSF model. 0: no map.
    #[schemars(range(min = 0, max = 4096))]
    pub limit_map_cell_px: u32,
    /// Seed of the places.
    #[schemars(range(min = 0, max = 4_294_967_295_u64))]
    pub seed: u64,
    /// Whether the errors in the catalogue are multiplied by the measured ratio of scatter to quoted error (each circular
    /// aperture by its own, SPREADERR_MODEL by that of the PSF, all others by that of the first aperture). Off: errors are
    /// SExtractor's, and the ratios stand in the facts. The PSF fit's errors hold in either case where it takes the correlation of
    /// the noise into account (`psf_fit.correlated_noise`); otherwise they are multiplied too.
    pub scale_errors: bool,
}

impl Default for DepthParams {
    fn default() -> Self {
        Self { empty_apertures: 500, injected_stars: 200, limit_map_cell_px: 0, seed: 1, scale_errors: false }
    }
}
