//! The range of coordinates that a tile spans.

use sky_coords::{ARCSEC_PER_RAD, DEG_PER_RAD, RAD_PER_DEG, SkyPos, StandardPos, TangentPlane, wrap_ra_deg};

use crate::size::TileSize;

/// The smallest box in right ascension and declination that holds a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Western bound, degrees; greater than `ra_max_deg` where the tile crosses RA 0.
    pub ra_min_deg: f64,
    /// Eastern bound, degrees; 360 with `ra_min_deg` 0 where the tile holds a pole.
    pub ra_max_deg: f64,
    /// Southern bound, degrees; -90 where the tile holds the pole.
    pub dec_min_deg: f64,
    /// Northern bound, degrees; 90 where the tile holds the pole.
    pub dec_max_deg: f64,
}

impl Bounds {
    /// The bounds of a tile. Its edges are great circles: the corners are its extremes in right ascension (and in
    /// declination on the equator's side), the middle of an edge its extreme towards the pole.
    pub fn of_tile(centre: SkyPos, size: TileSize) -> Self {
        let (a, b) = size.half_rad();
        let plane = TangentPlane::new(centre);
        let declination =
            |xi: f64, eta: f64| plane.deproject(StandardPos::new(xi * ARCSEC_PER_RAD, eta * ARCSEC_PER_RAD)).dec_deg;
        let edges = [(-a, -b), (0.0, -b), (a, -b), (-a, b), (0.0, b), (a, b)].map(|(xi, eta)| declination(xi, eta));
        let mut dec_min_deg = edges.into_iter().fold(90.0, f64::min);
        let mut dec_max_deg = edges.into_iter().fold(-90.0, f64::max);

        let dec = centre.dec_deg * RAD_PER_DEG;
        let (sin_dec, cos_dec) = (libm::sin(dec), libm::cos(dec));
        // The pole lies on the plane at eta = cos / sin above (or below) the centre.
        if cos_dec <= b * sin_dec.abs() {
            if sin_dec > 0.0 {
                dec_max_deg = 90.0;
            } else {
                dec_min_deg = -90.0;
            }
            return Self { ra_min_deg: 0.0, ra_max_deg: 360.0, dec_min_deg, dec_max_deg };
        }
        // tan(d alpha) = xi / (cos dec - eta sin dec): widest at the corners towards the pole.
        let half_width_deg = libm::atan2(a, cos_dec - b * sin_dec.abs()) * DEG_PER_RAD;
        Self {
            ra_min_deg: wrap_ra_deg(centre.ra_deg - half_width_deg),
            ra_max_deg: wrap_ra_deg(centre.ra_deg + half_width_deg),
            dec_min_deg,
            dec_max_deg,
        }
    }

    /// Whether a position lies within the bounds.
    pub fn contains(&self, sky: SkyPos) -> bool {
        let ra_deg = wrap_ra_deg(sky.ra_deg);
        let in_ra = if self.ra_min_deg <= self.ra_max_deg {
            (self.ra_min_deg..=self.ra_max_deg).contains(&ra_deg)
        } else {
            ra_deg >= self.ra_min_deg || ra_deg <= self.ra_max_deg
        };
        in_ra && (self.dec_min_deg..=self.dec_max_deg).contains(&sky.dec_deg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_tile_on_the_equator_spans_a_degree() {
        let bounds = Bounds::of_tile(SkyPos::new(150.0, 0.0), TileSize::default());
        for (found, expected) in [
            (bounds.ra_min_deg, 149.5),
            (bounds.ra_max_deg, 150.5),
            (bounds.dec_min_deg, -0.5),
            (bounds.dec_max_deg, 0.5),
        ] {
            assert!((found - expected).abs() < 2e-5, "{bounds:?}");
        }
    }

    #[test]
    fn right_ascension_widens_by_the_cosine_of_declination() {
        let bounds = Bounds::of_tile(SkyPos::new(150.0, 60.0), TileSize::default());
        let half_width_deg = 150.0 - bounds.ra_min_deg;
        assert!(
            half_width_deg > 1.0 && half_width_deg < 1.02,
            "0.5 / cos 60 = 1, and more at the northern edge: {bounds:?}"
        );
    }

    #[test]
    fn a_tile_across_zero_says_so_and_holds_both_sides() {
        for ra_deg in [0.0, 359.999] {
            let bounds = Bounds::of_tile(SkyPos::new(ra_deg, 20.0), TileSize::default());
            assert!(bounds.ra_min_deg > bounds.ra_max_deg, "{bounds:?}");
            assert!(
                bounds.contains(SkyPos::new(0.0, 20.0)) && bounds.contains(SkyPos::new(359.999, 20.0)),
                "{bounds:?}"
            );
            assert!(!bounds.contains(SkyPos::new(180.0, 20.0)), "{bounds:?}");
        }
    }

    #[test]
    fn a_tile_that_holds_a_pole_spans_all_right_ascensions() {
        for dec_deg in [89.6, 90.0] {
            let bounds = Bounds::of_tile(SkyPos::new(10.0, dec_deg), TileSize::default());
            assert_eq!((bounds.ra_min_deg, bounds.ra_max_deg, bounds.dec_max_deg), (0.0, 360.0, 90.0), "{dec_deg}");
            let south = Bounds::of_tile(SkyPos::new(10.0, -dec_deg), TileSize::default());
            assert_eq!((south.ra_min_deg, south.ra_max_deg, south.dec_min_deg), (0.0, 360.0, -90.0), "{dec_deg}");
        }
        let beside = Bounds::of_tile(SkyPos::new(10.0, 89.49), TileSize::default());
        assert!(beside.dec_max_deg < 90.0 && beside.ra_max_deg < 360.0, "{beside:?}");
    }

    proptest! {
        #[test]
        fn every_point_of_a_tile_lies_within_its_bounds(ra in 0.0..360.0f64, dec in -90.0..=90.0f64, x in -1.0..=1.0f64, y in -1.0..=1.0f64) {
            let centre = SkyPos::new(ra, dec);
            let plane = TangentPlane::new(centre);
            let point = plane.deproject(StandardPos::new(x * 1799.999, y * 1799.999));
            let bounds = Bounds::of_tile(centre, TileSize::default());
            prop_assert!(bounds.contains(point), "{point:?} in {bounds:?}");
        }
    }
}
