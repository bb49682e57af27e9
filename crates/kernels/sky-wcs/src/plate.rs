//! The plate solution of the Digitized Sky Survey.

use sky_coords::{PixelPos, StandardPos, TangentPlane};

use crate::pixel_plane::PixelPlane;

/// Coefficients of one polynomial of the plate solution that the formula uses.
pub(crate) const COEFFICIENTS: usize = 13;

/// How the scanning machine laid pixels on the plate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlateGeometry {
    /// CNPIX1: columns of the full scan left of this image, pixels.
    pub corner_x_px: f64,
    /// CNPIX2: rows of the full scan below this image, pixels.
    pub corner_y_px: f64,
    /// XPIXELSZ, micrometres.
    pub pixel_x_um: f64,
    /// YPIXELSZ, micrometres.
    pub pixel_y_um: f64,
    /// PPO3: centre of the plate in x, micrometres.
    pub centre_x_um: f64,
    /// PPO6: centre of the plate in y, micrometres.
    pub centre_y_um: f64,
}

/// A position on a plate in millimetres from its centre; x grows against the columns, y with the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlateMm {
    /// Against the columns (to the east on a plate with north up), mm.
    pub x_mm: f64,
    /// With the rows, mm.
    pub y_mm: f64,
}

/// The plate polynomial: third and fifth order in millimetres, to standard coordinates in arcsec.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlateSolution {
    pub(crate) geometry: PlateGeometry,
    pub(crate) amdx: [f64; COEFFICIENTS],
    pub(crate) amdy: [f64; COEFFICIENTS],
    pub(crate) plane: TangentPlane,
}

impl PlateGeometry {
    /// Millimetres from the centre of the plate. The corner of the first pixel is at CNPIX, its centre half a pixel
    /// further (forgetting that costs 1.2").
    pub fn mm_from_pixel(&self, pixel: PixelPos) -> PlateMm {
        let (x_fits, y_fits) = pixel.to_fits();
        PlateMm {
            x_mm: (self.centre_x_um - self.pixel_x_um * (x_fits + self.corner_x_px - 0.5)) / 1000.0,
            y_mm: (self.pixel_y_um * (y_fits + self.corner_y_px - 0.5) - self.centre_y_um) / 1000.0,
        }
    }

    /// The pixel of a place on the plate.
    pub fn pixel_from_mm(&self, mm: PlateMm) -> PixelPos {
        PixelPos::from_fits(
            (self.centre_x_um - 1000.0 * mm.x_mm) / self.pixel_x_um - self.corner_x_px + 0.5,
            (1000.0 * mm.y_mm + self.centre_y_um) / self.pixel_y_um - self.corner_y_px + 0.5,
        )
    }
}

impl PlateSolution {
    /// Determinant of the linear part, square arcsec per square millimetre.
    pub(crate) fn determinant(&self) -> f64 {
        self.amdx[0] * self.amdy[0] - self.amdx[1] * self.amdy[1]
    }
}

/// One polynomial; `own` is X for xi and Y for eta.
fn polynomial(c: &[f64; COEFFICIENTS], own: f64, other: f64) -> f64 {
    let square = own * own + other * other;
    c[0] * own
        + c[1] * other
        + c[2]
        + c[3] * own * own
        + c[4] * own * other
        + c[5] * other * other
        + c[6] * square
        + c[7] * own * own * own
        + c[8] * own * own * other
        + c[9] * own * other * other
        + c[10] * other * other * other
        + c[11] * own * square
        + c[12] * own * square * square
}

impl PixelPlane for PlateSolution {
    fn plane(&self) -> &TangentPlane {
        &self.plane
    }

    fn standard_from_pixel(&self, pixel: PixelPos) -> StandardPos {
        let mm = self.geometry.mm_from_pixel(pixel);
        StandardPos::new(polynomial(&self.amdx, mm.x_mm, mm.y_mm), polynomial(&self.amdy, mm.y_mm, mm.x_mm))
    }

    fn linear_guess(&self, standard: StandardPos) -> PixelPos {
        let (xi, eta) = (standard.xi_arcsec - self.amdx[2], standard.eta_arcsec - self.amdy[2]);
        let determinant = self.determinant();
        self.geometry.pixel_from_mm(PlateMm {
            x_mm: (self.amdy[0] * xi - self.amdx[1] * eta) / determinant,
            y_mm: (self.amdx[0] * eta - self.amdy[1] * xi) / determinant,
        })
    }
}
