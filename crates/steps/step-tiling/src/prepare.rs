//! From inputs to tiles.

use std::collections::BTreeMap;

use products::{RawFrameSet, TileFacts};
use sky_tiling::{Mode, Plan, Target, Tile, TilingParams, one_tile_each, plan};
use step_contract::Input;

use crate::plates::{self, PlateRefused};
use crate::{TilingInputs, TilingStepError, targets};

/// A unit of the plan.
#[derive(Clone, Debug)]
pub(crate) enum Prepared {
    /// A tile.
    Tile(Box<TileFacts>),
    /// A file that gives no tile; its id is that of the file.
    Refused(PlateRefused),
}

/// What the tiles came from, as the manifest says it.
struct Origin {
    mode: &'static str,
    source_list: &'static str,
}

/// Every tile by its id, and every plate that gives none.
pub(crate) fn prepare(
    config: &TilingParams,
    inputs: &TilingInputs,
) -> Result<BTreeMap<String, Prepared>, TilingStepError> {
    let (targets, source_list) = match &inputs.targets {
        Some(_) if !config.targets.is_empty() => return Err(TilingStepError::TargetsTwice),
        Some(lists) => (targets::read_all(lists)?, "targets"),
        None => (config.targets.clone(), "configuration"),
    };
    let mode = config.mode.name();
    match config.mode {
        Mode::Random | Mode::PlateGrid if !targets.is_empty() => {
            Err(TilingStepError::TargetsUnused { mode, found: targets.len() })
        }
        Mode::Random => Ok(done(plan(config, &[], &[])?, &Origin { mode, source_list: "random" })),
        Mode::PlateGrid => plate_grid(config, inputs.plates.as_ref()),
        Mode::Hex30 | Mode::List => match &inputs.plates {
            Some(plates) if targets.is_empty() && inputs.targets.is_none() => images(plates),
            _ => {
                note_ignored_radii(config, &targets);
                Ok(done(plan(config, &targets, &[])?, &Origin { mode, source_list }))
            }
        },
    }
}

fn plate_grid(
    config: &TilingParams,
    plates: Option<&Input<RawFrameSet>>,
) -> Result<BTreeMap<String, Prepared>, TilingStepError> {
    let mut centres = Vec::new();
    let mut refused = BTreeMap::new();
    if let Some(plates) = plates {
        let files = plates::images_and_headers(plates);
        if files.is_empty() {
            return Err(TilingStepError::NoPlates { found: plates.units().len() });
        }
        for (unit, path) in files {
            match plates::plate_centre(unit, &path) {
                Ok(centre) => centres.push(centre),
                Err(error) => drop(refused.insert(unit.to_owned(), Prepared::Refused(error))),
            }
        }
    }
    if !centres.is_empty() || refused.is_empty() {
        let plan = plan(config, &[], &centres)?;
        refused.extend(done(plan, &Origin { mode: config.mode.name(), source_list: "plates" }));
    }
    Ok(refused)
}

fn images(plates: &Input<RawFrameSet>) -> Result<BTreeMap<String, Prepared>, TilingStepError> {
    let files = plates::images(plates);
    if files.is_empty() {
        return Err(TilingStepError::NoPlates { found: plates.units().len() });
    }
    let mut placements = Vec::new();
    let mut units = BTreeMap::new();
    for (unit, path) in files {
        match plates::tile_of_image(unit, &path) {
            Ok(placement) => placements.push(placement),
            Err(error) => drop(units.insert(unit.to_owned(), Prepared::Refused(error))),
        }
    }
    units.extend(done(one_tile_each(placements), &Origin { mode: "plates", source_list: "plates" }));
    Ok(units)
}

fn done(plan: Plan, origin: &Origin) -> BTreeMap<String, Prepared> {
    if plan.merged_count > 0 {
        tracing::info!(merged = plan.merged_count, "targets within 3.6 arcsec of another one share its tile");
    }
    plan.tiles.into_iter().map(|tile| (tile.id.clone(), Prepared::Tile(Box::new(facts(tile, origin))))).collect()
}

fn facts(tile: Tile, origin: &Origin) -> TileFacts {
    let Tile { placement, bounds, .. } = tile;
    TileFacts {
        ra_deg: placement.centre.ra_deg,
        dec_deg: placement.centre.dec_deg,
        ra_min_deg: bounds.ra_min_deg,
        ra_max_deg: bounds.ra_max_deg,
        dec_min_deg: bounds.dec_min_deg,
        dec_max_deg: bounds.dec_max_deg,
        width_arcmin: placement.size.width_arcmin,
        height_arcmin: placement.size.height_arcmin,
        area_deg2_in_square: tile.area_deg2_in_square,
        area_deg2_in_circle: tile.area_deg2_in_circle,
        area_deg2_covered: tile.area_deg2_covered,
        tile_size: plates::spelled(placement.size),
        tiling_mode: origin.mode.to_owned(),
        source_list: origin.source_list.to_owned(),
        target: placement.target,
        plate: placement.plate,
    }
}

fn note_ignored_radii(config: &TilingParams, targets: &[Target]) {
    let radii = targets.iter().filter(|target| target.radius_deg.is_some()).count();
    if config.mode == Mode::List && radii > 0 {
        tracing::warn!(radii, "mode list puts one tile on each target: radius_deg is not used");
    }
}
