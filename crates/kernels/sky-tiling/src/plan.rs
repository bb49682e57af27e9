//! The plan: tiles with ids, bounds and areas.

use std::collections::BTreeMap;

use sky_coords::SkyPos;

use crate::bounds::Bounds;
use crate::coverage::shares_left;
use crate::hex;
use crate::params::{Mode, TilingParams};
use crate::plate_grid::{self, PlateCentre};
use crate::random;
use crate::target::Target;
use crate::tile::{Placement, Tile, tile_id};

/// Most tiles of a plan: the whole sky in tiles of 13'.
const MAX_TILES: f64 = 1e6;

/// Tiles in order of id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The tiles, ordered by id.
    pub tiles: Vec<Tile>,
    /// Placements that had the id of an earlier one (centres within 3.6") and became one tile with it.
    pub merged_count: usize,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TilingError {
    /// Nothing to plan for.
    #[error("mode {mode} needs {needed}, found none; {cure}")]
    NothingToTile {
        /// The mode.
        mode: &'static str,
        /// What it needs.
        needed: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// A target that is no place.
    #[error("target {number} ({name}) has {what} {found}, expected {expected}")]
    BadTarget {
        /// Position in the list, from 1.
        number: usize,
        /// Its name, or `unnamed`.
        name: String,
        /// Which value.
        what: &'static str,
        /// The value.
        found: f64,
        /// Its range.
        expected: &'static str,
    },
    /// Tiles that would hardly advance.
    #[error("overlap of {overlap_arcmin} arcmin leaves less than half of a {tile_size} tile; make it smaller")]
    OverlapTooLarge {
        /// The overlap.
        overlap_arcmin: f64,
        /// The tile.
        tile_size: String,
    },
    /// More tiles than anybody will look at.
    #[error(
        "plan would have about {estimate:.0} tiles, expected at most 1000000; enlarge the tiles or shrink the discs"
    )]
    TooManyTiles {
        /// About how many.
        estimate: f64,
    },
}

/// The plan of a mode: `targets` for `hex30` and `list`, `plates` for `plate-grid`, neither for `random`. (The targets are
/// those of `params` or of a list of the caller.)
///
/// # Errors
/// Where there is nothing to tile, a target is no place on the sky, or the plan would be senselessly large.
pub fn plan(params: &TilingParams, targets: &[Target], plates: &[PlateCentre]) -> Result<Plan, TilingError> {
    let placements = match params.mode {
        Mode::Hex30 | Mode::List => {
            check_targets(params, targets)?;
            targets.iter().flat_map(|target| around(params, target)).collect()
        }
        Mode::Random => random::placements(params),
        Mode::PlateGrid => {
            if plates.is_empty() {
                let (needed, cure) = ("plates", "give a folder of plate headers with --input plates=DIR");
                return Err(TilingError::NothingToTile { mode: params.mode.name(), needed, cure });
            }
            plate_grid::placements(params, plates)
        }
    };
    Ok(assemble(placements))
}

/// Gives placements their ids, bounds and areas. Placements whose centres round to one id become one tile, the first.
fn assemble(placements: Vec<Placement>) -> Plan {
    let placements_count = placements.len();
    let mut by_id: BTreeMap<String, Placement> = BTreeMap::new();
    for placement in placements {
        by_id.entry(tile_id(placement.centre)).or_insert(placement);
    }
    let merged_count = placements_count - by_id.len();
    Plan { tiles: tiles(by_id), merged_count }
}

/// The plan of images that are there already: each is one tile. Where several have one centre, the first in order of
/// plate gets the usual id and the others `_` and their plate after it.
pub fn one_tile_each(mut images: Vec<Placement>) -> Plan {
    images.sort_by(|a, b| a.plate.cmp(&b.plate));
    let mut by_id: BTreeMap<String, Placement> = BTreeMap::new();
    for image in images {
        let id = tile_id(image.centre);
        let id = match &image.plate {
            Some(plate) if by_id.contains_key(&id) => format!("{id}_{plate}"),
            _ => id,
        };
        by_id.insert(id, image);
    }
    Plan { tiles: tiles(by_id), merged_count: 0 }
}

fn tiles(named: BTreeMap<String, Placement>) -> Vec<Tile> {
    let (ids, placements): (Vec<String>, Vec<Placement>) = named.into_iter().unzip();
    let shares = shares_left(&placements);
    ids.into_iter()
        .zip(placements)
        .zip(shares)
        .map(|((id, placement), share)| Tile {
            id,
            bounds: Bounds::of_tile(placement.centre, placement.size),
            area_deg2_in_square: placement.size.area_deg2(),
            area_deg2_in_circle: placement.size.circle_area_deg2(),
            area_deg2_covered: placement.size.area_deg2() * share,
            placement,
        })
        .collect()
}

fn around(params: &TilingParams, target: &Target) -> Vec<Placement> {
    let centre = SkyPos::new(target.ra_deg, target.dec_deg);
    let centres = match target.radius_deg {
        Some(radius_deg) if params.mode == Mode::Hex30 => {
            hex::cover(centre, radius_deg, params.tile_size, params.overlap_arcmin)
        }
        // mark: one-tile-a-position
        _ => vec![centre],
    };
    let placement = |centre| Placement { centre, size: params.tile_size, target: target.name.clone(), plate: None };
    centres.into_iter().map(placement).collect()
}

fn check_targets(params: &TilingParams, targets: &[Target]) -> Result<(), TilingError> {
    if targets.is_empty() {
        let (needed, cure) = ("targets", "give --ra and --dec, or a CSV with --targets");
        return Err(TilingError::NothingToTile { mode: params.mode.name(), needed, cure });
    }
    let smaller_side = params.tile_size.width_arcmin.min(params.tile_size.height_arcmin);
    if params.overlap_arcmin > smaller_side / 2.0 {
        let tile_size = params.tile_size.to_string();
        return Err(TilingError::OverlapTooLarge { overlap_arcmin: params.overlap_arcmin, tile_size });
    }
    let mut estimate = 0.0;
    for (index, target) in targets.iter().enumerate() {
        let values = [
            // mark: right-ascension-range
            ("right ascension", target.ra_deg, 0.0..=360.0, "0 to 360 degrees"),
            ("declination", target.dec_deg, -90.0..=90.0, "-90 to 90 degrees"),
            ("radius", target.radius_deg.unwrap_or(0.0), 0.0..=180.0, "0 to 180 degrees"),
        ];
        for (what, found, range, expected) in values {
            if !range.contains(&found) {
                let name = target.name.clone().unwrap_or_else(|| "unnamed".to_owned());
                return Err(TilingError::BadTarget { number: index + 1, name, what, found, expected });
            }
        }
        estimate += match target.radius_deg {
            Some(radius_deg) if params.mode == Mode::Hex30 => {
                hex::estimated_count(radius_deg, params.tile_size, params.overlap_arcmin)
            }
            _ => 1.0,
        };
    }
    if estimate > MAX_TILES { Err(TilingError::TooManyTiles { estimate }) } else { Ok(()) }
}
