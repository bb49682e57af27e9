//! Parameters of a tile plan.

use serde::{Deserialize, Serialize};

use crate::size::TileSize;
use crate::target::Target;

/// How tiles are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One tile for a target without a radius; tiles that cover the disc of one with a radius, on the survey plan's circle
    /// packing: circles of radius r (half a tile) in rows sqrt(3) r apart, 2 r apart within a row, odd rows shifted by r.
    /// That packing is tangent: 9.3 % of the plane lies in no circle, but the square tiles on it cover everything.
    #[default]
    Hex30,
    /// Tiles on survey plates by the rule of the vasco60 plan.
    PlateGrid,
    /// Fields drawn uniformly from the part of the sphere that the plates cover.
    Random,
    /// One tile for each target, whatever its radius.
    List,
}

/// Parameters of a tile plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TilingParams {
    /// How tiles are placed. Default `hex30` (survey plan).
    #[schemars(extend("x-flag" = "--mode"))]
    pub mode: Mode,
    /// Width x height of a tile, arcmin, 1 to 390 each. Default 60x60 (survey plan).
    // mark: flag-tile-size
    #[schemars(extend("x-flag" = "--tile-size"))]
    pub tile_size: TileSize,
    /// Places to look at, where no list is given as a file (`--ra` and `--dec` become one). Default none.
    pub targets: Vec<Target>,
    /// What neighbours in `hex30` share beyond what covering needs, subtracted from both steps, arcmin. Default 0;
    /// vasco's plate tessellation used 2.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub overlap_arcmin: f64,
    /// Fields of mode `random`. Default 10.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub n_random: u32,
    /// Seed of mode `random` (ChaCha8). Default 42 (vasco).
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub seed: u64,
    /// Southern end of the plates that mode `random` draws fields on, degrees; no part of a field lies beyond it. Default -33.25: the red plates of POSS-I
    /// cover all of the sky north of it (centres at Dec -30 and north every 6 degrees, 6.5 degrees wide: Minkowski & Abell 1963, Basic Astronomical Data,
    /// 481); 22.6 % of the sphere lies south of it.
    #[schemars(range(min = -90.0, max = 80.0))]
    pub random_dec_min_deg: f64,
    /// Spacing of the grid of mode `plate-grid`, degrees. Default 1 (vasco60).
    #[schemars(range(min = 0.05, max = 5.0))]
    pub plate_step_deg: f64,
    /// Largest distance of a tile's centre from the plate's centre in mode `plate-grid`, degrees. Default 2.2: the usable
    /// core of 5.4 degrees (MAPS), less half a tile (vasco60).
    #[schemars(range(min = 0.0, max = 5.0))]
    pub plate_radius_deg: f64,
    /// Southernmost centre of a plate that mode `plate-grid` uses, degrees. Default -30 (vasco60: the limit of PS1).
    #[schemars(range(min = -90.0, max = 90.0))]
    pub plate_dec_min_deg: f64,
    /// Southernmost centre of a tile in mode `plate-grid`, degrees. Default -29.5 (vasco60).
    #[schemars(range(min = -90.0, max = 90.0))]
    pub tile_dec_min_deg: f64,
}

impl Mode {
    /// The name in configuration and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex30 => "hex30",
            Self::PlateGrid => "plate-grid",
            Self::Random => "random",
            Self::List => "list",
        }
    }
}

impl Default for TilingParams {
    fn default() -> Self {
        Self {
            mode: Mode::Hex30,
            tile_size: TileSize::default(),
            targets: Vec::new(),
            overlap_arcmin: 0.0,
            n_random: 10,
            seed: 42,
            random_dec_min_deg: -33.25,
            plate_step_deg: 1.0,
            plate_radius_deg: 2.2,
            plate_dec_min_deg: -30.0,
            tile_dec_min_deg: -29.5,
        }
    }
}
