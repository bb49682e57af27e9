//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_camera::correct::CosmeticParams;
use sky_camera::matching::MatchParams;
use sky_stack::{Rejection, RejectionParams};

/// How masters are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MastersConfig {
    /// Frames below which no master is made: with two nobody can tell which one a cosmic ray hit.
    #[schemars(range(min = 1, max = 1000))]
    pub least_frames: u32,
    /// Frames below which a master is made with a warning: rejection needs about ten.
    #[schemars(range(min = 1, max = 1000))]
    pub warn_frames: u32,
    /// How outlying pixels are found. Winsorized sigma at 3 and 3, as Siril's scripts.
    pub rejection: RejectionParams,
    /// Which bias or dark-flat belongs to a flat, and which bias to a dark.
    pub matching: MatchParams,
    /// Which pixels of a dark are bad.
    pub cosmetic: CosmeticParams,
    /// Memory for the blocks of all frames of a master, MiB. The master itself comes on top.
    #[schemars(range(min = 16, max = 65_536), extend("x-execution" = true))]
    pub block_mib: u32,
}

impl Default for MastersConfig {
    fn default() -> Self {
        Self {
            least_frames: 3,
            warn_frames: 10,
            rejection: RejectionParams { method: Rejection::WinsorizedSigma, ..RejectionParams::default() },
            matching: MatchParams::default(),
            cosmetic: CosmeticParams::default(),
            block_mib: 256,
        }
    }
}
