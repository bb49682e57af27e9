//! PSF models.

mod adopt;
mod unit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileKind, Product, Unit};
pub use unit::{PsfFacts, PsfFiles, PsfModelSet};

use crate::adopted::PSF_MODELS;
use crate::ended::{ended, facts};

/// The models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PsfPayload {
    /// Sum over the units.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub stars_used: u64,
    /// Median of the FWHM at the centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_px: Option<f64>,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for PsfModelSet {
    const NAME: &'static str = "psf-model-set";
    const VERSION: u32 = 2;
    const SCHEMA: &'static str = include_str!("../../schemas/psf-model-set-2.json");
    const FILE_KIND: FileKind = FileKind::Model;
    type Files = PsfFiles;
    type Facts = PsfFacts;
    type Payload = PsfPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        let mut widths: Vec<f64> = facts(units).filter_map(|model| model.fwhm_px).collect();
        widths.sort_by(f64::total_cmp);
        PsfPayload {
            stars_used: facts(units).map(|model| model.stars_used).sum(),
            fwhm_px: widths.get(widths.len() / 2).copied(),
            units_done,
            units_not_done,
        }
    }

    const ADOPTED_ENDINGS: &'static [&'static str] = &PSF_MODELS;

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        adopt::adopt_models(file)
    }
}
