//! Candidate tables: the verdict on every detection.

mod claim;
pub mod columns;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, Product, Unit, file_set};

pub use claim::claim;

use crate::ended::{ended, facts};
use crate::verdict::VetoStatus;

/// Every detection once: kept, or dropped with its ordered reasons; columns as in [`columns`].
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateTable;

/// Files of one unit of a candidate-table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateFiles {
    /// Rows that passed every rule.
    pub kept: FileEntry,
    /// The others with their reasons.
    pub dropped: FileEntry,
}

file_set!(CandidateFiles { required kept dropped; optional ; });

/// The verdict on one tile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateFacts {
    /// `solano2022`, `calibrated` or `evidence`.
    pub rule_set: String,
    /// `veto_first` or `filter_first`.
    pub order: String,
    /// Rows judged: kept + dropped.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections: u64,
    /// Rows that passed every rule.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub kept_count: u64,
    /// Rows that a rule dropped.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub dropped_count: u64,
    /// Kept rows that are candidates.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub candidates_count: u64,
    /// Kept rows that are stars which a catalogue has elsewhere today.
    #[serde(default)]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub moved_count: u64,
    /// `complete`, or `unknown` where evidence was allowed to be missing.
    pub veto_status: VetoStatus,
    /// Each catalogue that is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceFacts>,
    /// Dropped rows by their first reason; the counts sum to `dropped_count`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first_reasons: BTreeMap<String, u64>,
    /// Dropped rows by every reason that they have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub all_reasons: BTreeMap<String, u64>,
    /// Frozen statistics of the clips.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clips: Vec<ClipFacts>,
    /// Whether kept rows stand beside their stars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub displacement: Option<DisplacementFacts>,
    /// Recomputed separations against the stored ones.
    pub validator: ValidatorFacts,
}

/// One catalogue that the verdict needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFacts {
    /// Name.
    pub catalog: String,
    /// Status of its unit.
    pub status: String,
    /// Whether the verdict needs it.
    pub required: bool,
    /// Whether its sources veto.
    #[serde(default)]
    pub vetoes: bool,
    /// What it sees of the tile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sight: Option<SightFacts>,
}

/// What a catalogue sees of the bright unmasked detections of a tile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SightFacts {
    /// Bright unmasked detections.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bright: u64,
    /// Of these, with a pair in the catalogue.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub matched: u64,
    /// Share that was compared with the limits.
    pub share: f64,
    /// Whether that is the binomial lower end, because the detections are few.
    pub by_lower_end: bool,
    /// Parts of the frame with many bright detections and no row of the catalogue.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub empty_parts: u64,
}

/// Kept rows with a star of the astrometric reference beside them (3 to 8 arcsec).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisplacementFacts {
    /// Kept rows.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows: u64,
    /// Of these, with a star beside them.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub beside: u64,
    /// Share of shifted rows with one.
    pub share_by_chance: f64,
    /// Median offset of those stars, east.
    pub east_arcsec: f64,
    /// North.
    pub north_arcsec: f64,
}

/// Statistics of one sigma clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipFacts {
    /// Column.
    pub column: String,
    /// Rows that it was computed over.
    pub population: String,
    /// Their number.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub count: u64,
    /// Median.
    pub median: f64,
    /// Median absolute deviation.
    pub mad: f64,
}

/// The within-radius validator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidatorFacts {
    /// Pairs.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub pairs_checked: u64,
    /// Tolerance.
    pub tolerance_arcsec: f64,
    /// Radius.
    pub radius_arcsec: f64,
    /// Largest difference found.
    pub max_difference_arcsec: f64,
}

/// The verdict on the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidatePayload {
    /// Rule set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<String>,
    /// Rows kept.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub kept_count: u64,
    /// Rows dropped.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub dropped_count: u64,
    /// Candidates.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub candidates_count: u64,
    /// Dropped rows by first reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first_reasons: BTreeMap<String, u64>,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for CandidateTable {
    const NAME: &'static str = "candidate-table";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/candidate-table-1.json");
    type Files = CandidateFiles;
    type Facts = CandidateFacts;
    type Payload = CandidatePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        let mut first_reasons = BTreeMap::new();
        for (reason, count) in facts(units).flat_map(|tile| &tile.first_reasons) {
            *first_reasons.entry(reason.clone()).or_insert(0) += count;
        }
        CandidatePayload {
            rule_set: facts(units).next().map(|tile| tile.rule_set.clone()),
            kept_count: facts(units).map(|tile| tile.kept_count).sum(),
            dropped_count: facts(units).map(|tile| tile.dropped_count).sum(),
            candidates_count: facts(units).map(|tile| tile.candidates_count).sum(),
            first_reasons,
            units_done,
            units_not_done,
        }
    }
}
