//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_background::BackgroundParams;
use sky_detect::DetectParams;
use sky_photometry::{ClassStarParams, PhotometryParams};
use sky_psf::FitParams;

/// Which program detects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DetectEngine {
    /// Skyledger's own kernels.
    #[default]
    Native,
}

/// How sources are found and measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectConfig {
    /// Which program detects.
    pub engine: DetectEngine,
    /// Filter, threshold, deblending, cleaning.
    pub detect: DetectParams,
    /// The background mesh.
    pub background: BackgroundParams,
    /// Apertures, gain, saturation.
    pub photometry: PhotometryParams,
    /// The network of CLASS_STAR; without weights nothing is classified.
    pub class_star: ClassStarParams,
    /// The PSF fit of the second pass.
    pub psf_fit: FitParams,
    /// Columns of the catalogue, by SExtractor's names. Empty: the default ones that the image and the PSF allow
    /// (docs/columns.md).
    pub columns: Vec<String>,
}
