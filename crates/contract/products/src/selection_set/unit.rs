//! The selection of one group: its files and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, file_set};

use crate::facts::FrameKind;

/// Selections of frames. A unit is the selection of one stack and has the stack's id; nothing is moved or deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionSet;

/// Files of one unit of a selection-set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionSetFiles {
    /// One row a frame: verdict, reasons, metrics (CSV, [`super::columns`]).
    pub frames: FileEntry,
    /// Picture of the night: one column a frame, one strip a metric, with the limits (SVG).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip: Option<FileEntry>,
}

file_set!(SelectionSetFiles { required frames; optional strip; });

/// The selection of one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionSetFacts {
    /// Group: the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind of the frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FrameKind>,
    /// Target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// Frames of the group, whatever became of them.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub offered_count: u64,
    /// Frames that are used.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub kept_count: u64,
    /// Frames that are not: they broke a limit, hold no picture of the sky, or could not be measured.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rejected_count: u64,
    /// Rejected frames by the rule that they broke, each rule for itself.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub rejected_by_rule: std::collections::BTreeMap<String, u64>,
    /// Frame that the others are laid on; absent where none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Stars of the reference frame that at least half of the frames show: what transparency is measured with.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub session_star_count: u64,
    /// Limits, in the order in which they are tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitFacts>,
}

/// A limit of the group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitFacts {
    /// Rule, as in the reasons of a frame: `fwhm_px`, `star_count` ...
    pub rule: String,
    /// Smallest value that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<f64>,
    /// Largest value that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greatest: Option<f64>,
    /// Where it came from.
    pub origin: LimitOrigin,
    /// Median of the group, of a limit that rests on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    /// Scatter of the group (1.4826 times the median absolute deviation), of a limit that rests on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sigma: Option<f64>,
    /// Frames that median and scatter rest on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub count: Option<u64>,
}

/// Where a limit came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitOrigin {
    /// A fixed number of the configuration.
    Fixed,
    /// A fixed number that the configuration has for this camera or telescope.
    Rig,
    /// Median and scatter of the group.
    Group,
}
