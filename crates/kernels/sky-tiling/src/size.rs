//! The size of a tile.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Width and height of a tile on its tangent plane; written `60x60` (arcmin).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = r"^[0-9]+(\.[0-9]+)?(x[0-9]+(\.[0-9]+)?)?$"))]
pub struct TileSize {
    /// East to west, arcmin.
    pub width_arcmin: f64,
    /// North to south, arcmin.
    pub height_arcmin: f64,
}

/// Why a text is not the size of a tile.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("tile size \"{text}\" is not understood; expected width x height in arcmin, each 1 to 360, like 60x60")]
pub struct TileSizeError {
    /// The text.
    pub text: String,
}

impl TileSize {
    /// Range of either side, arcmin: from a stamp to a whole Schmidt plate.
    const RANGE_ARCMIN: std::ops::RangeInclusive<f64> = 1.0..=390.0;

    /// A square.
    pub const fn square(side_arcmin: f64) -> Self {
        Self { width_arcmin: side_arcmin, height_arcmin: side_arcmin }
    }

    /// Half width and half height on the tangent plane, radians.
    pub(crate) fn half_rad(self) -> (f64, f64) {
        let half = |arcmin: f64| arcmin / 2.0 / 60.0 * sky_coords::RAD_PER_DEG;
        (half(self.width_arcmin), half(self.height_arcmin))
    }

    /// Distance of a corner from the centre on the tangent plane, arcsec.
    pub(crate) fn half_diagonal_arcsec(self) -> f64 {
        libm::hypot(self.width_arcmin, self.height_arcmin) * 30.0
    }

    /// Solid angle of the whole tile, square degrees: 4 atan(ab / sqrt(1 + a^2 + b^2)) for half sides a, b on the plane.
    pub fn area_deg2(self) -> f64 {
        let (a, b) = self.half_rad();
        4.0 * libm::atan(a * b / (1.0 + a * a + b * b).sqrt()) * DEG2_PER_STERADIAN
    }

    /// Solid angle of the largest circle about the centre inside the tile, square degrees.
    pub fn circle_area_deg2(self) -> f64 {
        let (a, b) = self.half_rad();
        let radius = a.min(b);
        // 2 pi (1 - cos atan r), written without cancellation.
        let root = (1.0 + radius * radius).sqrt();
        std::f64::consts::TAU * radius * radius / (root * (1.0 + root)) * DEG2_PER_STERADIAN
    }
}

/// Square degrees in a steradian.
const DEG2_PER_STERADIAN: f64 = sky_coords::DEG_PER_RAD * sky_coords::DEG_PER_RAD;

impl Default for TileSize {
    /// 60 x 60 arcmin (the survey plan).
    fn default() -> Self {
        Self::square(60.0)
    }
}

impl FromStr for TileSize {
    type Err = TileSizeError;

    fn from_str(text: &str) -> Result<Self, TileSizeError> {
        let refused = || TileSizeError { text: text.to_owned() };
        let (width, height) = text.split_once(['x', 'X', '×']).unwrap_or((text, text));
        let side =
            |part: &str| part.trim().parse().ok().filter(|side| Self::RANGE_ARCMIN.contains(side)).ok_or_else(refused);
        Ok(Self { width_arcmin: side(width)?, height_arcmin: side(height)? })
    }
}

impl TryFrom<String> for TileSize {
    type Error = TileSizeError;

    fn try_from(text: String) -> Result<Self, TileSizeError> {
        text.parse()
    }
}

impl From<TileSize> for String {
    fn from(size: TileSize) -> Self {
        size.to_string()
    }
}

impl std::fmt::Display for TileSize {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}x{}", self.width_arcmin, self.height_arcmin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_of_the_plan_is_read_and_written() {
        let size: TileSize = "60x60".parse().expect("the survey plan's spelling");
        assert_eq!((size, size.to_string()), (TileSize::square(60.0), "60x60".to_owned()));
        assert_eq!("30.5x60".parse(), Ok(TileSize { width_arcmin: 30.5, height_arcmin: 60.0 }));
        for text in ["", "0x60", "60x", "60x60x60", "nan", "1000x60", "-60x60"] {
            assert!(text.parse::<TileSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_square_degree_is_a_square_degree_to_the_curvature_of_the_sphere() {
        let area = TileSize::default().area_deg2();
        // Series of 4 atan(...) for a = 30': 1 - a^2 = 1 - 7.6e-5.
        assert!((area - (1.0 - 7.615e-5)).abs() < 1e-7, "{area}");
        let circle = TileSize::default().circle_area_deg2();
        assert!((circle - std::f64::consts::FRAC_PI_4 * (1.0 - 0.75 * 7.615e-5)).abs() < 1e-7, "{circle}");
    }
}
