//! Whether what is left over stands beside its own stars: the trace of an astrometric solution that claims success and is wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_coords::{SkyPos, StandardPos, TangentPlane};
use sky_match::{RadiusError, ZoneIndex};
use sky_stats::median;

/// Directions in which the survivors are shifted for the share that chance gives.
const SHIFTS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (0.0, 1.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    (-FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    (-FRAC_1_SQRT_2, -FRAC_1_SQRT_2),
    (FRAC_1_SQRT_2, -FRAC_1_SQRT_2),
];
const FRAC_1_SQRT_2: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// The test of survivors against shifted ones. Thresholds are those of the public guard that found two displaced tiles among
/// the published ones (poss1-plate-slice, WCSFIX_GUARD.md, 2026-09-09: 53 % of the survivors had a star at 3 to 8", chance gives 7 %).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DisplacementParams {
    /// Nearest star that counts (unit arcsec; default 3).
    #[schemars(range(min = 0.0, max = 60.0))]
    pub inner_arcsec: f64,
    /// Farthest star that counts (unit arcsec; default 8).
    #[schemars(range(min = 0.1, max = 60.0))]
    pub outer_arcsec: f64,
    /// How far survivors are shifted for the share that chance gives (unit arcsec; default 60).
    #[schemars(range(min = 10.0, max = 600.0))]
    pub shift_arcsec: f64,
    /// Excess over the shifted share above which the tile is suspect (default 0.25).
    #[schemars(range(min = 0.01, max = 1.0))]
    pub excess_max: f64,
    /// Fewest survivors with such a star (default 10).
    #[schemars(range(min = 3, max = 100_000))]
    pub min_rows: u64,
    /// Length of their median offset above which they point in one direction (unit arcsec; default 3).
    #[schemars(range(min = 0.0, max = 60.0))]
    pub coherent_arcsec: f64,
    /// The excess must also be so many binomial standard deviations (default 4: nine parts of each tile are looked at).
    #[schemars(range(min = 0.0, max = 100.0))]
    pub excess_sigma: f64,
}

impl Default for DisplacementParams {
    fn default() -> Self {
        Self {
            inner_arcsec: 3.0,
            outer_arcsec: 8.0,
            shift_arcsec: 60.0,
            excess_max: 0.25,
            min_rows: 10,
            coherent_arcsec: 3.0,
            excess_sigma: 4.0,
        }
    }
}

/// Survivors of a tile, or of a part of it, against the stars beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct Displacement {
    /// Which part: `tile`, `north`, `south-east` ...
    pub part: &'static str,
    /// Survivors in it.
    pub rows: u64,
    /// Of these, with a star between the two radii and none nearer.
    pub beside: u64,
    /// The share of shifted survivors with one.
    pub share_by_chance: f64,
    /// Median offset star minus survivor of those, to the east, arcsec.
    pub east_arcsec: f64,
    /// To the north, arcsec.
    pub north_arcsec: f64,
    /// Whether all limits are passed.
    pub is_suspect: bool,
}

impl Displacement {
    /// Share with a star beside them minus the share by chance.
    pub fn excess(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.beside as f64 / self.rows as f64 - self.share_by_chance }
    }
}

