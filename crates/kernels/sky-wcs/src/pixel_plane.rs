//! What the two kinds of solution share: a smooth map of pixels to a tangent plane.

use sky_coords::{PixelPos, SkyPos, StandardPos, TangentPlane};

use crate::newton;

/// A smooth map of pixels to standard coordinates on a tangent plane.
pub(crate) trait PixelPlane {
    /// The tangent plane.
    fn plane(&self) -> &TangentPlane;

    /// Standard coordinates of a pixel.
    fn standard_from_pixel(&self, pixel: PixelPos) -> StandardPos;

    /// A first guess of the inverse: the linear part of the solution.
    fn linear_guess(&self, standard: StandardPos) -> PixelPos;

    /// The direction of a pixel.
    fn sky_from_pixel(&self, pixel: PixelPos) -> SkyPos {
        self.plane().deproject(self.standard_from_pixel(pixel))
    }

    /// The pixel of a direction by Newton's method from the linear guess.
    fn pixel_from_sky(&self, sky: SkyPos) -> Option<PixelPos> {
        let target = self.plane().project(sky)?;
        let guess = self.linear_guess(target);
        let map = |x: f64, y: f64| {
            let standard = self.standard_from_pixel(PixelPos::new(x, y));
            (standard.xi_arcsec, standard.eta_arcsec)
        };
        let (x, y) = newton::invert((guess.x_px, guess.y_px), (target.xi_arcsec, target.eta_arcsec), map)?;
        Some(PixelPos::new(x, y))
    }

    /// Side of a square with the area of one pixel at `pixel`, arcsec.
    fn pixel_scale_arcsec_at(&self, pixel: PixelPos) -> f64 {
        let [[a, b], [c, d]] = newton::jacobian((pixel.x_px, pixel.y_px), |x, y| {
            let standard = self.standard_from_pixel(PixelPos::new(x, y));
            (standard.xi_arcsec, standard.eta_arcsec)
        });
        (a * d - b * c).abs().sqrt()
    }
}
