//! The colour filters before the pixels of a sensor, and the order of the rows of a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A colour of the filter array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
}

/// Colours of the two by two pixels at the first column and row of an array: first row, then second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum BayerPattern {
    /// Red green, green blue.
    Rggb,
    /// Green red, blue green.
    Grbg,
    /// Green blue, red green.
    Gbrg,
    /// Blue green, green red.
    Bggr,
}

/// Which row of the picture the first row of a file is (ROWORDER).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOrder {
    /// The highest, as NINA, INDI and Siril write.
    TopDown,
    /// The lowest, as the FITS standard suggests.
    BottomUp,
}

impl BayerPattern {
    /// `RGGB`, `GRBG`, `GBRG` or `BGGR` in any case.
    pub fn parse(pattern: &str) -> Option<Self> {
        match pattern.trim().to_ascii_uppercase().as_str() {
            "RGGB" => Some(Self::Rggb),
            "GRBG" => Some(Self::Grbg),
            "GBRG" => Some(Self::Gbrg),
            "BGGR" => Some(Self::Bggr),
            _ => None,
        }
    }

    /// The four letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rggb => "RGGB",
            Self::Grbg => "GRBG",
            Self::Gbrg => "GBRG",
            Self::Bggr => "BGGR",
        }
    }

    /// First column and row of the red pixels (0 or 1); blue is diagonally beside.
    pub const fn red(self) -> (usize, usize) {
        match self {
            Self::Rggb => (0, 0),
            Self::Grbg => (1, 0),
            Self::Gbrg => (0, 1),
            Self::Bggr => (1, 1),
        }
    }

    const fn with_red_at(x: i64, y: i64) -> Self {
        match (x.rem_euclid(2), y.rem_euclid(2)) {
            (0, 0) => Self::Rggb,
            (1, 0) => Self::Grbg,
            (0, _) => Self::Gbrg,
            _ => Self::Bggr,
        }
    }

    /// The colour of a pixel.
    #[inline]
    pub const fn colour(self, x: usize, y: usize) -> Colour {
        let (red_x, red_y) = self.red();
        match ((x + red_x) % 2, (y + red_y) % 2) {
            (0, 0) => Colour::Red,
            (1, 1) => Colour::Blue,
            _ => Colour::Green,
        }
    }

    /// The pattern of an array that begins `dx` columns and `dy` rows further into the mosaic (a crop, or XBAYROFF and
    /// YBAYROFF).
    #[must_use]
    pub const fn shifted(self, dx: i64, dy: i64) -> Self {
        let (red_x, red_y) = self.red();
        Self::with_red_at((red_x as i64 + dx).rem_euclid(2), (red_y as i64 + dy).rem_euclid(2))
    }

    /// The pattern after the rows were put upside down: it changes where the number of rows is even.
    #[must_use]
    pub const fn flipped_vertically(self, height: usize) -> Self {
        self.shifted(0, height.is_multiple_of(2) as i64)
    }

    /// The pattern after each row was reversed: it changes where the number of columns is even.
    #[must_use]
    pub const fn flipped_horizontally(self, width: usize) -> Self {
        self.shifted(width.is_multiple_of(2) as i64, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: [&str; 4] = ["RGGB", "GRBG", "GBRG", "BGGR"];

    fn letter(colour: Colour) -> char {
        match colour {
            Colour::Red => 'R',
            Colour::Green => 'G',
            Colour::Blue => 'B',
        }
    }

    fn read(phase: BayerPattern, at: impl Fn(usize, usize) -> (usize, usize)) -> String {
        [(0, 0), (1, 0), (0, 1), (1, 1)]
            .map(|(x, y)| {
                let (x, y) = at(x, y);
                letter(phase.colour(x, y))
            })
            .iter()
            .collect()
    }

    #[test]
    fn every_pattern_reads_as_its_name() {
        for name in PATTERNS {
            let phase = BayerPattern::parse(name).expect("a pattern");
            assert_eq!(read(phase, |x, y| (x, y)), name);
            assert_eq!(phase.name(), name);
        }
        assert_eq!(BayerPattern::parse("XTRANS"), None);
    }

    #[test]
    fn flips_of_all_patterns_and_parities_equal_the_flipped_mosaic() {
        for name in PATTERNS {
            let phase = BayerPattern::parse(name).expect("a pattern");
            for (width, height) in [(6, 8), (7, 8), (6, 9), (7, 9)] {
                let upside_down = read(phase, |x, y| (x, height - 1 - y));
                assert_eq!(phase.flipped_vertically(height).name(), upside_down, "{name} {height} rows");
                let mirrored = read(phase, |x, y| (width - 1 - x, y));
                assert_eq!(phase.flipped_horizontally(width).name(), mirrored, "{name} {width} columns");
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (3, 5)] {
                    let cropped = read(phase, |x, y| (x + dx, y + dy));
                    assert_eq!(phase.shifted(dx as i64, dy as i64).name(), cropped, "{name} by ({dx}, {dy})");
                }
            }
        }
    }
}
