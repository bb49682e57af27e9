//! Summaries of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileKind, Product, Unit, file_set};

use crate::ended::{ended, facts};

/// Pages, tables and plots of a run (files of the step), one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary;

/// A unit of a summary has no file of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryFiles {}

file_set!(SummaryFiles { required ; optional ; });

/// The numbers of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryFacts {
    /// Detections of the last pass.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections: u64,
    /// Rows that passed every rule.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub kept_count: u64,
    /// Rows that a rule dropped.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub dropped_count: u64,
    /// Kept rows that are candidates (every veto was there).
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub candidates_count: u64,
    /// Tiles with a verdict.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub tiles_done: u64,
    /// Tiles without one; they are not part of the area.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiles_not_done: Vec<String>,
    /// Area of the tiles with a verdict.
    pub area_deg2_covered: f64,
    /// Kept rows that are the same detection in two tiles of one plate.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub duplicates_count: u64,
    /// Kept rows seen on another plate as well.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub repeats_count: u64,
    /// Median FWHM_IMAGE of the detections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_image_median_px: Option<f64>,
    /// Median instrumental MAG_AUTO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mag_auto_median: Option<f64>,
    /// Median SNR_WIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snr_win_median: Option<f64>,
    /// Pages and tables written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summary_paths: Vec<String>,
    /// Plots written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<String>,
}

/// The numbers of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryPayload {
    /// Detections.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections: u64,
    /// Rows kept.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub kept_count: u64,
    /// Candidates.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub candidates_count: u64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for Summary {
    const NAME: &'static str = "summary";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../schemas/summary-1.json");
    const FILE_KIND: FileKind = FileKind::Page;
    type Files = SummaryFiles;
    type Facts = SummaryFacts;
    type Payload = SummaryPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        SummaryPayload {
            detections: facts(units).map(|summary| summary.detections).sum(),
            kept_count: facts(units).map(|summary| summary.kept_count).sum(),
            candidates_count: facts(units).map(|summary| summary.candidates_count).sum(),
            units_done,
            units_not_done,
        }
    }
}
