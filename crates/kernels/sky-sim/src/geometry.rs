//! From the sky to the plate and back by the plate polynomial of the Guide Star Catalog.
//!
//! Written for the simulation alone, from the survey's formulas, so that it can judge `sky-wcs`, which the chain uses.

use sky_coords::{PixelPos, SkyPos, StandardPos, TangentPlane};

use crate::params::PlateParams;

/// Half of the plate's side, micrometres (355 mm plates): where the plate's centre lies in the scanner's coordinates.
pub(crate) const PLATE_HALF_UM: f64 = 177_500.0;
/// Side of the digitized area, micrometres (14,000 pixels of 25.2845).
const SCAN_SIDE_UM: f64 = 353_983.0;
/// AMDX1 to AMDX13 of the simulated plate: 67.2 arcsec/mm and the small terms that real plates have.
const AMDX: [f64; 13] =
    [67.2481, 0.0312, -38.42, 5.1e-6, -1.9e-5, -4.2e-6, 0.0, 2.15e-6, -1.2e-8, 2.31e-6, -1.1e-8, 0.0, 0.0];
/// AMDY1 to AMDY13.
const AMDY: [f64; 13] =
    [67.2653, -0.0298, -121.7, -1.4e-5, -3.1e-6, -1.6e-5, 0.0, 2.09e-6, -7.5e-9, 2.35e-6, -2.1e-9, 0.0, 0.0];
/// Newton steps of the inverse polynomial stop below this, mm.
const NEWTON_TOLERANCE_MM: f64 = 1e-11;
/// More are never needed: the polynomial is linear but for parts in 1e-4.
const NEWTON_STEPS: usize = 12;

/// Offsets in the tangent plane, arc seconds towards east and north, of `position` seen from `centre`.
/// `None` on the other half of the sky.
pub(crate) fn project(centre: SkyPos, position: SkyPos) -> Option<(f64, f64)> {
    TangentPlane::new(centre).project(position).map(|place| (place.xi_arcsec, place.eta_arcsec))
}

/// The inverse of [`project`].
pub(crate) fn deproject(centre: SkyPos, xi_arcsec: f64, eta_arcsec: f64) -> SkyPos {
    TangentPlane::new(centre).deproject(StandardPos { xi_arcsec, eta_arcsec })
}

/// Where the plate lies on the sky, rounded as its header says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Geometry {
    pub(crate) plate_centre: SkyPos,
    objects_offset_arcsec: [f64; 2],
    polynomial_offset_arcsec: [f64; 2],
}

impl Geometry {
    pub(crate) fn new(field_centre: SkyPos, plate: &PlateParams) -> Self {
        let [east, north] = plate.centre_offset_arcmin;
        let centre = deproject(field_centre, east * 60.0, north * 60.0);
        // PLTRAS has two decimals, PLTDECS one.
        let ra_deg = libm::round(centre.ra_deg * 24_000.0) / 24_000.0;
        let dec_deg = libm::round(centre.dec_deg * 36_000.0) / 36_000.0;
        Self {
            plate_centre: SkyPos::new(ra_deg, dec_deg),
            objects_offset_arcsec: plate.objects_offset_arcsec,
            polynomial_offset_arcsec: plate.polynomial_offset_arcsec,
        }
    }

    /// Where light from `position` falls on the plate, mm from its centre (x to the east, y to the north).
    /// `None` far from the plate.
    pub(crate) fn plate_mm(&self, position: SkyPos) -> Option<(f64, f64)> {
        let (xi, eta) = project(self.plate_centre, position)?;
        invert(xi + self.objects_offset_arcsec[0], eta + self.objects_offset_arcsec[1])
    }

    /// Where the header's explicit solution puts a place of the plate.
    pub(crate) fn sky(&self, x_mm: f64, y_mm: f64) -> SkyPos {
        let (xi, eta) = (polynomial(&AMDX, x_mm, y_mm), polynomial(&AMDY, y_mm, x_mm));
        deproject(self.plate_centre, xi, eta)
    }

    /// The coefficients AMDX and AMDY that the header gives.
    pub(crate) fn header_coefficients(&self) -> ([f64; 13], [f64; 13]) {
        let (mut x, mut y) = (AMDX, AMDY);
        x[2] += self.polynomial_offset_arcsec[0];
        y[2] += self.polynomial_offset_arcsec[1];
        (x, y)
    }
}

