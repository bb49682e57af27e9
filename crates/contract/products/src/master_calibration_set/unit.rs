//! One master: its files and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, file_set};

use crate::facts::{CameraFacts, ExposureFacts, FrameKind, MasterFacts, TimeFacts};

/// Master biases, darks, dark-flats and flats. A unit has the id of the group of frames that it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct MasterCalibrationSet;

/// Files of one unit of a master-calibration-set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterCalibrationFiles {
    /// The master (FITS, 32-bit floating point, ADU).
    pub master: FileEntry,
    /// Bad pixels that a dark shows (FITS, 8 bit): 1 hot, 2 cold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defects: Option<FileEntry>,
}

file_set!(MasterCalibrationFiles { required master; optional defects; });

/// One master, and the setting of the camera that frames must share to be calibrated with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterCalibrationFacts {
    /// Columns.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub width_px: u64,
    /// Rows.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub height_px: u64,
    /// Kind: `bias`, `dark`, `dark_flat`, `flat`.
    pub kind: FrameKind,
    /// Exposure, filter and telescope of its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureFacts>,
    /// The camera and how it was set. The temperature is the median of the members'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraFacts>,
    /// The night of its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeFacts>,
    /// What it was made of, and what it is.
    pub master: MasterFacts,
}
