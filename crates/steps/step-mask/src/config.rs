//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_background::BackgroundParams;
use sky_mask::{BrokenParams, DefectParams, PlateauParams, StarLaw};

/// What is masked and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaskConfig {
    /// Name that the catalogue of bright stars must have (`gaia`, `tycho2`); empty accepts any (default); `none` asks for no catalogue: the mask then holds
    /// defects only.
    #[schemars(extend("x-flag" = "--catalog"))]
    pub catalog: String,
    /// Reach of halos and spikes.
    pub stars: StarLaw,
    /// Saturation of the emulsion.
    pub plateau: PlateauParams,
    /// Blank pixels, dead and repeated lines.
    pub defects: DefectParams,
    /// Negative and clipped pixels of a photographic plate.
    pub broken: BrokenParams,
    /// The background mesh.
    pub background: BackgroundParams,
    /// Masked share of the image above which the tile carries a warning (default 0.05: a 60 arcmin tile at high latitude stays below).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub warn_masked_fraction: f64,
}

impl Default for MaskConfig {
    fn default() -> Self {
        Self {
            catalog: String::new(),
            stars: StarLaw::default(),
            plateau: PlateauParams::default(),
            defects: DefectParams::default(),
            broken: BrokenParams::default(),
            background: BackgroundParams::default(),
            warn_masked_fraction: 0.05,
        }
    }
}

impl MaskConfig {
    /// Whether a catalogue of bright stars is asked for.
    pub(crate) fn wants_stars(&self) -> bool {
        self.catalog != "none"
    }
}
