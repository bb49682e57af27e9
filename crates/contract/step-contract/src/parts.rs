//! The parts that manifests of all products have in common: product, engine, file, status, what was read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductRef {
    /// `frame-set`, `source-catalog` ...
    pub name: String,
    /// Version of the schema.
    pub version: u32,
}

/// What did the work: `native` or an external tool, with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// `native`, `sextractor`, `psfex`, `stilts` ...
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A file was removed on purpose after it had been archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Discarded {
    /// The archive that holds it.
    pub archive: String,
    /// Sum of the archive, lower-case hexadecimal.
    pub sha256: String,
}

/// One file of a unit or of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Relative to the manifest's folder with `/`, or `input:<name>/<relative path>` for a file from outside.
    pub path: String,
    /// Length.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// Rows of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows: Option<u64>,
    /// Set when the file was removed on purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Discarded>,
}

/// How a unit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its files and facts are there (zero rows found is done).
    Done,
    /// Nothing to do here: a success.
    NoWork,
    /// No better algorithm could do it.
    Unprocessable,
    /// What it needs failed earlier.
    Blocked,
    /// It failed.
    Failed,
    /// It was not asked for.
    Skipped,
}

impl Status {
    /// As manifests write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NoWork => "no-work",
            Self::Unprocessable => "unprocessable",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Whether a unit of this status makes the step end with exit code 3.
    pub const fn counts_as_failure(self) -> bool {
        matches!(self, Self::Unprocessable | Self::Blocked | Self::Failed)
    }

    /// Whether a unit of this status may be reused while its key holds.
    pub const fn may_be_reused(self) -> bool {
        matches!(self, Self::Done | Self::NoWork | Self::Unprocessable)
    }
}

/// One manifest that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Name of the input member.
    pub input: String,
    /// Product.
    pub product: ProductRef,
    /// Step that wrote it.
    pub step: String,
    /// Label of that step.
    pub label: String,
    /// Path of the manifest, relative to the folder of the manifest that reads it.
    pub path: String,
    /// Its identity.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    pub identity: String,
}
