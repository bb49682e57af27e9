//! Source catalogues: what is on the image.

mod adopt;
pub mod columns;
mod document;
mod unit;

pub use document::columns_page;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, Product, Unit};
pub use unit::{SourceCatalog, SourceFacts, SourceFiles};

use crate::adopted::CATALOGUES;
use crate::ended::{ended, facts};
use crate::facts::FrameKind;

/// The catalogues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePayload {
    /// Rows of all units.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub objects_detected: u64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for SourceCatalog {
    const NAME: &'static str = "source-catalog";
    const VERSION: u32 = 3;
    const SCHEMA: &'static str = include_str!("../../schemas/source-catalog-3.json");
    const PIXEL_ROLES: &'static [&'static str] = &[
        "check_apertures",
        "check_background",
        "check_background_rms",
        "check_filtered",
        "check_miniback_rms",
        "check_minibackground",
        "check_minus_background",
        "check_minus_objects",
        "check_objects",
        "check_segmentation",
        "limit_map",
    ];
    type Files = SourceFiles;
    type Facts = SourceFacts;
    type Payload = SourcePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        SourcePayload {
            objects_detected: facts(units).map(|tile| tile.objects_detected).sum(),
            units_done,
            units_not_done,
        }
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

    const ADOPTED_ENDINGS: &'static [&'static str] = &CATALOGUES;

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        adopt::adopt_ldac(file).map(|unit| vec![unit])
    }
}