/// A rectangle of scanner pixels of one plate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) pixel_size_um: f64,
    /// Plate pixel of the first column (CNPIX1) and row (CNPIX2).
    pub(crate) corner: (i64, i64),
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Window {
    /// 0-based pixel of a place of the plate. Plate pixels count from the corner of the scan: the centre of pixel x
    /// is at plate pixel x + CNPIX + 1/2.
    pub(crate) fn pixel(&self, x_mm: f64, y_mm: f64) -> PixelPos {
        let (plate_x, plate_y) = self.plate_pixel(x_mm, y_mm);
        PixelPos::new(plate_x - self.corner.0 as f64 - 0.5, plate_y - self.corner.1 as f64 - 0.5)
    }

    /// The inverse of [`Window::pixel`].
    pub(crate) fn plate_mm(&self, pixel: PixelPos) -> (f64, f64) {
        let plate_x = pixel.x_px + self.corner.0 as f64 + 0.5;
        let plate_y = pixel.y_px + self.corner.1 as f64 + 0.5;
        (
            (PLATE_HALF_UM - self.pixel_size_um * plate_x) / 1000.0,
            (self.pixel_size_um * plate_y - PLATE_HALF_UM) / 1000.0,
        )
    }

    /// Continuous coordinates on the scan, pixels (OBJCTX, OBJCTY).
    pub(crate) fn plate_pixel(&self, x_mm: f64, y_mm: f64) -> (f64, f64) {
        ((PLATE_HALF_UM - 1000.0 * x_mm) / self.pixel_size_um, (PLATE_HALF_UM + 1000.0 * y_mm) / self.pixel_size_um)
    }

    /// Pixels on a side of the whole scan.
    pub(crate) fn scan_side_px(&self) -> i64 {
        scan_side_px(self.pixel_size_um)
    }

    /// Arc seconds in a pixel at the plate's centre.
    pub(crate) fn scale_arcsec(&self) -> f64 {
        scale_arcsec(self.pixel_size_um)
    }
}

/// Arc seconds in a pixel of that size at the plate's centre.
pub(crate) fn scale_arcsec(pixel_size_um: f64) -> f64 {
    0.5 * (AMDX[0] + AMDY[0]) * pixel_size_um / 1000.0
}

/// Pixels on a side of the whole scan.
pub(crate) fn scan_side_px(pixel_size_um: f64) -> i64 {
    (SCAN_SIDE_UM / pixel_size_um) as i64
}

/// Plate polynomial of the GSC, arc seconds; for eta the roles of x and y change.
fn polynomial(a: &[f64; 13], x: f64, y: f64) -> f64 {
    let (x2, y2) = (x * x, y * y);
    let r2 = x2 + y2;
    a[0] * x
        + a[1] * y
        + a[2]
        + a[3] * x2
        + a[4] * x * y
        + a[5] * y2
        + a[6] * r2
        + a[7] * x2 * x
        + a[8] * x2 * y
        + a[9] * x * y2
        + a[10] * y2 * y
        + a[11] * x * r2
        + a[12] * x * r2 * r2
}

/// Plate coordinates, mm, of standard coordinates, arc seconds. `None` where the iteration leaves the plate.
fn invert(xi: f64, eta: f64) -> Option<(f64, f64)> {
    let (mut x, mut y) = ((xi - AMDX[2]) / AMDX[0], (eta - AMDY[2]) / AMDY[0]);
    for _ in 0..NEWTON_STEPS {
        let (miss_xi, miss_eta) = (xi - polynomial(&AMDX, x, y), eta - polynomial(&AMDY, y, x));
        let (dx, dy) = (miss_xi / AMDX[0], miss_eta / AMDY[0]);
        x += dx;
        y += dy;
        if !x.is_finite() || x.abs() > 1e3 || y.abs() > 1e3 {
            return None;
        }
        if dx.abs() < NEWTON_TOLERANCE_MM && dy.abs() < NEWTON_TOLERANCE_MM {
            return Some((x, y));
        }
    }
    Some((x, y))
}

#[cfg(test)]
mod tests {
    use super::{Geometry, PlateParams, SkyPos, Window};
    use sky_coords::PixelPos;

    #[test]
    fn pixel_to_sky_to_pixel_closes() {
        let plate = PlateParams { objects_offset_arcsec: [0.0, 0.0], ..PlateParams::default() };
        let geometry = Geometry::new(SkyPos::new(150.0, 20.0), &plate);
        let window = Window { pixel_size_um: 25.2845, corner: (7000, 5200), width: 2118, height: 2118 };
        for pixel in [PixelPos::new(0.0, 0.0), PixelPos::new(2117.0, 33.5), PixelPos::new(500.0, 2117.0)] {
            let (x_mm, y_mm) = window.plate_mm(pixel);
            let (back_x, back_y) = geometry.plate_mm(geometry.sky(x_mm, y_mm)).expect("on the plate");
            let back = window.pixel(back_x, back_y);
            assert!((back.x_px - pixel.x_px).abs() < 1e-6 && (back.y_px - pixel.y_px).abs() < 1e-6, "{back:?}");
        }
    }
}
