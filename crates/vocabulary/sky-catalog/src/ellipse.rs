//! Second moments and the ellipse that has them.

use sky_coords::DEG_PER_RAD;

/// Second central moments of a profile or variances of a position, pixels squared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Variance along x.
    pub xx_px2: f64,
    /// Variance along y.
    pub yy_px2: f64,
    /// Covariance.
    pub xy_px2: f64,
}

/// The ellipse of second moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ellipse {
    /// Root mean square along the major axis, pixels.
    pub major_px: f64,
    /// Root mean square along the minor axis, pixels.
    pub minor_px: f64,
    /// Angle of the major axis from x towards y, degrees in (-90, 90].
    pub angle_deg: f64,
}

/// Coefficients of `cxx dx^2 + cyy dy^2 + cxy dx dy = r^2`, the ellipse of `r` times its axes; per pixel squared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EllipseCoefficients {
    /// Factor of dx squared.
    pub cxx: f64,
    /// Factor of dy squared.
    pub cyy: f64,
    /// Factor of dx dy.
    pub cxy: f64,
}

impl Moments {
    /// xx yy - xy^2.
    pub fn determinant(self) -> f64 {
        self.xx_px2 * self.yy_px2 - self.xy_px2 * self.xy_px2
    }

    /// Axes and angle (SExtractor manual, "Basic shape parameters": equations of A, B and THETA).
    pub fn ellipse(self) -> Ellipse {
        let difference = self.xx_px2 - self.yy_px2;
        let root = (0.25 * difference * difference + self.xy_px2 * self.xy_px2).sqrt();
        let mean = 0.5 * (self.xx_px2 + self.yy_px2);
        let angle_rad = if difference == 0.0 {
            std::f64::consts::FRAC_PI_4
        } else {
            0.5 * libm::atan2(2.0 * self.xy_px2, difference)
        };
        Ellipse {
            major_px: (mean + root).max(0.0).sqrt(),
            minor_px: (mean - root).max(0.0).sqrt(),
            angle_deg: angle_rad * DEG_PER_RAD,
        }
    }

    /// Coefficients of the ellipse; zero where the moments are singular.
    pub fn coefficients(self) -> EllipseCoefficients {
        let determinant = self.determinant();
        if determinant == 0.0 {
            return EllipseCoefficients::default();
        }
        EllipseCoefficients {
            cxx: self.yy_px2 / determinant,
            cyy: self.xx_px2 / determinant,
            cxy: -2.0 * self.xy_px2 / determinant,
        }
    }
}

impl Ellipse {
    /// Major over minor axis; infinite for a line.
    pub fn elongation(self) -> f64 {
        self.major_px / self.minor_px
    }

    /// 1 - minor over major axis.
    pub fn ellipticity(self) -> f64 {
        1.0 - self.minor_px / self.major_px
    }
}

impl EllipseCoefficients {
    /// Squared elliptical radius of an offset from the centre, in units of the ellipse.
    #[inline]
    pub fn radius2(self, dx: f64, dy: f64) -> f64 {
        self.cxx * dx * dx + self.cyy * dy * dy + self.cxy * dx * dy
    }

    /// The offsets along x between which the squared radius is at most `limit` at a height `dy`; `None` where it is not.
    pub fn span(self, dy: f64, limit: f64) -> Option<(f64, f64)> {
        if self.cxx <= 0.0 {
            return None;
        }
        let middle = -self.cxy * dy / (2.0 * self.cxx);
        let square = middle * middle - (self.cyy * dy * dy - limit) / self.cxx;
        (square >= 0.0).then(|| (middle - square.sqrt(), middle + square.sqrt()))
    }

    /// Half width and half height of the box around the ellipse of `r` times the axes, pixels.
    pub fn half_extent(self, r: f64) -> (f64, f64) {
        let along = |own: f64, other: f64| {
            let reduced = own - self.cxy * self.cxy / (4.0 * other);
            if reduced > 0.0 { r / reduced.sqrt() } else { 0.0 }
        };
        (along(self.cxx, self.cyy), along(self.cyy, self.cxx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilted_ellipse_gives_back_its_axes_and_angle() {
        let (major, minor, angle) = (3.0_f64, 1.5_f64, 30.0_f64 / DEG_PER_RAD);
        let (s, c) = (libm::sin(angle), libm::cos(angle));
        let (aa, bb) = (major * major, minor * minor);
        let moments =
            Moments { xx_px2: aa * c * c + bb * s * s, yy_px2: aa * s * s + bb * c * c, xy_px2: (aa - bb) * s * c };
        let ellipse = moments.ellipse();
        assert!((ellipse.major_px - 3.0).abs() < 1e-12 && (ellipse.minor_px - 1.5).abs() < 1e-12, "{ellipse:?}");
        assert!((ellipse.angle_deg - 30.0).abs() < 1e-9, "{ellipse:?}");
        assert!(
            (moments.coefficients().radius2(3.0 * c, 3.0 * s) - 1.0).abs() < 1e-12,
            "the end of the major axis is at radius 1"
        );
    }

    #[test]
    fn the_box_around_a_circle_is_its_diameter() {
        let circle = Moments { xx_px2: 4.0, yy_px2: 4.0, xy_px2: 0.0 };
        let (half_width, half_height) = circle.coefficients().half_extent(2.5);
        assert!((half_width - 5.0).abs() < 1e-12 && (half_height - 5.0).abs() < 1e-12, "{half_width} {half_height}");
    }
}
