//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_camera::matching::MatchParams;

/// How lights are calibrated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CalibrateConfig {
    /// How far the choice of a dark may go: a frame for which nothing is left is not calibrated, and says so.
    pub dark: DarkRule,
    /// Where the factor of a scaled dark comes from.
    pub dark_scale: ScaleRule,
    /// Whether a frame may go without a flat.
    pub flat: FlatRule,
    /// Which master belongs to which light.
    pub matching: MatchParams,
    /// Whether the bad pixels of the dark are replaced by their neighbours.
    pub defects_of_dark: bool,
    /// Pixels of the frame itself that stand so many scatters above their neighbours of one colour, and no star does, are replaced
    /// (Siril's cosmetic correction: 3 to 5; a star of less than 1.5 px FWHM is not told from a hot pixel). 0: they are not looked for.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub hot_sigma: f64,
    /// Added to every calibrated pixel. Pixels are floating point, so nothing is clipped without it; for programs that clip at zero.
    #[schemars(range(min = 0.0, max = 10_000.0))]
    pub pedestal_adu: f64,
    /// Writes each calibrated frame (FITS, 32-bit floating point; a mosaic stays one) in place of calibrating it where it is read.
    pub write_frames: bool,
}

impl Default for CalibrateConfig {
    fn default() -> Self {
        Self {
            dark: DarkRule::Exact,
            dark_scale: ScaleRule::Exposure,
            flat: FlatRule::Exact,
            matching: MatchParams::default(),
            defects_of_dark: true,
            hot_sigma: 0.0,
            pedestal_adu: 0.0,
            write_frames: false,
        }
    }
}

/// How far the choice of a dark may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DarkRule {
    /// A dark of the light's exposure.
    #[default]
    Exact,
    /// Else one of another exposure, scaled, where a bias is there and neither glow nor a clamped black level forbids it.
    Scaled,
    /// Else no dark; a bias where there is one.
    None,
}

/// Where the factor of a scaled dark comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScaleRule {
    /// The ratio of the exposures.
    #[default]
    Exposure,
    /// The factor that leaves the least scatter in the middle of the frame (as Siril's dark optimisation).
    Optimised,
}

/// Whether a frame may go without a flat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlatRule {
    /// It may not.
    #[default]
    Exact,
    /// It may.
    None,
}
