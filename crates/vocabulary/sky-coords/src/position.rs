//! Positions on the sky, on the unit sphere and on an image.

use serde::{Deserialize, Serialize};

use crate::angle::{ARCSEC_PER_RAD, DEG_PER_RAD, RAD_PER_DEG, wrap_ra_deg};

/// A direction on the sky: ICRS, degrees, right ascension in `[0, 360)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SkyPos {
    /// Right ascension, degrees.
    pub ra_deg: f64,
    /// Declination, degrees.
    pub dec_deg: f64,
}

/// A position on an image in pixels; the centre of the first pixel is (0, 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelPos {
    /// Column, pixels.
    pub x_px: f64,
    /// Row, pixels.
    pub y_px: f64,
}

/// A direction as a vector of length one (x to RA 0, z to the north pole).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitVector {
    /// Towards RA 0, Dec 0.
    pub x: f64,
    /// Towards RA 90, Dec 0.
    pub y: f64,
    /// Towards the north pole.
    pub z: f64,
}

impl PixelPos {
    /// A position from column and row, 0-based.
    pub const fn new(x_px: f64, y_px: f64) -> Self {
        Self { x_px, y_px }
    }

    /// From FITS convention (centre of the first pixel is (1, 1)).
    pub const fn from_fits(x: f64, y: f64) -> Self {
        Self { x_px: x - 1.0, y_px: y - 1.0 }
    }

    /// In FITS convention (centre of the first pixel is (1, 1)).
    pub const fn to_fits(self) -> (f64, f64) {
        (self.x_px + 1.0, self.y_px + 1.0)
    }
}

impl SkyPos {
    /// A position from degrees; the right ascension is wrapped into `[0, 360)`.
    pub fn new(ra_deg: f64, dec_deg: f64) -> Self {
        Self { ra_deg: wrap_ra_deg(ra_deg), dec_deg }
    }

    /// Whether both coordinates are finite and the declination is within the poles.
    pub fn is_valid(self) -> bool {
        self.ra_deg.is_finite() && self.dec_deg.is_finite() && self.dec_deg.abs() <= 90.0
    }

    /// The same direction as a unit vector.
    pub fn to_vector(self) -> UnitVector {
        let (ra, dec) = (self.ra_deg * RAD_PER_DEG, self.dec_deg * RAD_PER_DEG);
        let cos_dec = libm::cos(dec);
        UnitVector { x: cos_dec * libm::cos(ra), y: cos_dec * libm::sin(ra), z: libm::sin(dec) }
    }

    /// Great-circle separation in arc seconds, exact for small and for large angles (Vincenty's form on unit vectors).
    pub fn separation_arcsec(self, other: Self) -> f64 {
        self.to_vector().separation_arcsec(other.to_vector())
    }
}

impl UnitVector {
    /// Scalar product.
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// This vector and `scale` times another one, not normalised.
    pub fn plus(self, other: Self, scale: f64) -> Self {
        Self { x: self.x + scale * other.x, y: self.y + scale * other.y, z: self.z + scale * other.z }
    }

    /// The direction in degrees.
    pub fn to_sky(self) -> SkyPos {
        let ra = libm::atan2(self.y, self.x) * DEG_PER_RAD;
        let dec = libm::atan2(self.z, libm::hypot(self.x, self.y)) * DEG_PER_RAD;
        SkyPos::new(ra, dec)
    }

    /// The same direction with length one.
    pub fn normalised(self) -> Self {
        let length = self.dot(self).sqrt();
        Self { x: self.x / length, y: self.y / length, z: self.z / length }
    }

    /// Angle between two directions in arc seconds: 2 atan2(|a - b|, |a + b|), without loss at 0 or 180 degrees.
    pub fn separation_arcsec(self, other: Self) -> f64 {
        let difference = (self.x - other.x, self.y - other.y, self.z - other.z);
        let sum = (self.x + other.x, self.y + other.y, self.z + other.z);
        let length = |v: (f64, f64, f64)| (v.0 * v.0 + v.1 * v.1 + v.2 * v.2).sqrt();
        2.0 * libm::atan2(length(difference), length(sum)) * ARCSEC_PER_RAD
    }
}
