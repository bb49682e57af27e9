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
    /// A stack of bias frames that another program made.
    MasterBias,
    /// A stack of darks that another program made.
    MasterDark,
    /// A stack of flats that another program made.
    MasterFlat,
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
            Self::MasterBias => "master_bias",
            Self::MasterDark => "master_dark",
            Self::MasterFlat => "master_flat",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of a stack of such frames, where a calibration frame has one: a stack of lights is no raw frame of any kind.
    pub const fn master(self) -> Option<Self> {
        match self {
            Self::Bias => Some(Self::MasterBias),
            Self::Dark | Self::DarkFlat => Some(Self::MasterDark),
            Self::Flat => Some(Self::MasterFlat),
            _ => None,
        }
    }
}
