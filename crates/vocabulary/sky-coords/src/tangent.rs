//! The gnomonic (tangent-plane) projection.

use crate::angle::{ARCSEC_PER_RAD, RAD_PER_DEG};
use crate::position::{SkyPos, UnitVector};

/// A position on a tangent plane (standard coordinates), true arc seconds at the tangent point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandardPos {
    /// Towards growing right ascension, arcsec.
    pub xi_arcsec: f64,
    /// Towards the north pole, arcsec.
    pub eta_arcsec: f64,
}

/// The plane that touches the sphere at `centre`; straight lines on it are great circles.
///
/// Written with unit vectors, so that poles and right ascension 0 are like any other place
/// (Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TangentPlane {
    centre: SkyPos,
    axis: UnitVector,
    east: UnitVector,
    north: UnitVector,
}

impl StandardPos {
    /// A position from its two coordinates.
    pub const fn new(xi_arcsec: f64, eta_arcsec: f64) -> Self {
        Self { xi_arcsec, eta_arcsec }
    }
}

impl TangentPlane {
    /// The plane that touches at `centre`, with xi to the east and eta to the north.
    pub fn new(centre: SkyPos) -> Self {
        let (east, north) = centre.east_and_north();
        Self { centre, axis: centre.to_vector(), east, north }
    }

    /// The same plane with its axes turned by `angle_deg` from east to north.
    pub fn rotated(self, angle_deg: f64) -> Self {
        let (sin, cos) = (libm::sin(angle_deg * RAD_PER_DEG), libm::cos(angle_deg * RAD_PER_DEG));
        let zero = UnitVector { x: 0.0, y: 0.0, z: 0.0 };
        Self {
            east: zero.plus(self.east, cos).plus(self.north, sin),
            north: zero.plus(self.east, -sin).plus(self.north, cos),
            ..self
        }
    }

    /// The tangent point.
    pub const fn centre(&self) -> SkyPos {
        self.centre
    }

    /// Where a direction falls on the plane; `None` for directions 90 degrees or more from the tangent point, which
    /// have no image.
    pub fn project(&self, sky: SkyPos) -> Option<StandardPos> {
        let direction = sky.to_vector();
        let depth = direction.dot(self.axis);
        (depth > 0.0).then(|| StandardPos {
            xi_arcsec: direction.dot(self.east) / depth * ARCSEC_PER_RAD,
            eta_arcsec: direction.dot(self.north) / depth * ARCSEC_PER_RAD,
        })
    }

    /// The direction of a point of the plane.
    pub fn deproject(&self, plane: StandardPos) -> SkyPos {
        self.axis
            .plus(self.east, plane.xi_arcsec / ARCSEC_PER_RAD)
            .plus(self.north, plane.eta_arcsec / ARCSEC_PER_RAD)
            .to_sky()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_point_one_degree_north_lies_at_the_tangent_of_one_degree() {
        let plane = TangentPlane::new(SkyPos::new(123.0, 20.0));
        let image = plane.project(SkyPos::new(123.0, 21.0)).expect("one degree away is in front");
        let expected_arcsec = libm::tan(RAD_PER_DEG) * ARCSEC_PER_RAD;
        assert!((image.eta_arcsec - expected_arcsec).abs() < 1e-8, "eta {}", image.eta_arcsec);
        assert!(image.xi_arcsec.abs() < 1e-8, "xi {}", image.xi_arcsec);
    }

    #[test]
    fn the_far_half_of_the_sky_has_no_image() {
        let plane = TangentPlane::new(SkyPos::new(0.0, 0.0));
        assert_eq!(plane.project(SkyPos::new(180.0, 0.0)), None, "the antipode");
        assert_eq!(plane.project(SkyPos::new(91.0, 0.0)), None, "91 degrees away");
    }

    #[test]
    fn a_quarter_turn_makes_north_the_new_xi() {
        let plane = TangentPlane::new(SkyPos::new(50.0, -30.0)).rotated(90.0);
        let image = plane.project(SkyPos::new(50.0, -29.0)).expect("in front");
        assert!(image.xi_arcsec > 3600.0 && image.eta_arcsec.abs() < 1e-8, "{image:?}");
    }

    proptest! {
        #[test]
        fn project_undoes_deproject_at_any_centre(ra in 0.0..360.0f64, dec in -90.0..=90.0f64, xi in -20000.0..20000.0f64, eta in -20000.0..20000.0f64) {
            let plane = TangentPlane::new(SkyPos::new(ra, dec));
            let back = plane.project(plane.deproject(StandardPos::new(xi, eta))).expect("within 8 degrees is in front");
            prop_assert!((back.xi_arcsec - xi).abs() < 1e-8 && (back.eta_arcsec - eta).abs() < 1e-8, "{back:?} instead of ({xi}, {eta})");
        }
    }
}
