//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::RowOrder;

/// What is assumed where a file does not say it, and what belongs together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// Local civil time less UTC in hours, for the date of the night where a header has neither local time nor site.
    #[schemars(range(min = -12.0, max = 14.0))]
    pub utc_offset_hours: f64,
    /// Order of the rows of a colour camera whose header has no ROWORDER (NINA, INDI and Siril write from the top).
    pub row_order: RowOrder,
    /// Calibration frames of an uncooled camera belong to one master where no gap between their temperatures is larger, degrees Celsius
    /// (psf-guard takes 3).
    #[schemars(range(min = 0.1, max = 50.0))]
    pub temperature_gap_c: f64,
    /// Whether files with the same pixels under two names are looked for.
    pub find_twins: bool,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self { utc_offset_hours: 0.0, row_order: RowOrder::TopDown, temperature_gap_c: 3.0, find_twins: true }
    }
}
