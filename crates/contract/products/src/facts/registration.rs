//! How a frame lies on the reference frame of its stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a frame lies on the reference frame of its stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationFacts {
    /// Unit of the reference frame.
    pub reference: String,
    /// How many numbers of the matrix are free.
    pub model: TransformationModel,
    /// Pixel of this frame (x, y; the centre of the first is 0, 0) from pixel of the reference: rows of a 3 x 3 matrix on (x, y, 1),
    /// its result divided by the third number.
    pub matrix: [f64; 9],
    /// Median distance of the matched stars after the transformation; absent of the reference itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_px: Option<f64>,
    /// Stars that the transformation rests on; absent of the reference itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub matched_stars: Option<u64>,
    /// Median flux of the matched stars over that of the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flux_ratio: Option<f64>,
    /// Background of this frame, of a mosaic one each of red, green and blue. Its rise is taken off where the frame is stacked, the
    /// level at the middle of the frame stays. Empty: nothing is taken off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub background: Vec<BackgroundPlane>,
}

impl RegistrationFacts {
    /// The rows of the matrix that moves nothing.
    pub const IDENTITY: [f64; 9] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];

    /// A frame on that reference, nothing measured yet.
    pub fn new(reference: impl Into<String>, model: TransformationModel, matrix: [f64; 9]) -> Self {
        Self {
            reference: reference.into(),
            model,
            matrix,
            residual_px: None,
            matched_stars: None,
            flux_ratio: None,
            background: Vec::new(),
        }
    }

    /// The reference frame itself.
    pub fn of_reference(unit: impl Into<String>) -> Self {
        Self::new(unit, TransformationModel::Identity, Self::IDENTITY)
    }
}

/// Which transformations a registration may choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransformationModel {
    /// None: the reference itself.
    Identity,
    /// Two numbers: a shift.
    Shift,
    /// Four numbers: shift, rotation, scale.
    Similarity,
    /// Six numbers: any straight map.
    Affine,
    /// Eight numbers: a map of planes in perspective.
    Homography,
}

/// A background that rises evenly: level + slope_x x + slope_y y, pixels of the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackgroundPlane {
    /// Level at the first pixel.
    pub level_adu: f64,
    /// Rise with each column.
    pub slope_x_adu_per_px: f64,
    /// Rise with each row.
    pub slope_y_adu_per_px: f64,
}
