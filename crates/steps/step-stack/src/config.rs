//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_camera::frame::Debayer;
use sky_register::Interpolation;
use sky_stack::{Normalisation, RejectionParams, TrailParams, WeightParams};

/// How frames are stacked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StackConfig {
    /// Frames below which nothing is stacked.
    #[schemars(range(min = 1, max = 1000))]
    pub least_frames: u32,
    /// How colours are made of a mosaic.
    pub debayer: Debayer,
    /// How values between pixels are found.
    pub interpolation: Interpolation,
    /// How frames are brought to one level: level and scatter, as Siril's addscale.
    pub normalisation: Normalisation,
    /// What a frame's weight follows.
    pub weights: WeightParams,
    /// How outlying pixels are found.
    pub rejection: RejectionParams,
    /// Whether and how whole trails are left out.
    pub trails: TrailParams,
    /// Times without an exposure longer than this are told as gaps, seconds.
    #[schemars(range(min = 0.0, max = 1.0e6))]
    pub gap_s: f64,
    /// Grey that the sky takes in the picture, a share of white (PixInsight and Siril: 0.25; sirilScripts: 0.10).
    #[schemars(range(min = 0.01, max = 0.9))]
    pub picture_background: f64,
    /// Memory for the blocks of all frames of a stack, MiB. The result does not depend on it.
    #[schemars(range(min = 16, max = 65_536), extend("x-execution" = true))]
    pub block_mib: u32,
}

impl Default for StackConfig {
    fn default() -> Self {
        Self {
            least_frames: 2,
            debayer: Debayer::Rcd,
            interpolation: Interpolation::Lanczos4,
            normalisation: Normalisation::AdditiveScaling,
            weights: WeightParams::default(),
            rejection: RejectionParams::default(),
            trails: TrailParams::default(),
            gap_s: 60.0,
            picture_background: 0.25,
            block_mib: 512,
        }
    }
}
