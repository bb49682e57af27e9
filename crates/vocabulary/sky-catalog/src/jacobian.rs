//! From pixels to the sky around one place.

use sky_coords::DEG_PER_RAD;

use crate::Moments;

/// How the sky turns and stretches around a place of an image: degrees towards east and towards north for a pixel along x
/// and along y.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SkyJacobian {
    /// Towards east for a pixel along x.
    pub east_by_x_deg: f64,
    /// Towards east for a pixel along y.
    pub east_by_y_deg: f64,
    /// Towards north for a pixel along x.
    pub north_by_x_deg: f64,
    /// Towards north for a pixel along y.
    pub north_by_y_deg: f64,
}

impl SkyJacobian {
    /// Second moments on the sky, in squared degrees: x towards east, y towards north.
    ///
    /// The type says pixels; here its numbers are degrees.
    pub fn moments(self, pixels: Moments) -> Moments {
        let variance = |by_x: f64, by_y: f64| {
            by_x * by_x * pixels.xx_px2 + by_y * by_y * pixels.yy_px2 + 2.0 * by_x * by_y * pixels.xy_px2
        };
        Moments {
            xx_px2: variance(self.east_by_x_deg, self.east_by_y_deg),
            yy_px2: variance(self.north_by_x_deg, self.north_by_y_deg),
            xy_px2: self.east_by_x_deg * self.north_by_x_deg * pixels.xx_px2
                + self.east_by_y_deg * self.north_by_y_deg * pixels.yy_px2
                + (self.east_by_x_deg * self.north_by_y_deg + self.east_by_y_deg * self.north_by_x_deg) * pixels.xy_px2,
        }
    }

    /// Area of a pixel, squared degrees.
    pub fn pixel_area_deg2(self) -> f64 {
        (self.east_by_x_deg * self.north_by_y_deg - self.east_by_y_deg * self.north_by_x_deg).abs()
    }

    /// Position angle, from north to east in (-90, 90] degrees, of an axis that makes `angle_deg` with x.
    pub fn position_angle_deg(self, angle_deg: f64) -> f64 {
        let (sin, cos) = (libm::sin(angle_deg / DEG_PER_RAD), libm::cos(angle_deg / DEG_PER_RAD));
        let east = self.east_by_x_deg * cos + self.east_by_y_deg * sin;
        let north = self.north_by_x_deg * cos + self.north_by_y_deg * sin;
        axis_deg(libm::atan2(east, north) * DEG_PER_RAD)
    }
}

/// An angle of an axis in (-90, 90] degrees.
fn axis_deg(angle_deg: f64) -> f64 {
    if angle_deg > 90.0 {
        angle_deg - 180.0
    } else if angle_deg <= -90.0 {
        angle_deg + 180.0
    } else {
        angle_deg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// North up, east to the left, 2 degrees a pixel.
    const NORTH_UP: SkyJacobian =
        SkyJacobian { east_by_x_deg: -2.0, east_by_y_deg: 0.0, north_by_x_deg: 0.0, north_by_y_deg: 2.0 };

    #[test]
    fn moments_scale_with_the_square_of_the_pixel_and_mirror() {
        let sky = NORTH_UP.moments(Moments { xx_px2: 3.0, yy_px2: 1.0, xy_px2: 0.5 });
        assert_eq!(sky, Moments { xx_px2: 12.0, yy_px2: 4.0, xy_px2: -2.0 });
        assert!((NORTH_UP.pixel_area_deg2() - 4.0).abs() < 1e-12);
    }

    #[test]
    fn the_y_axis_points_north_and_up_right_is_north_west() {
        assert!(NORTH_UP.position_angle_deg(90.0).abs() < 1e-9, "along y");
        assert!((NORTH_UP.position_angle_deg(45.0) + 45.0).abs() < 1e-9, "east is to the left");
        assert!((NORTH_UP.position_angle_deg(0.0).abs() - 90.0).abs() < 1e-9, "along x");
    }
}
