//! What a master was made of, and what it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stack::RejectionFacts;

/// What a master was made of, and what it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterFacts {
    /// Frames in it, in the order of their ids; none of a master that came from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Frames of its group that could not be used.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub failed_count: u64,
    /// How many frames a master from elsewhere says it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub told_count: Option<u64>,
    /// Outlying pixels; absent: none were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<RejectionFacts>,
    /// Median of its pixels.
    pub level_adu: f64,
    /// Noise of one of its pixels, from the differences of neighbours.
    pub noise_adu: f64,
    /// Noise of one pixel of its members: the median of theirs. The noise of the master is this over the root of their number, at best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_noise_adu: Option<f64>,
    /// Whether the bias is still in it.
    pub holds_bias: bool,
    /// The master that was taken off each of its members (flats).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtracted: Option<String>,
    /// Level of a flat that counts as 1: of a mosaic of its red, green and blue pixels, else one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flat_levels_adu: Vec<f64>,
    /// Hot pixels of a dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub hot_pixel_count: Option<u64>,
    /// Cold pixels of a dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub cold_pixel_count: Option<u64>,
    /// Whether a dark may be scaled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glow: Option<GlowFacts>,
}

/// The light of the amplifier in a dark, and whether the camera moves its black level. Either forbids to scale the dark.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlowFacts {
    /// Largest difference of a corner and the middle.
    pub glow_adu: f64,
    /// Scatter of a pixel of the dark current.
    pub noise_adu: f64,
    /// Median of the dark current; below zero where the camera clamps its black level. Absent: no bias was there to take off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_adu: Option<f64>,
    /// The corners differ from the middle by more than the noise allows.
    pub has_glow: bool,
    /// The level falls as the exposure grows.
    pub is_clamped: bool,
}
