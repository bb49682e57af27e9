//! How a run is summarized.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of the step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SummarizeConfig {
    /// The summary.
    pub summarize: SummarizeParams,
}

/// How a run is summarized.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SummarizeParams {
    /// Bins of each histogram (default 40).
    #[schemars(range(min = 10, max = 1000))]
    pub histogram_bins: u32,
    /// Rows of one plate within this distance are one detection (unit arcsec; default 0.25: vasco60, within one plate).
    #[schemars(range(min = 0.0, max = 60.0))]
    pub duplicate_radius_arcsec: f64,
    /// Rows of two plates within this distance are linked as repeats (unit arcsec; default 2: two plate solutions of 0.5 to 1 arcsec each).
    #[schemars(range(min = 0.0, max = 60.0))]
    pub repeat_radius_arcsec: f64,
    /// Width of the rings around the plate's centre in the edge statistic (unit degree; default 0.5).
    #[schemars(range(min = 0.05, max = 5.0))]
    pub edge_ring_deg: f64,
    /// A ring with more candidates than expected by this many standard deviations is warned of (default 3).
    #[schemars(range(min = 1.0, max = 100.0))]
    pub edge_warn_sigma: f64,
    /// Side of a cutout (unit pixel; default 61).
    #[schemars(range(min = 11, max = 122))]
    pub cutout_side_px: u32,
    /// Most cutouts on the contact sheet, brightest first (default 120).
    #[schemars(range(min = 0, max = 1000))]
    pub max_cutouts: u32,
}

impl Default for SummarizeParams {
    fn default() -> Self {
        Self {
            histogram_bins: 40,
            duplicate_radius_arcsec: 0.25,
            repeat_radius_arcsec: 2.0,
            edge_ring_deg: 0.5,
            edge_warn_sigma: 3.0,
            cutout_side_px: 61,
            max_cutouts: 120,
        }
    }
}
