//! Raw frames: files as they came from outside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileEntry, Product, Unit, file_set};

use crate::adopted::{RAW_FRAMES, ending};
use crate::ended::ended;
use crate::facts::{CameraFacts, ExposureFacts, FrameKind, TimeFacts};

/// Files as they came: plates, plate headers, camera frames. Nothing of them is trusted yet.
#[derive(Clone, Debug, PartialEq)]
pub struct RawFrameSet;

/// Files of one unit of a raw-frame-set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFrameFiles {
    /// The file.
    pub raw: FileEntry,
}

file_set!(RawFrameFiles { required raw; optional ; });

/// What a file is, and what its header, its name and the configuration say of the frame; of adopted files only the kind of file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFrameFacts {
    /// Extension of the file in lower case: `fits`, `fit`, `xisf`, `json` (a plate header).
    pub format: String,
    /// Number of the HDU of its file that is the frame, where the file has several images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub hdu: Option<u64>,
    /// Columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub width_px: Option<u64>,
    /// Rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub height_px: Option<u64>,
    /// Group: the id of the unit that a step of scope group makes of it (a stack, a master, a target).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind, where units of several kinds share the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FrameKind>,
    /// What it descends from, fixed from the first step on (target, tile): units of one root are in one shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// How long it was exposed, of what, through what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureFacts>,
    /// The camera and how it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraFacts>,
    /// When it was exposed, how well that is known, and the night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeFacts>,
}

impl RawFrameFacts {
    /// A file of that format of which nothing else is known yet.
    pub fn new(format: impl Into<String>) -> Self {
        Self {
            format: format.into(),
            hdu: None,
            width_px: None,
            height_px: None,
            group: None,
            kind: None,
            root: None,
            exposure: None,
            camera: None,
            time: None,
        }
    }
}

/// The files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFramePayload {
    /// Files.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Files that could not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for RawFrameSet {
    const NAME: &'static str = "raw-frame-set";
    const VERSION: u32 = 2;
    const SCHEMA: &'static str = include_str!("../schemas/raw-frame-set-2.json");
    const PIXEL_ROLES: &'static [&'static str] = &["raw"];
    type Files = RawFrameFiles;
    type Facts = RawFrameFacts;
    type Payload = RawFramePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        RawFramePayload { units_done, units_not_done }
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

    const ADOPTED_ENDINGS: &'static [&'static str] = &RAW_FRAMES;

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        Ok(vec![AdoptedUnit {
            unit: file.unit.clone(),
            files: RawFrameFiles { raw: file.entry.clone() },
            facts: RawFrameFacts::new(ending(file)),
        }])
    }
}
