//! The level of a flat that counts as 1.

use sky_image::{BayerPattern, Colour};

/// Levels of a flat in its central third.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlatLevel {
    /// Mean of all pixels in ADU.
    pub mean_adu: f64,
    /// Means of red, green and blue pixels, of a mosaic.
    pub colours_adu: Option<[f64; 3]>,
}

/// Mean level of the central third of a flat (columns and rows from a third to two thirds, as Siril normalises), and of each
/// colour where it is a mosaic. `None` where no pixel there is positive.
pub fn flat_level(pixels: &[f32], width: usize, phase: Option<BayerPattern>) -> Option<FlatLevel> {
    let height = pixels.len().checked_div(width)?;
    let (mut sum, mut count) = (0.0_f64, 0_u64);
    let (mut sums, mut counts) = ([0.0_f64; 3], [0_u64; 3]);
    for y in height / 3..(2 * height).div_ceil(3) {
        for x in width / 3..(2 * width).div_ceil(3) {
            let value = pixels[y * width + x];
            // A NaN fails the comparison as well.
            if value > 0.0 {
                sum += f64::from(value);
                count += 1;
                if let Some(phase) = phase {
                    let colour = match phase.colour(x, y) {
                        Colour::Red => 0,
                        Colour::Green => 1,
                        Colour::Blue => 2,
                    };
                    sums[colour] += f64::from(value);
                    counts[colour] += 1;
                }
            }
        }
    }
    if count == 0 {
        return None;
    }
    let whole = counts.iter().all(|&count| count > 0);
    let colours = [0, 1, 2].map(|colour| sums[colour] / counts[colour] as f64);
    Some(FlatLevel { mean_adu: sum / count as f64, colours_adu: whole.then_some(colours) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_the_middle_and_of_each_colour() {
        let phase = BayerPattern::parse("RGGB").expect("a pattern");
        let value = |i: usize| {
            let (x, y) = (i % 12, i / 12);
            let middle = (4..8).contains(&x) && (4..8).contains(&y);
            match (middle, phase.colour(x, y)) {
                (false, _) => 9.0,
                (true, Colour::Red) => 100.0,
                (true, Colour::Green) => 200.0,
                (true, Colour::Blue) => 300.0,
            }
        };
        let pixels: Vec<f32> = (0..144).map(value).collect();
        let level = flat_level(&pixels, 12, Some(phase)).expect("light");
        assert_eq!(level, FlatLevel { mean_adu: 200.0, colours_adu: Some([100.0, 200.0, 300.0]) });
        assert_eq!(flat_level(&[0.0; 144], 12, None), None, "a black flat has no level");
    }
}
