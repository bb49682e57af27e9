//! How many matches chance alone gives.

use sky_coords::{ARCSEC_PER_RAD, SkyPos, UnitVector};

use crate::radius::RadiusError;
use crate::zone::ZoneIndex;

/// Offsets by which the references are moved, arc seconds to the east and to the north: 60 and 180 in the four directions.
const SHIFTS_ARCSEC: [(f64, f64); 8] =
    [(60.0, 0.0), (-60.0, 0.0), (0.0, 60.0), (0.0, -60.0), (180.0, 0.0), (-180.0, 0.0), (0.0, 180.0), (0.0, -180.0)];

/// Share of detections that match when the references stand where they are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftedShare {
    /// Mean over the eight shifts.
    pub mean: f64,
    /// Standard deviation over the eight shifts (0 to 1, of one shift, not of the mean).
    pub scatter: f64,
}

/// Probability that chance alone puts a reference within `radius_arcsec` of each place: 1 - exp(-pi r^2 rho); NaN for an invalid place.
///
/// rho is the density of references between `radius_arcsec` and `neighbourhood_arcsec` around the place: the ring leaves the true counterpart out.
///
/// # Errors
/// If the neighbourhood is not a valid radius, or not larger than the radius.
pub fn chance_of_match(
    places: &[SkyPos],
    references: &[SkyPos],
    radius_arcsec: f64,
    neighbourhood_arcsec: f64,
) -> Result<Vec<f64>, RadiusError> {
    let index = ZoneIndex::new(references, neighbourhood_arcsec)?;
    let ring_area = cap_area(neighbourhood_arcsec) - cap_area(radius_arcsec);
    if ring_area <= 0.0 {
        return Err(RadiusError { found: neighbourhood_arcsec });
    }
    let chance = |&place: &SkyPos| {
        if !place.is_valid() {
            return f64::NAN;
        }
        let in_ring = index.count_beyond(place, radius_arcsec);
        1.0 - libm::exp(-cap_area(radius_arcsec) * in_ring as f64 / ring_area)
    };
    Ok(places.iter().map(chance).collect())
}

/// Expected share of detections with a reference within `radius_arcsec` by chance: the mean of [`chance_of_match`]. `None` without a valid detection.
///
/// # Errors
/// As [`chance_of_match`].
pub fn expected_chance_share(
    detections: &[SkyPos],
    references: &[SkyPos],
    radius_arcsec: f64,
    neighbourhood_arcsec: f64,
) -> Result<Option<f64>, RadiusError> {
    let chances = chance_of_match(detections, references, radius_arcsec, neighbourhood_arcsec)?;
    Ok(mean(chances.into_iter().filter(|chance| !chance.is_nan())))
}

/// Share of detections that match after the references were moved, as one rigid body, by 60 and 180 arcsec in four directions. `None` without a valid detection.
///
/// # Errors
/// If the radius is not valid.
pub fn shifted_chance_share(
    detections: &[SkyPos],
    references: &[SkyPos],
    radius_arcsec: f64,
) -> Result<Option<ShiftedShare>, RadiusError> {
    let valid: Vec<SkyPos> = detections.iter().copied().filter(|place| place.is_valid()).collect();
    let Some(centre) = centre_of(&valid) else { return Ok(None) };
    let mut shares = Vec::with_capacity(SHIFTS_ARCSEC.len());
    for (east_arcsec, north_arcsec) in SHIFTS_ARCSEC {
        let moved: Vec<SkyPos> = references
            .iter()
            .map(|&place| if place.is_valid() { shifted(place, centre, east_arcsec, north_arcsec) } else { place })
            .collect();
        let index = ZoneIndex::new(&moved, radius_arcsec)?;
        let matched = valid.iter().filter(|&&place| !index.within(place).is_empty()).count();
        shares.push(matched as f64 / valid.len() as f64);
    }
    let n = shares.len() as f64;
    let average = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|share| (share - average) * (share - average)).sum::<f64>() / (n - 1.0);
    Ok(Some(ShiftedShare { mean: average, scatter: variance.sqrt() }))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// Area of a spherical cap in units of the sphere's radius squared: 2 pi (1 - cos r), as 4 pi sin^2(r/2).
fn cap_area(radius_arcsec: f64) -> f64 {
    let half = libm::sin(0.5 * radius_arcsec / ARCSEC_PER_RAD);
    4.0 * std::f64::consts::PI * half * half
}

fn centre_of(places: &[SkyPos]) -> Option<UnitVector> {
    let sum = places.iter().map(|place| place.to_vector()).reduce(|a, b| UnitVector {
        x: a.x + b.x,
        y: a.y + b.y,
        z: a.z + b.z,
    })?;
    Some(sum.normalised())
}

