//! Declination zones: the search structure of every match.

use sky_coords::{ARCSEC_PER_RAD, DEG_PER_RAD, RAD_PER_DEG, SkyPos, UnitVector};

use crate::radius::{Radius, RadiusError};

/// Smallest height of a zone, degrees: 3,600 zones for the whole sky.
const MIN_ZONE_HEIGHT_DEG: f64 = 0.05;

/// Positions sorted into declination strips, and by right ascension within a strip.
///
/// The first use of zones for sky matching is Gray, Nieto-Santisteban & Szalay 2006 (MSR-TR-2006-52).
/// Right ascension wraps and the poles are handled in [`ZoneIndex::within`] alone. 48 bytes a position.
pub struct ZoneIndex {
    radius: Radius,
    zone_height_deg: f64,
    /// First entry of each zone, and one past the last entry at the end.
    zone_starts: Vec<usize>,
    entries: Vec<Entry>,
    invalid: Vec<usize>,
}

/// A position of the index within the radius of the place asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Index of the position in the list that the index was made from.
    pub index: usize,
    /// Great-circle separation, arc seconds.
    pub separation_arcsec: f64,
}

struct Entry {
    ra_deg: f64,
    direction: UnitVector,
    index: usize,
}

impl ZoneIndex {
    /// An index of `positions` for searches within `radius_arcsec`. Positions that are not finite or beyond a pole are left out (see [`Self::invalid`]).
    ///
    /// # Errors
    /// If the radius is negative, not finite or above [`crate::MAX_RADIUS_ARCSEC`].
    pub fn new(positions: &[SkyPos], radius_arcsec: f64) -> Result<Self, RadiusError> {
        let radius = Radius::new(radius_arcsec)?;
        let zone_height_deg = radius.search_deg().max(MIN_ZONE_HEIGHT_DEG);
        let n_zones = zone_of(90.0, zone_height_deg) + 1;
        let (valid, invalid): (Vec<usize>, Vec<usize>) = (0..positions.len()).partition(|&i| positions[i].is_valid());
        let mut keyed: Vec<(usize, Entry)> = valid
            .into_iter()
            .map(|index| {
                let position = SkyPos::new(positions[index].ra_deg, positions[index].dec_deg);
                let entry = Entry { ra_deg: position.ra_deg, direction: position.to_vector(), index };
                (zone_of(position.dec_deg, zone_height_deg), entry)
            })
            .collect();
        keyed.sort_unstable_by(|(zone_a, a), (zone_b, b)| {
            zone_a.cmp(zone_b).then(a.ra_deg.total_cmp(&b.ra_deg)).then(a.index.cmp(&b.index))
        });
        let zone_starts = (0..=n_zones).map(|zone| keyed.partition_point(|(z, _)| *z < zone)).collect();
        let entries = keyed.into_iter().map(|(_, entry)| entry).collect();
        Ok(Self { radius, zone_height_deg, zone_starts, entries, invalid })
    }

    /// Indices of the positions that were rejected: a coordinate that is not finite, or a declination beyond a pole.
    pub fn invalid(&self) -> &[usize] {
        &self.invalid
    }

    /// All positions within the radius (boundary included) of `place`, ordered by separation, then index; none for an invalid place.
    pub fn within(&self, place: SkyPos) -> Vec<Neighbour> {
        let direction = place.to_vector();
        let mut found = Vec::new();
        self.for_each_near(place, |entry, _| {
            let separation_arcsec = direction.separation_arcsec(entry.direction);
            if self.radius.contains(separation_arcsec) {
                found.push(Neighbour { index: entry.index, separation_arcsec });
            }
        });
        found.sort_unstable_by(|a, b| a.separation_arcsec.total_cmp(&b.separation_arcsec).then(a.index.cmp(&b.index)));
        found
    }

    /// How many positions lie farther than `inner_arcsec` from `place` and within the radius of the index; 0 for an invalid place.
    pub fn count_beyond(&self, place: SkyPos, inner_arcsec: f64) -> usize {
        let inner_chord = 2.0 * libm::sin(0.5 * inner_arcsec / ARCSEC_PER_RAD);
        let mut count = 0;
        self.for_each_near(place, |_, chord2| count += usize::from(chord2 > inner_chord * inner_chord));
        count
    }

