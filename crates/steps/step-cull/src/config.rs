//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which frames are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CullConfig {
    /// Limits for every camera.
    pub fixed: FixedLimits,
    /// Limits for one camera or telescope, in place of those above; the first one that fits a group counts.
    pub rigs: Vec<RigLimits>,
    /// Limits by median and scatter of the group.
    pub group: GroupLimits,
    /// A frame whose stars cannot be found again in the reference frame is left out: it could not be laid on it.
    pub reject_unmatched: bool,
    /// A pause longer than this begins a session, minutes (psf-guard takes 60): transparency is told against the session's own stars.
    #[schemars(range(min = 1.0, max = 1440.0))]
    pub session_gap_minutes: f64,
}

impl Default for CullConfig {
    fn default() -> Self {
        Self {
            fixed: FixedLimits::default(),
            rigs: Vec::new(),
            group: GroupLimits::default(),
            reject_unmatched: true,
            session_gap_minutes: 60.0,
        }
    }
}

/// Limits that are numbers. Absent: none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FixedLimits {
    /// Largest FWHM, pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 100.0))]
    pub max_fwhm_px: Option<f64>,
    /// Largest HFR as NINA measures it, pixels: the mean radius, not the half-flux radius.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 100.0))]
    pub max_hfr_nina_px: Option<f64>,
    /// Largest eccentricity.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_eccentricity: Option<f64>,
    /// Fewest stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub min_star_count: Option<u64>,
    /// Largest level of the sky, ADU.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0e6))]
    pub max_background_adu: Option<f64>,
    /// Least transparency: 0.80 is a veil of a quarter of a magnitude (psf-guard).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_transparency: Option<f64>,
    /// Largest share of the cells in which the session's stars are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_occluded_fraction: Option<f64>,
    /// Most trails across the frame; as a rule the stack rejects them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 50))]
    pub max_trail_count: Option<u64>,
}

impl Default for FixedLimits {
    fn default() -> Self {
        Self {
            max_fwhm_px: None,
            max_hfr_nina_px: None,
            max_eccentricity: None,
            min_star_count: None,
            max_background_adu: None,
            min_transparency: Some(0.80),
            max_occluded_fraction: Some(0.25),
            max_trail_count: None,
        }
    }
}

/// Limits of one rig.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RigLimits {
    /// Part of the name of the camera or of the telescope, in any case.
    pub rig: String,
    /// Its limits.
    pub limits: FixedLimits,
}

/// Limits in standard deviations from the median of the group (1.4826 times the median absolute deviation), on the bad side alone.
/// Absent: none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupLimits {
    /// Frames that a group must have.
    #[schemars(range(min = 3, max = 1000))]
    pub min_frames: u64,
    /// FWHM.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 20.0))]
    pub fwhm_sigma: Option<f64>,
    /// Eccentricity.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 20.0))]
    pub eccentricity_sigma: Option<f64>,
    /// Stars.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 20.0))]
    pub star_count_sigma: Option<f64>,
    /// Level of the sky.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 20.0))]
    pub background_sigma: Option<f64>,
}

impl Default for GroupLimits {
    fn default() -> Self {
        Self {
            min_frames: 5,
            fwhm_sigma: Some(3.5),
            eccentricity_sigma: Some(3.5),
            star_count_sigma: Some(3.5),
            background_sigma: Some(5.0),
        }
    }
}
