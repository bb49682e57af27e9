//! Raw frames: files as they came from outside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileEntry, Product, Unit, file_set};

use crate::adopted::{HEADERS, IMAGES, extension, with_endings};
use crate::ended::ended;

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

/// What kind of file it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFrameFacts {
    /// Extension of the file in lower case: `fits`, `fit`, `json` (a plate header).
    pub format: String,
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
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../schemas/raw-frame-set-1.json");
    type Files = RawFrameFiles;
    type Facts = RawFrameFacts;
    type Payload = RawFramePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        RawFramePayload { units_done, units_not_done }
    }

    fn adopt(files: &[AdoptedFile]) -> Result<Vec<AdoptedUnit<Self>>, String> {
        Ok(with_endings(files, &[&IMAGES[..], &HEADERS].concat())?
            .into_iter()
            .map(|file| AdoptedUnit {
                unit: file.unit.clone(),
                files: RawFrameFiles { raw: file.entry.clone() },
                facts: RawFrameFacts { format: extension(&file.path) },
            })
            .collect())
    }
}
