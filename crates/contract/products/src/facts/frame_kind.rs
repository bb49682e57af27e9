//! The kinds of frames.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrameKind {
    /// The sky.
    Light,
    /// Readout alone.
    Bias,
    /// The closed shutter, as long as a light.
    Dark,
    /// An even light.
    Flat,
    /// The closed shutter, as long as a flat.
    DarkFlat,
    /// A header that names none of these: reported, never guessed.
    Unknown,
}

impl FrameKind {
    /// The name in manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Bias => "bias",
            Self::Dark => "dark",
            Self::Flat => "flat",
            Self::DarkFlat => "dark_flat",
            Self::Unknown => "unknown",
        }
    }
}
