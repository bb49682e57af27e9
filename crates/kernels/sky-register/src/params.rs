//! Parameters of the registration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The transformation that is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Shift, rotation, one scale, perhaps mirrored: 4 parameters, 2 pairs.
    Similarity,
    /// 6 parameters, 3 pairs.
    Affine,
    /// 8 parameters, 4 pairs.
    Homography,
}

impl Model {
    /// Pairs below which the model is not determined.
    pub const fn pairs_needed(self) -> usize {
        match self {
            Self::Similarity => 2,
            Self::Affine => 3,
            Self::Homography => 4,
        }
    }
}

/// How stars are matched and what is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RegisterParams {
    /// The transformation. With few pairs a simpler one is taken: twelve pairs are needed for a homography, six for an affine one.
    pub model: Model,
    /// Brightest stars of each frame of which triangles are made (Valdes et al. 1995, PASP 107, 1119, use 20 to 40).
    #[schemars(range(min = 5, max = 100))]
    pub triangle_stars: u32,
    /// Brightest stars of each frame that may be pairs.
    #[schemars(range(min = 5, max = 5000))]
    pub max_stars: u32,
    /// Largest difference of the two side ratios of like triangles.
    #[schemars(range(min = 0.0001, max = 0.1))]
    pub ratio_tolerance: f64,
    /// Largest relative difference of scale: 0.05 allows 0.95 to 1.05.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub scale_tolerance: f64,
    /// Radius within which stars are pairs while the first transformation is looked for, pixels.
    #[schemars(range(min = 0.5, max = 20.0))]
    pub search_radius_px: f64,
    /// Radius within which stars are pairs in the end, pixels.
    #[schemars(range(min = 0.2, max = 20.0))]
    pub pair_radius_px: f64,
    /// Pairs that a solution must have.
    #[schemars(range(min = 4, max = 100))]
    pub min_pairs: u32,
    /// Largest expected number of chance solutions with as many pairs.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_chance: f64,
}

impl Default for RegisterParams {
    fn default() -> Self {
        Self {
            model: Model::Homography,
            triangle_stars: 40,
            max_stars: 500,
            ratio_tolerance: 0.006,
            scale_tolerance: 0.05,
            search_radius_px: 4.0,
            pair_radius_px: 2.0,
            min_pairs: 5,
            max_chance: 1.0e-9,
        }
    }
}
