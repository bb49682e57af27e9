//! The gnomonic solution: reference pixel, matrix, distortion, tangent point.

use sky_coords::{ARCSEC_PER_DEG, PixelPos, SkyPos, StandardPos, TangentPlane};

use crate::distortion::Distortion;
use crate::error::WcsError;
use crate::pixel_plane::PixelPlane;

/// A matrix whose determinant is below this share of the product of its row lengths cannot be inverted with meaning.
const SINGULAR: f64 = 1e-10;

/// Reference pixel, matrix, distortion and tangent point of a TAN solution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TanSolution {
    /// Reference pixel, 0-based.
    pub(crate) crpix: PixelPos,
    /// Degrees per pixel, first row to the east, second to the north.
    pub(crate) cd: [[f64; 2]; 2],
    /// LONPOLE, degrees; 180 unless the header turns the plane.
    pub(crate) lonpole_deg: f64,
    /// Distortion.
    pub(crate) distortion: Distortion,
    inverse: [[f64; 2]; 2],
    plane: TangentPlane,
}

impl TanSolution {
    /// A solution from its parts; refused where a number is not finite, the tangent point is off the sphere or the
    /// matrix is singular.
    pub(crate) fn new(
        crval: SkyPos,
        crpix: PixelPos,
        cd: [[f64; 2]; 2],
        lonpole_deg: f64,
        distortion: Distortion,
    ) -> Result<Self, WcsError> {
        let bad = |keyword: &str, found: f64, expected| {
            Err(WcsError::BadValue { keyword: keyword.to_owned(), found: found.to_string(), expected })
        };
        if !crval.ra_deg.is_finite() {
            return bad("CRVAL of right ascension", crval.ra_deg, "a finite number");
        }
        if !(-90.0..=90.0).contains(&crval.dec_deg) {
            return bad("CRVAL of declination", crval.dec_deg, "-90 to 90 degrees");
        }
        for (keyword, value) in [("CRPIX1", crpix.x_px), ("CRPIX2", crpix.y_px), ("LONPOLE", lonpole_deg)] {
            if !value.is_finite() {
                return bad(keyword, value, "a finite number");
            }
        }
        let determinant = cd[0][0] * cd[1][1] - cd[0][1] * cd[1][0];
        let lengths = cd.map(|row| (row[0] * row[0] + row[1] * row[1]).sqrt());
        if !determinant.is_finite() || determinant.abs() <= SINGULAR * lengths[0] * lengths[1] {
            return Err(WcsError::Singular { determinant });
        }
        let inverse =
            [[cd[1][1] / determinant, -cd[0][1] / determinant], [-cd[1][0] / determinant, cd[0][0] / determinant]];
        let plane = match 180.0 - lonpole_deg {
            0.0 => TangentPlane::new(crval),
            turn => TangentPlane::new(crval).rotated(turn),
        };
        Ok(Self { crpix, cd, lonpole_deg, distortion, inverse, plane })
    }
}

impl PixelPlane for TanSolution {
    fn plane(&self) -> &TangentPlane {
        &self.plane
    }

    fn standard_from_pixel(&self, pixel: PixelPos) -> StandardPos {
        let offset = (pixel.x_px - self.crpix.x_px, pixel.y_px - self.crpix.y_px);
        let (u, v) = if let Distortion::Sip(sip) = &self.distortion { sip.apply(offset.0, offset.1) } else { offset };
        let (x, y) = (self.cd[0][0] * u + self.cd[0][1] * v, self.cd[1][0] * u + self.cd[1][1] * v);
        let (xi, eta) = if let Distortion::Tpv(tpv) = &self.distortion { tpv.apply(x, y) } else { (x, y) };
        StandardPos::new(xi * ARCSEC_PER_DEG, eta * ARCSEC_PER_DEG)
    }

    fn linear_guess(&self, standard: StandardPos) -> PixelPos {
        let (xi, eta) = (standard.xi_arcsec / ARCSEC_PER_DEG, standard.eta_arcsec / ARCSEC_PER_DEG);
        PixelPos::new(
            self.crpix.x_px + self.inverse[0][0] * xi + self.inverse[0][1] * eta,
            self.crpix.y_px + self.inverse[1][0] * xi + self.inverse[1][1] * eta,
        )
    }
}
