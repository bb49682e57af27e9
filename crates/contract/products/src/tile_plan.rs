//! Tile plans: where the tiles lie.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_catalog::ColumnSpec;
use sky_catalog::ColumnType::{F64, Text};
use step_contract::{Product, Unit, file_set};

use crate::ended::{ended, facts};

/// Tiles of the sky, one unit a tile; the file `tiles` lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct TilePlan;

/// A unit of a tile-plan has no file of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TileFiles {}

file_set!(TileFiles { required ; optional ; });

/// Where a tile lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TileFacts {
    /// Centre, ICRS.
    pub ra_deg: f64,
    /// Centre, ICRS.
    pub dec_deg: f64,
    /// Western bound; greater than `ra_max_deg` where the tile crosses RA 0.
    pub ra_min_deg: f64,
    /// Eastern bound.
    pub ra_max_deg: f64,
    /// Southern bound.
    pub dec_min_deg: f64,
    /// Northern bound.
    pub dec_max_deg: f64,
    /// Width on the tangent plane.
    pub width_arcmin: f64,
    /// Height on the tangent plane.
    pub height_arcmin: f64,
    /// Area of the whole tile.
    pub area_deg2_in_square: f64,
    /// Area of the circle inscribed in it.
    pub area_deg2_in_circle: f64,
    /// Area of the tile that no tile before it covers.
    pub area_deg2_covered: f64,
    /// Width x height in arcmin: `60x60`.
    pub tile_size: String,
    /// `hex30`, `plate-grid`, `random`, `list` or `plates`.
    pub tiling_mode: String,
    /// What the targets came from: `configuration`, `targets`, `plates`, `random`.
    pub source_list: String,
    /// Name of the target that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Unit of the input `plates` that it lies on (plate-grid: the plate id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
}

/// The plan as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TilePlanPayload {
    /// Tiles.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub tiles_count: u64,
    /// Width x height in arcmin: `60x60`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile_size: Option<String>,
    /// Mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiling_mode: Option<String>,
    /// What the targets came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_list: Option<String>,
    /// Sum over the tiles.
    pub area_deg2_in_square: f64,
    /// Sum over the tiles.
    pub area_deg2_in_circle: f64,
    /// Area of their union.
    pub area_deg2_covered: f64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

/// Columns of `tiles.csv`, the file `tiles` of the manifest: one row a tile, in order of id.
pub const TILES: &[ColumnSpec] = &[
    ColumnSpec::new("tile_id", Text, "", "meta.id;meta.main", "id of the tile: its centre to three decimals"),
    ColumnSpec::new("ra_deg", F64, "deg", "pos.eq.ra;meta.main", "right ascension of the centre (ICRS)"),
    ColumnSpec::new("dec_deg", F64, "deg", "pos.eq.dec;meta.main", "declination of the centre (ICRS)"),
    ColumnSpec::new(
        // mark: tile-bounds
        "ra_min_deg",
        F64,
        "deg",
        "pos.eq.ra;stat.min",
        "western bound; greater than ra_max_deg where the tile crosses RA 0",
    )
    .with_decimals(6),
    ColumnSpec::new("ra_max_deg", F64, "deg", "pos.eq.ra;stat.max", "eastern bound").with_decimals(6),
    ColumnSpec::new("dec_min_deg", F64, "deg", "pos.eq.dec;stat.min", "southern bound").with_decimals(6),
    ColumnSpec::new("dec_max_deg", F64, "deg", "pos.eq.dec;stat.max", "northern bound").with_decimals(6),
    ColumnSpec::new("width_arcmin", F64, "arcmin", "phys.angSize", "width on the tangent plane"),
    ColumnSpec::new("height_arcmin", F64, "arcmin", "phys.angSize", "height on the tangent plane"),
    ColumnSpec::new("area_deg2_in_square", F64, "deg**2", "phys.angArea", "area of the whole tile").with_decimals(6),
    ColumnSpec::new("area_deg2_in_circle", F64, "deg**2", "phys.angArea", "area of the circle inscribed in it")
        .with_decimals(6),
    ColumnSpec::new("area_deg2_covered", F64, "deg**2", "phys.angArea", "area that no tile before it covers")
        .with_decimals(6),
    ColumnSpec::new("target", Text, "", "meta.id", "name of the target that asked for it"),
    ColumnSpec::new("plate", Text, "", "meta.id", "plate that it lies on"),
];

impl Product for TilePlan {
    const NAME: &'static str = "tile-plan";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../schemas/tile-plan-1.json");
    type Files = TileFiles;
    type Facts = TileFacts;
    type Payload = TilePlanPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        let first = facts(units).next();
        let sum = |area: fn(&TileFacts) -> f64| facts(units).map(area).fold(0.0, |sum, area| sum + area);
        TilePlanPayload {
            tiles_count: units_done,
            tile_size: first.map(|tile| tile.tile_size.clone()),
            // mark: tiling-mode-told
            tiling_mode: first.map(|tile| tile.tiling_mode.clone()),
            source_list: first.map(|tile| tile.source_list.clone()),
            area_deg2_in_square: sum(|tile| tile.area_deg2_in_square),
            area_deg2_in_circle: sum(|tile| tile.area_deg2_in_circle),
            area_deg2_covered: sum(|tile| tile.area_deg2_covered),
            units_done,
            units_not_done,
        }
    }
}
