//! Reference catalogues: what the sky holds today.

pub mod columns;
mod rows;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileEntry, Product, Unit, file_set};

pub use rows::{ReferenceRow, read_rows};

use crate::adopted::TABLES;
use crate::ended::{ended, facts};

/// Rows of one reference catalogue around each frame; columns as in [`columns`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceCatalog;

/// Files of one unit of a reference-catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceFiles {
    /// The rows (CSV).
    pub table: FileEntry,
}

file_set!(ReferenceFiles { required table; optional ; });

/// One catalogue around one frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceFacts {
    /// `usnob`, `gaia`, `ps1`, `tycho2` ... or `local`.
    pub catalog_name: String,
    /// Rows of the table (absent where the file was adopted unread).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows_fetched: Option<u64>,
    /// Name of the service, never its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Table at the service: `I/355/gaiadr3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// `asu-tsv`, `tap` or `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// File below the folder of the input `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_file: Option<String>,
    /// Epoch of the positions, Julian year, where it is the same for all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch_yr: Option<f64>,
    /// Centre of the cone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ra_deg: Option<f64>,
    /// Centre of the cone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dec_deg: Option<f64>,
    /// Radius of the cone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius_arcmin: Option<f64>,
    /// How often a truncated answer was split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub query_splits: Option<u64>,
    /// Sums of the raw answers, in the order of the queries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responses_sha256: Vec<String>,
}

/// The catalogues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferencePayload {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_name: Option<String>,
    /// Rows of all units.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows_fetched: u64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for ReferenceCatalog {
    const NAME: &'static str = "reference-catalog";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/reference-catalog-1.json");
    type Files = ReferenceFiles;
    type Facts = ReferenceFacts;
    type Payload = ReferencePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        ReferencePayload {
            catalog_name: facts(units).next().map(|catalog| catalog.catalog_name.clone()),
            rows_fetched: facts(units).filter_map(|catalog| catalog.rows_fetched).sum(),
            units_done,
            units_not_done,
        }
    }

    const ADOPTED_ENDINGS: &'static [&'static str] = &TABLES;
    const ADOPTS_TWINS: bool = true;

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        Ok(vec![AdoptedUnit {
            unit: file.unit.clone(),
            files: ReferenceFiles { table: file.entry.clone() },
            facts: ReferenceFacts {
                catalog_name: "local".to_owned(),
                rows_fetched: None,
                service: None,
                table: None,
                protocol: Some("local".to_owned()),
                local_file: None,
                epoch_yr: None,
                ra_deg: None,
                dec_deg: None,
                radius_arcmin: None,
                query_splits: None,
                responses_sha256: Vec::new(),
            },
        }])
    }
}
