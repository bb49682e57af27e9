//! Which colour a pixel of the mosaic sees.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A colour of the filter array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red.
    Red,
    /// Green.
    Green,
    /// Blue.
    Blue,
}

/// Order of the rows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowOrder {
    /// The first row is the top of the picture.
    TopDown,
    /// The first row is the bottom.
    BottomUp,
}

/// A Bayer pattern as it stands at the first pixel of the array: the columns and rows by which red is away from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Column of the first red pixel, 0 or 1.
    red_x: u8,
    /// Row of the first red pixel, 0 or 1.
    red_y: u8,
}

impl Phase {
    /// `RGGB`, `GRBG`, `GBRG` or `BGGR`, read along the first row and then the second.
    pub fn parse(pattern: &str) -> Option<Self> {
        let (red_x, red_y) = match pattern.trim().to_ascii_uppercase().as_str() {
            "RGGB" => (0, 0),
            "GRBG" => (1, 0),
            "GBRG" => (0, 1),
            "BGGR" => (1, 1),
            _ => return None,
        };
        Some(Self { red_x, red_y })
    }

    /// The four letters.
    pub const fn name(self) -> &'static str {
        match (self.red_x, self.red_y) {
            (0, 0) => "RGGB",
            (1, 0) => "GRBG",
            (0, _) => "GBRG",
            _ => "BGGR",
        }
    }

    /// The colour of a pixel.
    #[inline]
    pub const fn colour(self, x: usize, y: usize) -> Colour {
        match ((x + self.red_x as usize) % 2, (y + self.red_y as usize) % 2) {
            (0, 0) => Colour::Red,
            (1, 1) => Colour::Blue,
            _ => Colour::Green,
        }
    }

    /// The pattern of an array that begins `dx` columns and `dy` rows further into the mosaic (a crop, or XBAYROFF and
    /// YBAYROFF).
    pub const fn shifted(self, dx: i64, dy: i64) -> Self {
        Self {
            red_x: (self.red_x as i64 + dx).rem_euclid(2) as u8,
            red_y: (self.red_y as i64 + dy).rem_euclid(2) as u8,
        }
    }

    /// The pattern after the rows were put upside down: it changes where the number of rows is even.
    pub const fn flipped_vertically(self, height: usize) -> Self {
        Self { red_x: self.red_x, red_y: (self.red_y + height.is_multiple_of(2) as u8) % 2 }
    }

    /// The pattern after each row was reversed: it changes where the number of columns is even.
    pub const fn flipped_horizontally(self, width: usize) -> Self {
        Self { red_x: (self.red_x + width.is_multiple_of(2) as u8) % 2, red_y: self.red_y }
    }

    /// First column and row of the red pixels (0 or 1); blue is diagonally beside.
    pub const fn red(self) -> (usize, usize) {
        (self.red_x as usize, self.red_y as usize)
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

    fn read(phase: Phase, at: impl Fn(usize, usize) -> (usize, usize)) -> String {
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
            let phase = Phase::parse(name).expect("a pattern");
            assert_eq!(read(phase, |x, y| (x, y)), name);
            assert_eq!(phase.name(), name);
        }
        assert_eq!(Phase::parse("XTRANS"), None);
    }

    #[test]
    fn flips_of_all_patterns_and_parities_equal_the_flipped_mosaic() {
        for name in PATTERNS {
            let phase = Phase::parse(name).expect("a pattern");
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