/// The whole tile; where that is not suspect and a part is, the suspect part with the largest excess.
///
/// An error that grows across the tile points one way in each of its parts and may cancel over the whole: the tile, its halves and its quarters
/// (at the middle of the survivors) are looked at. `references` stand at the epoch of the plate.
///
/// # Errors
/// Where a radius is out of range.
pub fn displacement(
    survivors: &[SkyPos],
    references: &[SkyPos],
    params: &DisplacementParams,
) -> Result<Displacement, RadiusError> {
    let index = ZoneIndex::new(references, params.outer_arcsec)?;
    let places: Vec<SkyPos> = survivors.iter().filter(|place| place.is_valid()).copied().collect();
    let Some(centre) = middle(&places) else { return Ok(empty()) };
    let plane = TangentPlane::new(centre);
    let looks: Vec<Look> =
        places.iter().filter_map(|place| Look::at(*place, &plane, &index, references, params)).collect();
    let parts: [(&'static str, fn(&StandardPos) -> bool); 9] = [
        ("tile", |_| true),
        ("west", |at| at.xi_arcsec < 0.0),
        ("east", |at| at.xi_arcsec >= 0.0),
        ("south", |at| at.eta_arcsec < 0.0),
        ("north", |at| at.eta_arcsec >= 0.0),
        ("south-west", |at| at.xi_arcsec < 0.0 && at.eta_arcsec < 0.0),
        ("south-east", |at| at.xi_arcsec >= 0.0 && at.eta_arcsec < 0.0),
        ("north-west", |at| at.xi_arcsec < 0.0 && at.eta_arcsec >= 0.0),
        ("north-east", |at| at.xi_arcsec >= 0.0 && at.eta_arcsec >= 0.0),
    ];
    let judged = parts.map(|(part, holds)| judge(part, looks.iter().filter(|look| holds(&look.at)), params));
    let worst = judged.iter().filter(|part| part.is_suspect).max_by(|a, b| a.excess().total_cmp(&b.excess()));
    Ok(worst.filter(|_| !judged[0].is_suspect).unwrap_or(&judged[0]).clone())
}

/// One survivor.
struct Look {
    at: StandardPos,
    /// Offset of the star beside it.
    offset: Option<(f64, f64)>,
    /// How many of the shifted ones have a star beside them.
    shifted: u32,
}

impl Look {
    fn at(
        place: SkyPos,
        plane: &TangentPlane,
        index: &ZoneIndex,
        references: &[SkyPos],
        params: &DisplacementParams,
    ) -> Option<Self> {
        let at = plane.project(place)?;
        let offset = beside(place, index, params)
            .and_then(|star| plane.project(references[star]))
            .map(|star| (star.xi_arcsec - at.xi_arcsec, star.eta_arcsec - at.eta_arcsec));
        let is_beside = |(east, north): &(f64, f64)| {
            let xi_arcsec = at.xi_arcsec + east * params.shift_arcsec;
            let eta_arcsec = at.eta_arcsec + north * params.shift_arcsec;
            beside(plane.deproject(StandardPos { xi_arcsec, eta_arcsec }), index, params).is_some()
        };
        let shifted = SHIFTS.iter().filter(|shift| is_beside(shift)).count() as u32;
        Some(Self { at, offset, shifted })
    }
}

/// The nearest star, if it lies between the radii.
fn beside(place: SkyPos, index: &ZoneIndex, params: &DisplacementParams) -> Option<usize> {
    let near = index.within(place);
    let star = near.first()?;
    (params.inner_arcsec..=params.outer_arcsec).contains(&star.separation_arcsec).then_some(star.index)
}

fn judge<'a>(part: &'static str, looks: impl Iterator<Item = &'a Look>, params: &DisplacementParams) -> Displacement {
    let (mut rows, mut shifted, mut offsets) = (0_u64, 0_u64, Vec::new());
    for look in looks {
        rows += 1;
        shifted += u64::from(look.shifted);
        offsets.extend(look.offset);
    }
    let beside = offsets.len() as u64;
    let along = |of: fn(&(f64, f64)) -> f64| median(&mut offsets.iter().map(of).collect::<Vec<f64>>()).unwrap_or(0.0);
    let (east_arcsec, north_arcsec) = (along(|offset| offset.0), along(|offset| offset.1));
    let share_by_chance = shifted as f64 / (rows.max(1) * SHIFTS.len() as u64) as f64;
    let mut found = Displacement { part, rows, beside, share_by_chance, east_arcsec, north_arcsec, is_suspect: false };
    let sigma = (share_by_chance * (1.0 - share_by_chance) / rows.max(1) as f64).sqrt();
    found.is_suspect = beside >= params.min_rows
        && found.excess() > params.excess_max
        && found.excess() > params.excess_sigma * sigma
        && libm::hypot(east_arcsec, north_arcsec) > params.coherent_arcsec;
    found
}

fn empty() -> Displacement {
    Displacement {
        part: "tile",
        rows: 0,
        beside: 0,
        share_by_chance: 0.0,
        east_arcsec: 0.0,
        north_arcsec: 0.0,
        is_suspect: false,
    }
}

