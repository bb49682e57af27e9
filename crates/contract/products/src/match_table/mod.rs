//! Match tables: detections against references.

pub mod columns;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, Product, Unit, file_set};

use crate::ended::{ended, facts};

/// Pairs of detections and references, and those without one; columns as in [`columns`].
#[derive(Clone, Debug, PartialEq)]
pub struct MatchTable;

/// Files of one unit of a match-table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchFiles {
    /// All pairs.
    pub xmatch: FileEntry,
    /// One row for each detection and reference without a pair.
    pub local: FileEntry,
    /// The same according to the CDS X-Match service; only the header where that is off.
    pub cdss: FileEntry,
    /// References without a detection.
    pub refonly: FileEntry,
}

file_set!(MatchFiles { required xmatch local cdss refonly; optional ; });

/// The cross-match of one tile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchFacts {
    /// Radius, inclusive.
    pub match_radius_arcsec: f64,
    /// Epoch that the references were carried to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch_yr: Option<f64>,
    /// Which solution the positions came from: `plate` or `tan`, `+tie` where tied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub astrometric_solution: Option<String>,
    /// Detections.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections: u64,
    /// Detections without a usable position.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections_invalid: u64,
    /// Detections with a pair in any reference.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub matched_count: u64,
    /// Rows of `_local.csv`.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub unmatched_local: u64,
    /// Rows of `_cdss.csv`.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub unmatched_cdss: u64,
    /// One entry for each reference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<ReferenceMatch>,
    /// Tie to the reference frame.
    pub tie: TieFacts,
    /// The second backend.
    pub cdss: CdsFacts,
}

/// One reference catalogue against the detections of one tile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceMatch {
    /// `gaia`, `ps1`, `usnob` ...
    pub reference: String,
    /// Label of the step that fetched it.
    pub label: String,
    /// Status of its unit: `done`, `failed`, `skipped` ...
    pub status: String,
    /// Kind of its reason where it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Rows of the reference.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows: u64,
    /// Rows without a usable position.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub rows_invalid: u64,
    /// Pairs within the radius.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub pairs: u64,
    /// Detections with at least one pair.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections_matched: u64,
    /// Detections without.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub detections_unmatched: u64,
    /// Rows with at least one pair.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub references_matched: u64,
    /// Rows without.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub references_unmatched: u64,
    /// Whether its proper motions are believed: its rows then stand at the epoch of the plate, else where the catalogue has them.
    #[serde(default = "yes")]
    pub motions_believed: bool,
    /// Pairs that only its motions make, where these are not believed: rows of the table that count nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub pairs_by_motion: Option<u64>,
    /// Expected share of random positions with a pair: mean of 1 - exp(-pi r^2 rho).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance_fraction_expected: Option<f64>,
    /// The same measured with shifted references.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance_fraction_measured: Option<f64>,
}

const fn yes() -> bool {
    true
}

/// Tie of the detections to a reference frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TieFacts {
    /// Whether the tie was applied.
    pub ok: bool,
    /// Why it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Reference that it was tied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Degree of the polynomial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub degree: Option<u64>,
    /// Stars in the fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub ties: Option<u64>,
    /// Constant part, east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift_ra_arcsec: Option<f64>,
    /// Constant part, north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift_dec_arcsec: Option<f64>,
    /// Median distance before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_before_arcsec: Option<f64>,
    /// Median distance after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_after_arcsec: Option<f64>,
    /// Root mean square distance after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rms_after_arcsec: Option<f64>,
}

/// What the second backend says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CdsFacts {
    /// `disabled` or `cds-xmatch`.
    pub backend: String,
    /// Detections unmatched here and matched there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub local_only: Option<u64>,
    /// Detections matched here and unmatched there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub cds_only: Option<u64>,
}

/// The cross-match of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchPayload {
    /// Radius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_radius_arcsec: Option<f64>,
    /// Detections with a pair.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub matched_count: u64,
    /// Rows of all `_cdss.csv`.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub unmatched_cdss: u64,
    /// Rows of all `_local.csv`.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub unmatched_local: u64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for MatchTable {
    const NAME: &'static str = "match-table";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/match-table-1.json");
    type Files = MatchFiles;
    type Facts = MatchFacts;
    type Payload = MatchPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        MatchPayload {
            // mark: match-radius-told
            match_radius_arcsec: facts(units).next().map(|tile| tile.match_radius_arcsec),
            matched_count: facts(units).map(|tile| tile.matched_count).sum(),
            unmatched_cdss: facts(units).map(|tile| tile.unmatched_cdss).sum(),
            unmatched_local: facts(units).map(|tile| tile.unmatched_local).sum(),
            units_done,
            units_not_done,
        }
    }
}
