//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_background::BackgroundParams;
use sky_detect::DetectParams;
use sky_photometry::{ClassStarParams, PhotometryParams};
use sky_psf::FitParams;
use step_harness::EngineLimits;

use crate::check_image_kind::CheckImage;
use crate::companion::WeightParams;
use crate::depth_params::DepthParams;
use crate::flag_image::FlagParams;
use crate::frame::FrameParams;

/// Which program detects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DetectEngine {
    /// Skyledger's own kernels.
    #[default]
    Native,
    /// SExtractor (source-extractor). Sky positions follow from the solution of the frame's header that the facts name; the mask
    /// is its FLAG_IMAGE, so that other than ours its background includes the light of bright stars.
    Sextractor,
}

/// How sources are found and measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectConfig {
    /// Which program detects.
    pub engine: DetectEngine,
    /// What an engine that is a program of its own may take.
    pub engine_limits: EngineLimits,
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
    /// The weight map bound to `weights`.
    pub weights: WeightParams,
    /// The flag image bound to `flags`.
    pub flag_image: FlagParams,
    /// Which image of a file is searched, and what its header says of the detector.
    pub frame: FrameParams,
    /// Noise and depth, measured on empty sky.
    pub depth: DepthParams,
    /// Check images to be written beside the catalogue (SExtractor: CHECKIMAGE_TYPE).
    pub check_images: Vec<CheckImage>,
    /// Columns of the catalogue, by SExtractor's names. Empty: the default ones that the image and the PSF allow
    /// (docs/columns.md).
    pub columns: Vec<String>,
}
