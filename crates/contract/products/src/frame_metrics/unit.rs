//! The metrics of one frame: its file and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, file_set};

use crate::facts::{CameraFacts, ExposureFacts, FrameKind, QualityFacts, SelectionFacts, TimeFacts};

/// Metrics of single frames: a table of stars ([`super::columns`]) and its summary.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameMetrics;

/// Files of one unit of frame-metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameMetricsFiles {
    /// Stars, the brightest first (CSV).
    pub stars: FileEntry,
}

file_set!(FrameMetricsFiles { required stars; optional ; });

/// The metrics of one frame. Positions and sizes are in pixels of the file, of a mosaic too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameMetricsFacts {
    /// Columns of the frame.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub width_px: u64,
    /// Rows of the frame.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub height_px: u64,
    /// Group: the stack that the frame is to be part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FrameKind>,
    /// Target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// What was measured.
    pub measured_on: MeasuredPlane,
    /// Stars and sky. Transparency is the group's to say and stands in its selection.
    pub quality: QualityFacts,
    /// Scatter of the FWHM from star to star, over the frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_scatter_px: Option<f64>,
    /// Direction in which the stars are drawn out, from x towards y.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elongation_angle_deg: Option<f64>,
    /// How much the stars agree on it: 0 not at all, 1 all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elongation_agreement: Option<f64>,
    /// Maxima above the threshold, before the brightest were chosen.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub candidate_count: u64,
    /// Maxima too sharp for a star: hot pixels and cosmic rays.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub sharp_count: u64,
    /// Stars that are saturated: they say nothing of sizes.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub saturated_star_count: u64,
    /// Straight trails across the frame.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub trail_count: u64,
    /// Kept, but for a frame without a picture of the sky: `black`, `constant`, `no_data`, `half_written`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionFacts>,
    /// How long it was exposed, of what, through what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureFacts>,
    /// The camera and how it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraFacts>,
    /// When it was exposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeFacts>,
}

/// Which pixels the metrics are measured on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeasuredPlane {
    /// The plane of a monochrome sensor.
    #[default]
    Mono,
    /// Stars on the green plane of a mosaic, red and blue pixels filled from their neighbours; sky on the green pixels alone.
    Green,
}
