//! Archives of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, Product, Unit, file_set};

use crate::ended::{ended, facts};

/// Archives of a run with their checksums.
#[derive(Clone, Debug, PartialEq)]
pub struct RunArchive;

/// Files of one unit of a archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunArchiveFiles {
    /// The zip.
    pub archive: FileEntry,
    /// Its `.sha256`.
    pub checksum: FileEntry,
}

file_set!(RunArchiveFiles { required archive checksum; optional ; });

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunArchiveFacts {
    /// File of the archive.
    pub archive_path: String,
    /// Its length.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub size_bytes: u64,
    /// Its sum.
    pub sha256: String,
    /// Manifests in it.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub manifests_count: u64,
    /// Tables in it.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub tables_count: u64,
    /// PSF models in it.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub models_count: u64,
    /// Pages and plots in it.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub pages_count: u64,
    /// Schemas in it.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub schemas_count: u64,
    /// Files that it lists by sum without holding them.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub listed_count: u64,
}

/// The archives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunArchivePayload {
    /// Files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<String>,
    /// Their sums.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checksums: Vec<String>,
    /// Their length.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub size_bytes: u64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for RunArchive {
    const NAME: &'static str = "run-archive";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../schemas/run-archive-1.json");
    type Files = RunArchiveFiles;
    type Facts = RunArchiveFacts;
    type Payload = RunArchivePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        RunArchivePayload {
            // mark: archive-paths-told
            archives: facts(units).map(|archive| archive.archive_path.clone()).collect(),
            checksums: facts(units).map(|archive| archive.sha256.clone()).collect(),
            size_bytes: facts(units).map(|archive| archive.size_bytes).sum(),
            units_done,
            units_not_done,
        }
    }
}
