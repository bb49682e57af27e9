//! To which group a unit belongs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// To which group a unit belongs, of which kind it is, and what it descends from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipFacts {
    /// Group: the id of the unit that a step of scope group makes of it (a stack, a master, a target).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind, where units of several kinds share a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FrameKind>,
    /// What it descends from, fixed from the first step on (target, tile): units of one root are in one shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

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
