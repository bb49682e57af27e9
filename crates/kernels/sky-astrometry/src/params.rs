//! Parameters of a tie.

use serde::{Deserialize, Serialize};

use crate::error::TieError;

/// Parameters of a tie. Defaults are vasco's (`wcsfix_early.py`) but where said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TieParams {
    /// Largest constant offset that the vote can find, arcsec. Default 15 (vasco's retry radius); the known plates need 2.4.
    #[schemars(range(min = 1.0, max = 120.0))]
    pub vote_radius_arcsec: f64,
    /// Radius of the first match, after the constant offset, arcsec. Default 5.
    #[schemars(range(min = 0.5, max = 60.0))]
    pub match_radius_arcsec: f64,
    /// Ties of which a fit of second degree needs at least so many. Default 20.
    #[schemars(range(min = 6, max = 10_000))]
    pub min_ties_degree_2: u32,
    /// Ties of which a fit of first degree needs at least so many. Default 10.
    #[schemars(range(min = 3, max = 10_000))]
    pub min_ties_degree_1: u32,
    /// Most rounds of matching, fitting and clipping. Default 10 (vasco: 3).
    #[schemars(range(min = 1, max = 100))]
    pub max_iterations: u32,
    /// Residuals beyond so many standard deviations (1.4826 MAD) are clipped. Default 3.
    #[schemars(range(min = 1.0, max = 10.0))]
    pub clip_sigma: f64,
    /// Residuals up to this are never clipped, arcsec. Default 1.5.
    #[schemars(range(min = 0.05, max = 10.0))]
    pub clip_floor_arcsec: f64,
    /// Residuals beyond this are always clipped, arcsec. Default 10.
    #[schemars(range(min = 0.1, max = 60.0))]
    pub clip_ceiling_arcsec: f64,
    /// Largest standard deviation of the residuals along an axis (1.4826 MAD), arcsec. Default 0.7: of the public survey's ties 99 % are below 0.685,
    /// half below 0.131 (poss1-plate-slice, WCSFIX_GUARD.md, 2026-09-09); one of its two displaced tiles has 0.88.
    #[schemars(range(min = 0.05, max = 10.0))]
    pub max_residual_arcsec: f64,
    /// Largest standard error of the fit at a detection, in those of one tie. Default 3: 20 ties that are spread over the field reach 1.7 in its corners,
    /// 300 in one sixteenth of it 16.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub max_extrapolation: f64,
}

impl Default for TieParams {
    fn default() -> Self {
        Self {
            vote_radius_arcsec: 15.0,
            match_radius_arcsec: 5.0,
            min_ties_degree_2: 20,
            min_ties_degree_1: 10,
            max_iterations: 10,
            clip_sigma: 3.0,
            clip_floor_arcsec: 1.5,
            clip_ceiling_arcsec: 10.0,
            max_residual_arcsec: 0.7,
            max_extrapolation: 3.0,
        }
    }
}

impl TieParams {
    /// The clip threshold for a standard deviation of the residuals along one axis, arcsec.
    pub(crate) fn clip_arcsec(&self, sigma_arcsec: f64) -> f64 {
        (self.clip_sigma * sigma_arcsec).max(self.clip_floor_arcsec).min(self.clip_ceiling_arcsec)
    }

    pub(crate) fn check(&self) -> Result<(), TieError> {
        let ranges = [
            ("vote_radius_arcsec", self.vote_radius_arcsec, 1.0..=120.0, "1 to 120 arcsec"),
            ("match_radius_arcsec", self.match_radius_arcsec, 0.5..=60.0, "0.5 to 60 arcsec"),
            ("min_ties_degree_2", f64::from(self.min_ties_degree_2), 6.0..=10_000.0, "6 to 10000"),
            ("min_ties_degree_1", f64::from(self.min_ties_degree_1), 3.0..=10_000.0, "3 to 10000"),
            ("max_iterations", f64::from(self.max_iterations), 1.0..=100.0, "1 to 100"),
            ("clip_sigma", self.clip_sigma, 1.0..=10.0, "1 to 10"),
            ("clip_floor_arcsec", self.clip_floor_arcsec, 0.05..=10.0, "0.05 to 10 arcsec"),
            ("max_residual_arcsec", self.max_residual_arcsec, 0.05..=10.0, "0.05 to 10 arcsec"),
            ("max_extrapolation", self.max_extrapolation, 1.0..=1000.0, "1 to 1000"),
            ("clip_ceiling_arcsec", self.clip_ceiling_arcsec, 0.1..=60.0, "0.1 to 60 arcsec"),
        ];
        for (name, found, range, expected) in ranges {
            if !range.contains(&found) {
                return Err(TieError::BadParameter { name, found, expected });
            }
        }
        Ok(())
    }
}
