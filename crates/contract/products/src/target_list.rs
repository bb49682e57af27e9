//! Target lists: what a tile plan is made for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileEntry, Product, Unit, file_set};

use crate::adopted::ending;
use crate::ended::ended;

/// Lists of targets (CSV: `ra_deg`, `dec_deg`, optional `name`, `radius_deg`), adopted from files.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetList;

/// Files of one unit of a target-list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetListFiles {
    /// The list.
    pub table: FileEntry,
}

file_set!(TargetListFiles { required table; optional ; });

/// What kind of file it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetListFacts {
    /// Extension of the file in lower case.
    pub format: String,
}

/// The lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetListPayload {
    /// Lists.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Lists that could not be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for TargetList {
    const NAME: &'static str = "target-list";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../schemas/target-list-1.json");
    type Files = TargetListFiles;
    type Facts = TargetListFacts;
    type Payload = TargetListPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        TargetListPayload { units_done, units_not_done }
    }

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        Ok(vec![AdoptedUnit {
            unit: file.unit.clone(),
            files: TargetListFiles { table: file.entry.clone() },
            facts: TargetListFacts { format: ending(file) },
        }])
    }
}
