//! Frame metrics: the stars of each light and what they say of it.

pub mod columns;
mod rows;
mod unit;

pub use rows::{MeasuredStar, read_stars};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{Product, Unit};
pub use unit::{FrameMetrics, FrameMetricsFacts, FrameMetricsFiles, MeasuredPlane};

use crate::ended::{ended, facts};
use crate::facts::FrameKind;

/// The metrics of all frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameMetricsPayload {
    /// Frames that were measured.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Of these the ones that hold no picture of the sky: black, constant, without data, half written.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub empty_count: u64,
    /// Stars measured on all of them.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub stars_count: u64,
    /// Units that are not done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for FrameMetrics {
    const NAME: &'static str = "frame-metrics";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/frame-metrics-1.json");
    type Files = FrameMetricsFiles;
    type Facts = FrameMetricsFacts;
    type Payload = FrameMetricsPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        FrameMetricsPayload {
            units_done,
            empty_count: facts(units).filter(|frame| !Self::kept(frame)).count() as u64,
            stars_count: facts(units).map(|frame| frame.quality.star_count).sum(),
            units_not_done,
        }
    }

    fn group(facts: &Self::Facts) -> Option<&str> {
        facts.group.as_deref()
    }

    fn kind(facts: &Self::Facts) -> Option<&str> {
        facts.kind.map(FrameKind::name)
    }

    fn root(facts: &Self::Facts) -> Option<&str> {
        facts.root.as_deref()
    }

    fn kept(facts: &Self::Facts) -> bool {
        facts.selection.as_ref().is_none_or(|selection| selection.kept)
    }
}
