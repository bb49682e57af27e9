//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_candidates::{DisplacementParams, JudgeParams, MovedParams, SightParams};

use crate::FilterError;

/// How detections are judged, and what the verdict rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FilterConfig {
    /// Catalogues that the verdict needs (default gaia, ps1, usnob). A tile for which one of them is not done is blocked.
    pub evidence: Vec<String>,
    /// Of these, catalogues that may be missing (default none): the table is then "not in" the others, and no row of it is a candidate.
    pub allow_missing: Vec<String>,
    /// Catalogues whose sources veto a detection within the match radius (default gaia, ps1). USNO-B1.0 was built from the same plates and holds the stars
    /// that have vanished since: as a veto it removes what is looked for.
    pub vetoes: Vec<String>,
    /// Catalogues that name the bright stars of the spike rules (default usnob).
    pub spike_sources: Vec<String>,
    /// Stars that shapes are calibrated with.
    pub calibration: CalibrationConfig,
    /// Rules and thresholds.
    pub judge: JudgeParams,
    /// What a veto catalogue must show before its silence counts.
    pub sight: SightParams,
    /// When a survivor is a star that a veto catalogue has elsewhere today.
    pub moved: MovedParams,
    /// When survivors stand beside their own stars.
    pub displacement: DisplacementParams,
    /// Largest difference between a stored separation and the one recomputed from the stored positions (unit arcsec; default 0.05: the survey plan).
    #[schemars(range(min = 0.0, max = 5.0))]
    pub validator_tolerance_arcsec: f64,
    /// Radius of the ring in which the density of veto sources is counted for the chance of a veto (unit arcsec; default 180).
    #[schemars(range(min = 10.0, max = 3600.0))]
    pub neighbourhood_arcsec: f64,
}

/// Stars of the tile: unmasked detections with FLAGS 0 and a match in this catalogue within these magnitudes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CalibrationConfig {
    /// Catalogue (default gaia).
    pub catalog: String,
    /// Brightest star (unit mag; default 12: brighter ones are saturated).
    #[schemars(range(min = -2.0, max = 30.0))]
    pub mag_min: f64,
    /// Faintest star (unit mag; default 18: fainter ones are noisy).
    #[schemars(range(min = -2.0, max = 30.0))]
    pub mag_max: f64,
}

impl Default for FilterConfig {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            evidence: names(&["gaia", "ps1", "usnob"]),
            allow_missing: Vec::new(),
            vetoes: names(&["gaia", "ps1"]),
            spike_sources: names(&["usnob"]),
            calibration: CalibrationConfig::default(),
            judge: JudgeParams::default(),
            sight: SightParams::default(),
            moved: MovedParams::default(),
            displacement: DisplacementParams::default(),
            validator_tolerance_arcsec: 0.05,
            neighbourhood_arcsec: 180.0,
        }
    }
}

impl Default for CalibrationConfig {
    fn default() -> Self {
        Self { catalog: "gaia".to_owned(), mag_min: 12.0, mag_max: 18.0 }
    }
}

impl FilterConfig {
    /// Every veto and spike source must be evidence: one that were not could be missing without a word.
    pub(crate) fn check(&self) -> Result<(), FilterError> {
        let named =
            [("vetoes", &self.vetoes), ("spike_sources", &self.spike_sources), ("allow_missing", &self.allow_missing)];
        for (list, names) in named {
            if let Some(catalog) = names.iter().find(|name| !self.evidence.contains(name)) {
                return Err(FilterError::NotEvidence { catalog: catalog.clone(), list });
            }
        }
        Ok(())
    }
}