    /// Every entry within the search radius, a hair wider than the radius, with the square of its chord; in no useful order.
    fn for_each_near(&self, place: SkyPos, mut visit: impl FnMut(&Entry, f64)) {
        if !place.is_valid() {
            return;
        }
        let place = SkyPos::new(place.ra_deg, place.dec_deg);
        let direction = place.to_vector();
        let radius_deg = self.radius.search_deg();
        let max_chord2 = self.radius.search_chord2();
        let south = zone_of((place.dec_deg - radius_deg).max(-90.0), self.zone_height_deg);
        let north = zone_of((place.dec_deg + radius_deg).min(90.0), self.zone_height_deg);
        let (ranges, n_ranges) = ra_ranges(place, radius_deg);
        for zone in south..=north {
            let strip = &self.entries[self.zone_starts[zone]..self.zone_starts[zone + 1]];
            for &(from_deg, to_deg) in &ranges[..n_ranges] {
                let first = strip.partition_point(|entry| entry.ra_deg < from_deg);
                for entry in strip[first..].iter().take_while(|entry| entry.ra_deg <= to_deg) {
                    let chord2 = chord2(direction, entry.direction);
                    if chord2 <= max_chord2 {
                        visit(entry, chord2);
                    }
                }
            }
        }
    }
}

fn zone_of(dec_deg: f64, zone_height_deg: f64) -> usize {
    ((dec_deg + 90.0) / zone_height_deg).floor() as usize
}

fn chord2(a: UnitVector, b: UnitVector) -> f64 {
    let (dx, dy, dz) = (a.x - b.x, a.y - b.y, a.z - b.z);
    dx * dx + dy * dy + dz * dz
}

/// The one or two ranges of right ascension, degrees, that a circle reaches: all of it when the circle holds a pole, two when it crosses 0.
fn ra_ranges(place: SkyPos, radius_deg: f64) -> ([(f64, f64); 2], usize) {
    const WHOLE: (f64, f64) = (0.0, 360.0);
    if place.dec_deg.abs() + radius_deg >= 90.0 {
        return ([WHOLE, WHOLE], 1);
    }
    // The widest reach of a small circle: sin(half width) = sin(radius) / cos(dec).
    let reach = libm::sin(radius_deg * RAD_PER_DEG) / libm::cos(place.dec_deg * RAD_PER_DEG);
    let half_width_deg = libm::asin(reach.min(1.0)) * DEG_PER_RAD + 1.0e-9;
    let (from, to) = (place.ra_deg - half_width_deg, place.ra_deg + half_width_deg);
    if from < 0.0 {
        ([(0.0, to), (from + 360.0, 360.0)], 2)
    } else if to > 360.0 {
        ([(from, 360.0), (0.0, to - 360.0)], 2)
    } else {
        ([(from, to), WHOLE], 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_across_the_meridian_reaches_both_sides() {
        let positions = [SkyPos::new(359.9996, 10.0), SkyPos::new(0.0005, 10.0), SkyPos::new(0.1, 10.0)];
        let index = ZoneIndex::new(&positions, 5.0).expect("5 arcsec is a radius");
        let found: Vec<usize> = index.within(SkyPos::new(0.0, 10.0)).iter().map(|n| n.index).collect();
        assert_eq!(found, [0, 1], "they lie 1.42, 1.77 and 355 arcsec away");
    }

    #[test]
    fn a_circle_around_the_pole_reaches_every_right_ascension() {
        let positions: Vec<SkyPos> = (0..8).map(|i| SkyPos::new(45.0 * f64::from(i), 90.0 - 4.0 / 3600.0)).collect();
        let index = ZoneIndex::new(&positions, 5.0).expect("5 arcsec is a radius");
        let found: Vec<usize> = index.within(SkyPos::new(200.0, 90.0)).iter().map(|n| n.index).collect();
        assert_eq!(found.len(), 8, "all lie 4 arcsec from the pole, found {found:?}");
    }

    #[test]
    fn a_radius_in_the_wrong_unit_is_refused() {
        for radius in [-1.0, f64::NAN, f64::INFINITY, 40_000.0] {
            assert!(ZoneIndex::new(&[], radius).is_err(), "{radius} arcsec was accepted");
        }
    }
}
