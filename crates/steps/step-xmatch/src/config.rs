//! Configuration of the step.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_astrometry::TieParams;
use sky_services::TransferSettings;
use step_harness::EngineLimits;

/// Which program makes the pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum XmatchEngine {
    /// Skyledger's own.
    #[default]
    Native,
    /// STILTS (tskymatch2, find=all). Tie, proper motions and chance are ours.
    Stilts,
}

/// How detections are matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct XmatchConfig {
    /// Which program makes the pairs.
    pub engine: XmatchEngine,
    /// What an engine that is a program of its own may take.
    pub engine_limits: EngineLimits,
    /// Radius of the match, limit included (unit arcsec; default 5: the survey plan and Solano et al. 2022). Never degrees.
    #[schemars(range(min = 0.01, max = 180.0))]
    pub match_radius_arcsec: f64,
    /// Radius of the ring in which the density of references is counted for the chance of a match (unit arcsec; default 180).
    #[schemars(range(min = 10.0, max = 3600.0))]
    pub neighbourhood_arcsec: f64,
    /// Which positions are matched (default `windowed`: ALPHAWIN_J2000, the least noisy ones).
    pub positions: PositionColumns,
    /// Catalogues whose proper motions are not believed (default usnob): their rows are matched where the catalogue has them; what only their motion would
    /// match is written beside and counts nowhere. Of the rows of USNO-B1.0, 6 % claim 150 mas/yr or more, of those Gaia confirms 1 in 297 (poss1-plate-slice,
    /// FUNNEL_ATTRIBUTION.md, 2026-08-16).
    pub motions_not_believed: Vec<String>,
    /// Tie of the detections to a reference.
    pub tie: TieConfig,
    /// The second backend.
    pub cds: CdsConfig,
}

/// Columns of the source catalogue that positions come from. Where they are missing, ALPHA_J2000 and DELTA_J2000 take their place, with a warning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PositionColumns {
    /// ALPHAWIN_J2000, DELTAWIN_J2000.
    #[default]
    Windowed,
    /// ALPHA_J2000, DELTA_J2000.
    Isophotal,
    /// ALPHAPSF_J2000, DELTAPSF_J2000.
    Psf,
}

/// Tie of the detections to a reference at the epoch of the plate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TieConfig {
    /// Whether the tie is made (default true).
    pub enabled: bool,
    /// Reference that the detections are tied to (default `gaia`); without it, positions stay those of the header.
    pub reference: String,
    /// Brightest star that ties (unit mag; default 12: brighter ones are saturated).
    #[schemars(range(min = -2.0, max = 30.0))]
    pub mag_min: f64,
    /// Faintest star that ties (unit mag; default 18: fainter ones are near the limit of the plate).
    #[schemars(range(min = -2.0, max = 30.0))]
    pub mag_max: f64,
    /// The fit.
    pub fit: TieParams,
}

/// The CDS X-Match service as a second opinion. It matches with positions at J2000, so it is never a veto by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CdsConfig {
    /// Whether the service is asked (default false).
    pub enabled: bool,
    /// Table of VizieR for each reference; without an entry the table that the reference was fetched from.
    pub tables: BTreeMap<String, String>,
    /// How it is asked.
    pub transfer: TransferSettings,
}

impl Default for XmatchConfig {
    fn default() -> Self {
        Self {
            engine: XmatchEngine::default(),
            engine_limits: EngineLimits::default(),
            match_radius_arcsec: 5.0,
            neighbourhood_arcsec: 180.0,
            positions: PositionColumns::default(),
            motions_not_believed: vec!["usnob".to_owned()],
            tie: TieConfig::default(),
            cds: CdsConfig::default(),
        }
    }
}

impl Default for TieConfig {
    fn default() -> Self {
        Self { enabled: true, reference: "gaia".to_owned(), mag_min: 12.0, mag_max: 18.0, fit: TieParams::default() }
    }
}
