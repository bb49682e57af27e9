//! When a frame was exposed, how well that is known, and which night it belongs to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value_source::ValueSources;

/// When a frame was exposed. Instants are UTC, ISO 8601 with milliseconds and no zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeFacts {
    /// Start of the exposure, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_utc: Option<String>,
    /// Middle of the exposure, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mid_utc: Option<String>,
    /// End of the exposure, UTC: start and duration, never DATE-END.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_utc: Option<String>,
    /// Night: the date of the local civil time less twelve hours, `2023-10-02`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub night: Option<String>,
    /// Where the local time of `night` came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub night_rule: Option<NightRule>,
    /// What the time in the file means, which says how good `start_utc` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_meaning: Option<StartMeaning>,
    /// Smallest step of the text that the time was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution_s: Option<f64>,
    /// Where values came from that are not from the header.
    #[serde(default, skip_serializing_if = "ValueSources::is_empty")]
    pub sources: ValueSources,
}

/// What the time in a file means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartMeaning {
    /// The start of the exposure: DATE-OBS of NINA, INDI, MaxIm DL.
    ExposureStart,
    /// The instant when the frame had arrived (SharpCap): the start is that less the exposure, late by an unknown latency.
    FrameReceived,
    /// The middle of the first and the last start of a stack (PixInsight): early by half an exposure.
    MidOfStarts,
    /// The time in the file's name: the end of the download or the start, as the program does it.
    FileName,
    /// A day without a time.
    DayOnly,
}

/// Where the local civil time came from that a night is reckoned in; tried in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NightRule {
    /// DATE-LOC of the header.
    DateLoc,
    /// The time zone of the site in the header.
    Site,
    /// The time zone of the configuration.
    Configuration,
}
