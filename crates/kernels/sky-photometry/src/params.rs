//! Parameters of the photometry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for the pixels of neighbours in apertures and windows (SExtractor: MASK_TYPE).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeighbourPixels {
    /// Their mirror images through the source's centre (CORRECT).
    #[default]
    Mirror,
    /// Zero (BLANK).
    Blank,
    /// They themselves (NONE).
    Keep,
}

/// How sources are measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhotometryParams {
    /// Diameters of the circular apertures, pixels (SExtractor: PHOT_APERTURES).
    #[schemars(length(min = 1, max = 32), inner(range(min = 0.5, max = 1000.0)))]
    pub aperture_diameters_px: Vec<f64>,
    /// Kron ellipse in Kron radii (SExtractor: PHOT_AUTOPARAMS, first value).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub kron_factor: f64,
    /// Smallest Kron ellipse, in units of the axes (SExtractor: PHOT_AUTOPARAMS, second value).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub kron_min_radius: f64,
    /// Whether Petrosian fluxes are measured (the columns FLUX_PETRO and others ask for it).
    pub petrosian: bool,
    /// Petrosian ellipse in Petrosian radii (SExtractor: PHOT_PETROPARAMS, first value).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub petrosian_factor: f64,
    /// Smallest Petrosian ellipse, in units of the axes (SExtractor: PHOT_PETROPARAMS, second value).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub petrosian_min_radius: f64,
    /// Parts of FLUX_AUTO whose radii FLUX_RADIUS gives (SExtractor: PHOT_FLUXFRAC).
    #[schemars(length(min = 1, max = 32), inner(range(min = 0.0, max = 1.0)))]
    pub light_fractions: Vec<f64>,
    /// What stands for the pixels of neighbours (SExtractor: MASK_TYPE). Pixels without data are never themselves.
    pub neighbour_pixels: NeighbourPixels,
    /// Gamma of the emulsion, in units of the pixels (SExtractor: MAG_GAMMA with DETECT_TYPE PHOTO): a density D above the
    /// background counts as the flux g (exp(D / g) - 1), g = gamma / ln 10. 0: pixels are fluxes (DETECT_TYPE CCD).
    #[schemars(range(min = 0.0))]
    pub density_gamma_adu: f64,
    /// Width of the frame around each source in which its own background is measured, pixels (SExtractor: BACKPHOTO_TYPE LOCAL
    /// with BACKPHOTO_THICK, 24); 0: the background mesh alone (BACKPHOTO_TYPE GLOBAL).
    #[schemars(range(min = 0, max = 512))]
    pub local_background_px: u32,
    /// Electrons (or photons) an ADU, for the Poisson noise of sources; 0 leaves it out (SExtractor: GAIN).
    #[schemars(range(min = 0.0))]
    pub gain_e_per_adu: f64,
    /// Level at which pixels are saturated, ADU with the background (SExtractor: SATUR_LEVEL).
    pub saturation_adu: f64,
    /// Magnitude of one ADU (SExtractor: MAG_ZEROPOINT). On plates it is a convention: magnitudes are instrumental.
    pub zero_point_mag: f64,
}

impl Default for PhotometryParams {
    fn default() -> Self {
        Self {
            aperture_diameters_px: vec![5.0],
            kron_factor: 2.5,
            kron_min_radius: 3.5,
            petrosian: false,
            petrosian_factor: 2.0,
            petrosian_min_radius: 3.5,
            light_fractions: vec![0.5],
            neighbour_pixels: NeighbourPixels::Mirror,
            density_gamma_adu: 0.0,
            local_background_px: 0,
            gain_e_per_adu: 0.0,
            saturation_adu: 50_000.0,
            zero_point_mag: 0.0,
        }
    }
}
