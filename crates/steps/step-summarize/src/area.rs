//! The sky that the verdicts cover: the union of the tiles that have one.

use sky_coords::SkyPos;
use sky_tiling::{Placement, TileSize, one_tile_each};

use crate::chain::{Chain, facts};
use crate::rows::Verdicts;

/// Where a tile lies and how large it is; `None` where neither plan nor frame says it.
pub(crate) fn placement(chain: &Chain, tile: &str) -> Option<Placement> {
    let of_plan = facts(&chain.plan, tile).map(|plan| {
        let size = TileSize { width_arcmin: plan.width_arcmin, height_arcmin: plan.height_arcmin };
        (SkyPos::new(plan.ra_deg, plan.dec_deg), size)
    });
    let of_frame = || {
        let frame = facts(&chain.frames, tile)?;
        let wcs = frame.astrometry.as_ref()?;
        let arcmin = |pixels: u64| pixels as f64 * wcs.pixel_scale_arcsec / 60.0;
        let size = TileSize { width_arcmin: arcmin(frame.width_px), height_arcmin: arcmin(frame.height_px) };
        Some((SkyPos::new(wcs.ra_deg, wcs.dec_deg), size))
    };
    let of_catalog = || {
        let catalog = facts(&chain.catalog, tile)?;
        let wcs = catalog.astrometry.as_ref()?;
        let arcmin = |pixels: u64| pixels as f64 * wcs.pixel_scale_arcsec / 60.0;
        let size = TileSize { width_arcmin: arcmin(catalog.width_px?), height_arcmin: arcmin(catalog.height_px?) };
        Some((SkyPos::new(wcs.ra_deg, wcs.dec_deg), size))
    };
    let (centre, size) = of_plan.or_else(of_frame).or_else(of_catalog)?;
    Some(Placement { centre, size, target: None, plate: Some(tile.to_owned()) })
}

/// Square degrees of the searched sky: the union of the tiles with a verdict for which every veto was there. Nothing can be found in the others.
pub(crate) fn covered_deg2(chain: &Chain, verdicts: &Verdicts) -> f64 {
    let searched = verdicts.tiles.iter().filter(|tile| tile.facts.veto_status == products::VetoStatus::Complete);
    let placements = searched.filter_map(|tile| placement(chain, &tile.id)).collect();
    one_tile_each(placements).tiles.iter().map(|tile| tile.area_deg2_covered).sum()
}

/// The corners of a tile on the sky.
pub(crate) fn outline(placement: &Placement) -> Vec<SkyPos> {
    let plane = sky_coords::TangentPlane::new(placement.centre);
    let (half_x, half_y) = (30.0 * placement.size.width_arcmin, 30.0 * placement.size.height_arcmin);
    [(half_x, half_y), (-half_x, half_y), (-half_x, -half_y), (half_x, -half_y)]
        .into_iter()
        .map(|(xi_arcsec, eta_arcsec)| plane.deproject(sky_coords::StandardPos { xi_arcsec, eta_arcsec }))
        .collect()
}
