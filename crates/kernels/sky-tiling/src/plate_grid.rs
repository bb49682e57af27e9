//! Tiles on survey plates by the rule of the vasco60 plan.

use sky_coords::{ARCSEC_PER_DEG, RAD_PER_DEG, SkyPos, wrap_ra_deg};

use crate::params::TilingParams;
use crate::tile::Placement;

/// A plate and the centre that its header states (PLATERA, PLATEDEC). The centre of the scanned image lies up to 0.2
/// degrees beside it: do not plan from that.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateCentre {
    /// Plate id, `XE005`.
    pub plate: String,
    /// Centre of the plate.
    pub centre: SkyPos,
}

/// Tiles of all plates, plate by plate in order of id.
///
/// Centres lie at whole steps of declination from the plate's centre and, at the plate's declination, of right ascension,
/// rounded to three decimals; those within `plate_radius_deg` of the plate's centre stay. With steps of 1 degree and tiles
/// of 60' the 30' circles leave 21.5 % of each cell in no circle, and towards the pole tiles of one row drift apart or
/// together, for the spacing is that of the plate's declination: the plan wanted it so; the area is declared.
pub(crate) fn placements(params: &TilingParams, plates: &[PlateCentre]) -> Vec<Placement> {
    let mut ordered: Vec<&PlateCentre> =
        plates.iter().filter(|plate| plate.centre.dec_deg >= params.plate_dec_min_deg).collect();
    ordered.sort_by(|a, b| a.plate.cmp(&b.plate));
    ordered.into_iter().flat_map(|plate| on_plate(params, plate)).collect()
}

fn on_plate(params: &TilingParams, plate: &PlateCentre) -> Vec<Placement> {
    let reach = (params.plate_radius_deg / params.plate_step_deg).ceil() as i32;
    let cos_dec = libm::cos(plate.centre.dec_deg * RAD_PER_DEG);
    let mut placements = Vec::new();
    for row in -reach..=reach {
        for column in -reach..=reach {
            let dec_deg = rounded(plate.centre.dec_deg + f64::from(row) * params.plate_step_deg);
            let ra_deg =
                rounded(wrap_ra_deg(plate.centre.ra_deg + f64::from(column) * params.plate_step_deg / cos_dec));
            let centre = SkyPos::new(ra_deg, dec_deg);
            let near = || centre.separation_arcsec(plate.centre) <= params.plate_radius_deg * ARCSEC_PER_DEG;
            if dec_deg.abs() <= 90.0 && dec_deg >= params.tile_dec_min_deg && near() {
                let plate = Some(plate.plate.clone());
                placements.push(Placement { centre, size: params.tile_size, target: None, plate });
            }
        }
    }
    placements
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1000.0).round() / 1000.0
}
