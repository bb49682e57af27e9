//! What a stack was made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a stack was made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackFacts {
    /// Frames in it with their weights, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<StackMember>,
    /// Frames of its group.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub offered_count: u64,
    /// Frames of its group that the selection left out.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub unselected_count: u64,
    /// Frames of its group that failed earlier.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub failed_count: u64,
    /// Outlying pixels; absent: none were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<RejectionFacts>,
    /// Rule that brings the members to one level, by its name in the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalisation: Option<String>,
    /// Rule of the weights, by its name in the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighting: Option<String>,
    /// Sum of the exposures of the members (LIVETIME).
    pub livetime_s: f64,
    /// Start of the first member, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_start_utc: Option<String>,
    /// Weighted mean of the members' mid-exposures, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mid_utc: Option<String>,
    /// End of the last member to end, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_end_utc: Option<String>,
    /// Length of the union of the members' exposures: less than `livetime_s` where two cameras exposed at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub union_s: Option<f64>,
    /// Times between first start and last end without an exposure, longer than the limit of the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<StackGap>,
}

impl StackFacts {
    /// A stack of those frames, offered as many; their LIVETIME.
    pub fn of_members(members: Vec<StackMember>, livetime_s: f64) -> Self {
        Self { offered_count: members.len() as u64, members, livetime_s, ..Self::default() }
    }
}

/// One frame of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackMember {
    /// Unit of the frame.
    pub unit: String,
    /// Its weight; the mean of all is 1.
    pub weight: f64,
    /// Noise of one of its pixels once it is at the level of the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_adu: Option<f64>,
}

/// Which pixels of the members were left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectionFacts {
    /// Rule.
    pub method: Rejection,
    /// Limit below, in the rule's own unit (standard deviations, or a fraction of the median).
    pub low: f64,
    /// Limit above.
    pub high: f64,
    /// Share of all pixels left out below.
    pub rejected_low_fraction: f64,
    /// Share of all pixels left out above.
    pub rejected_high_fraction: f64,
}

/// Rules that tell an outlying pixel from the others at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// Further from the median than a fraction of it.
    Percentile,
    /// Standard deviations from the mean.
    SigmaClip,
    /// Standard deviations from the median.
    MedianSigma,
    /// Median absolute deviations from the median.
    MadClip,
    /// Standard deviations of the winsorized sample.
    Winsorized,
    /// Mean deviations from a straight line through the sorted sample.
    LinearFit,
    /// Generalised extreme Studentised deviate test.
    Gesdt,
}

/// A time without an exposure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackGap {
    /// Its beginning, UTC.
    pub start_utc: String,
    /// Its length.
    pub seconds: f64,
}
