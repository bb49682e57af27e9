//! What goes into an archive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of the step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PackageConfig {
    /// The archive.
    pub package: PackageParams,
}

/// What goes into an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PackageParams {
    /// Whether images, masks and meshes go into the archive. Otherwise they are listed with their sums.
    pub with_pixels: bool,
    /// Whether the sums of files that are only listed are checked as well. Those that go into the archive always are.
    pub check_listed: bool,
    /// Deflate level; the same level of the same release gives the same bytes.
    #[schemars(range(min = 1, max = 9))]
    pub compression_level: u32,
}

impl Default for PackageParams {
    fn default() -> Self {
        Self { with_pixels: false, check_listed: true, compression_level: 6 }
    }
}