/// `place` after the rotation of the sphere that moves `centre` by the offset.
fn shifted(place: SkyPos, centre: UnitVector, east_arcsec: f64, north_arcsec: f64) -> SkyPos {
    let sky = centre.to_sky();
    let (ra, dec) = (sky.ra_deg.to_radians(), sky.dec_deg.to_radians());
    let (sin_ra, cos_ra, sin_dec, cos_dec) = (libm::sin(ra), libm::cos(ra), libm::sin(dec), libm::cos(dec));
    let east = UnitVector { x: -sin_ra, y: cos_ra, z: 0.0 };
    let north = UnitVector { x: -sin_dec * cos_ra, y: -sin_dec * sin_ra, z: cos_dec };
    let length_arcsec = libm::hypot(east_arcsec, north_arcsec);
    let (e, n) = (east_arcsec / length_arcsec, north_arcsec / length_arcsec);
    // The axis of a motion towards t is centre x t: centre x east = north, centre x north = -east.
    let axis = UnitVector { x: e * north.x - n * east.x, y: e * north.y - n * east.y, z: e * north.z - n * east.z };
    rotated(place.to_vector(), axis, length_arcsec / ARCSEC_PER_RAD).to_sky()
}

/// Rodrigues' rotation of `vector` about the unit vector `axis` by `angle_rad`.
fn rotated(vector: UnitVector, axis: UnitVector, angle_rad: f64) -> UnitVector {
    let (sin, cos) = (libm::sin(angle_rad), libm::cos(angle_rad));
    let along = axis.dot(vector) * (1.0 - cos);
    UnitVector {
        x: vector.x * cos + (axis.y * vector.z - axis.z * vector.y) * sin + axis.x * along,
        y: vector.y * cos + (axis.z * vector.x - axis.x * vector.z) * sin + axis.y * along,
        z: vector.z * cos + (axis.x * vector.y - axis.y * vector.x) * sin + axis.z * along,
    }
}

#[cfg(test)]
mod tests {
    use test_sky::assert_close;

    use super::*;

    #[test]
    fn a_shift_moves_the_centre_by_the_offset() {
        for (ra, dec) in [(150.0, 20.0), (0.0, 0.0), (33.0, -89.0)] {
            let centre = SkyPos::new(ra, dec);
            for (east, north) in SHIFTS_ARCSEC {
                let moved = shifted(centre, centre.to_vector(), east, north);
                assert_close!(
                    moved.separation_arcsec(centre),
                    libm::hypot(east, north),
                    abs = 1e-6,
                    "rigid shift at {ra} {dec}"
                );
                if north != 0.0 && dec > -89.0 {
                    assert_close!((moved.dec_deg - dec) * 3600.0, north, abs = 1e-3, "north is up at {ra} {dec}");
                }
            }
        }
        let moved = shifted(SkyPos::new(150.0, 0.0), SkyPos::new(150.0, 0.0).to_vector(), 60.0, 0.0);
        assert_close!((moved.ra_deg - 150.0) * 3600.0, 60.0, abs = 1e-6, "east is towards larger right ascension");
    }

    #[test]
    fn expected_and_shifted_share_agree_on_a_random_field() {
        use rand::{RngExt as _, SeedableRng as _};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let mut field = |n: usize, half_deg: f64| -> Vec<SkyPos> {
            (0..n)
                .map(|_| {
                    SkyPos::new(
                        180.0 + random.random_range(-half_deg..half_deg),
                        random.random_range(-half_deg..half_deg),
                    )
                })
                .collect()
        };
        let (detections, references) = (field(2_000, 0.25), field(4_000, 0.35));
        let expected = expected_chance_share(&detections, &references, 5.0, 180.0).expect("radii").expect("detections");
        let shifted = shifted_chance_share(&detections, &references, 5.0).expect("radius").expect("detections");
        // 4,000 in 0.49 square degrees: 6.3e-4 per square arcsec, pi 25 rho = 0.0484.
        assert_close!(expected, 0.0483, abs = 0.002, "analytic share of a uniform field");
        assert_close!(shifted.mean, expected, abs = 0.006, "eight shifts of 2,000 trials: sigma 0.002");
    }

    #[test]
    fn no_detection_has_no_share() {
        assert_eq!(expected_chance_share(&[], &[], 5.0, 180.0).expect("radii"), None);
        assert_eq!(shifted_chance_share(&[], &[], 5.0).expect("radius"), None);
    }
}