/// The middle of the box around the places.
fn middle(places: &[SkyPos]) -> Option<SkyPos> {
    let plane = TangentPlane::new(*places.first()?);
    let at: Vec<StandardPos> = places.iter().filter_map(|place| plane.project(*place)).collect();
    let half = |of: fn(&StandardPos) -> f64| {
        let (low, high) =
            at.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        0.5 * (low + high)
    };
    Some(plane.deproject(StandardPos { xi_arcsec: half(|at| at.xi_arcsec), eta_arcsec: half(|at| at.eta_arcsec) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRE: SkyPos = SkyPos { ra_deg: 150.0, dec_deg: 20.0 };

    /// Random numbers from 0 to 1 (Steele et al. 2014, SplitMix64).
    fn random(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }
    }

    /// Random places of a tile of 60'.
    fn spread(n: usize, seed: u64) -> Vec<StandardPos> {
        let mut share = random(seed);
        (0..n).map(|_| StandardPos::new(3600.0 * share() - 1800.0, 3600.0 * share() - 1800.0)).collect()
    }

    fn sky(places: &[StandardPos]) -> Vec<SkyPos> {
        let plane = TangentPlane::new(CENTRE);
        places.iter().map(|place| plane.deproject(*place)).collect()
    }

    fn found(survivors: &[StandardPos], stars: &[StandardPos]) -> Displacement {
        displacement(&sky(survivors), &sky(stars), &DisplacementParams::default()).expect("radii")
    }

    #[test]
    fn survivors_without_their_stars_are_not_suspect() {
        let found = found(&spread(200, 5), &spread(4000, 137));
        assert!(!found.is_suspect, "{found:?}");
        // 4000 stars of a square of 3600": 1 - exp(-pi (8^2 - 3^2) 4000 / 3600^2) = 5.2 %.
        assert!((found.share_by_chance - 0.052).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn a_constant_displacement_is_found_with_its_direction() {
        let stars = spread(4000, 137);
        // The public tile: (-4.0", -6.0") off.
        let survivors: Vec<StandardPos> = stars[..120]
            .iter()
            .map(|star| StandardPos::new(star.xi_arcsec + 4.0, star.eta_arcsec + 6.0))
            .chain(spread(100, 5))
            .collect();
        let found = found(&survivors, &stars);
        assert!(found.is_suspect && (found.rows, found.part) == (220, "tile"), "{found:?}");
        assert!((found.east_arcsec + 4.0).abs() < 0.3 && (found.north_arcsec + 6.0).abs() < 0.3, "{found:?}");
    }

    #[test]
    fn a_displacement_that_cancels_over_the_tile_is_found_in_its_parts() {
        let stars = spread(4000, 137);
        // 6" outwards from the middle.
        let survivors: Vec<StandardPos> = stars[..160]
            .iter()
            .map(|star| {
                let length = libm::hypot(star.xi_arcsec, star.eta_arcsec);
                let out = |at: f64| at + 6.0 * at / length;
                StandardPos::new(out(star.xi_arcsec), out(star.eta_arcsec))
            })
            .collect();
        let found = found(&survivors, &stars);
        assert!(found.is_suspect && found.part != "tile", "{found:?}");
    }

    #[test]
    fn few_rows_and_odd_directions_are_no_displacement() {
        let stars = spread(4000, 137);
        let away = |star: &StandardPos, angle: f64| {
            let (sin, cos) = libm::sincos(angle);
            StandardPos::new(star.xi_arcsec + 6.0 * cos, star.eta_arcsec + 6.0 * sin)
        };
        let nine: Vec<StandardPos> = stars[..9].iter().map(|star| away(star, 0.5)).collect();
        assert!(!found(&nine, &stars).is_suspect, "nine rows are too few");
        let mut angle = random(9);
        let turned: Vec<StandardPos> =
            stars[..200].iter().map(|star| away(star, std::f64::consts::TAU * angle())).collect();
        let found = found(&turned, &stars);
        assert!(!found.is_suspect && found.excess() > 0.25, "slow stars move in every direction: {found:?}");
    }

    #[test]
    fn no_survivor_is_no_displacement() {
        assert_eq!(found(&[], &spread(10, 1)).rows, 0);
    }
}
