//! One tile of a plan.

use sky_coords::{ARCSEC_PER_DEG, SkyPos, TangentPlane};

use crate::bounds::Bounds;
use crate::size::TileSize;

/// Where a tile shall lie and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// Centre.
    pub centre: SkyPos,
    /// Width and height.
    pub size: TileSize,
    /// Name of the target that asked for it.
    pub target: Option<String>,
    /// Plate that it lies on.
    pub plate: Option<String>,
}

/// One tile of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// `tile_RA150.000_DECp20.000`, unique in the plan.
    pub id: String,
    /// Where it lies and why.
    pub placement: Placement,
    /// The range of coordinates that it spans.
    pub bounds: Bounds,
    /// Solid angle of the whole tile, square degrees.
    pub area_deg2_in_square: f64,
    /// Solid angle of the circle inscribed in it, square degrees.
    pub area_deg2_in_circle: f64,
    /// Solid angle of the part that no tile before it (in order of id) covers, square degrees.
    pub area_deg2_covered: f64,
}

/// The id of a tile at `centre`: three decimals of a degree (3.6"), the sign of the declination as `p` or `m`, so that the
/// name is safe in a shell and as a file name. RA 359.9996 rounds to 0.000.
pub fn tile_id(centre: SkyPos) -> String {
    let (ra, dec) = (thousandths(centre.ra_deg).rem_euclid(360_000), thousandths(centre.dec_deg));
    let sign = if dec < 0 { 'm' } else { 'p' };
    let size = dec.abs();
    format!("tile_RA{}.{:03}_DEC{sign}{}.{:03}", ra / 1000, ra % 1000, size / 1000, size % 1000)
}

fn thousandths(degrees: f64) -> i64 {
    (degrees * 1000.0).round() as i64
}

impl Tile {
    /// Whether a position lies in the tile (its edges included).
    pub fn contains(&self, sky: SkyPos) -> bool {
        let size = self.placement.size;
        TangentPlane::new(self.placement.centre).project(sky).is_some_and(|place| {
            place.xi_arcsec.abs() <= size.width_arcmin / 120.0 * ARCSEC_PER_DEG
                && place.eta_arcsec.abs() <= size.height_arcmin / 120.0 * ARCSEC_PER_DEG
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_rounded_wrapped_and_safe_in_a_shell() {
        for ((ra_deg, dec_deg), id) in [
            ((150.0, 20.0), "tile_RA150.000_DECp20.000"),
            ((359.999_6, -29.5), "tile_RA0.000_DECm29.500"),
            ((0.084, 35.807), "tile_RA0.084_DECp35.807"),
            ((10.0, -0.000_4), "tile_RA10.000_DECp0.000"),
            ((10.0, -0.5), "tile_RA10.000_DECm0.500"),
        ] {
            assert_eq!(tile_id(SkyPos::new(ra_deg, dec_deg)), id);
        }
    }
}
