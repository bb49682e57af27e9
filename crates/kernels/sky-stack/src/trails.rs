//! Large structures among the rejected values of one frame: satellite trails, aircraft, reflections.
//!
//! Rejection pixel by pixel keeps the faint flanks of a trail. Where a box around a pixel holds many values of one frame
//! that were rejected as too bright, the whole neighbourhood is left out of that frame (as the large-scale rejection of
//! PixInsight's ImageIntegration does with layers and growth).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What counts as a trail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrailParams {
    /// Whether large structures are looked for.
    pub enabled: bool,
    /// Half side of the box in pixels: 2 is a box of 5 x 5.
    #[schemars(range(min = 1, max = 8))]
    pub half_box_px: u32,
    /// Share of the box that must be rejected as too bright. A line of one pixel width fills 5 of 25 pixels; of Gaussian noise cut at
    /// 3 sigma (0.135 % above) five of 25 are lost once in 4e9 boxes.
    #[schemars(range(min = 0.05, max = 1.0))]
    pub filled: f64,
    /// By how many pixels a structure grows.
    #[schemars(range(min = 0, max = 16))]
    pub growth_px: u32,
}

impl Default for TrailParams {
    fn default() -> Self {
        Self { enabled: true, half_box_px: 2, filled: 0.2, growth_px: 2 }
    }
}

impl TrailParams {
    /// Rows beyond a block that its trails depend on.
    pub const fn margin_rows(&self) -> usize {
        if self.enabled { (self.half_box_px + self.growth_px) as usize } else { 0 }
    }
}

/// Grows the structures of `rejected` (`width` x `height`, 1 where a value was rejected as too bright) in place: afterwards 1
/// where the frame is left out. Rejected values that belong to no structure stay 1.
pub(crate) fn grow(rejected: &mut [u8], width: usize, params: &TrailParams) {
    let height = rejected.len() / width.max(1);
    let reach = params.half_box_px as usize;
    let side = 2 * reach + 1;
    let needed = (params.filled * (side * side) as f64).ceil().max(1.0) as u16;
    let counts = box_sums(rejected, width, height, reach);
    let growth = params.growth_px as usize;
    let mut grown: Vec<(usize, usize)> = Vec::new();
    for (index, count) in counts.iter().enumerate() {
        if *count >= needed && rejected[index] == 1 {
            grown.push((index % width, index / width));
        }
    }
    for (x, y) in grown {
        for row in y.saturating_sub(growth)..(y + growth + 1).min(height) {
            let line = row * width;
            rejected[line + x.saturating_sub(growth)..line + (x + growth + 1).min(width)].fill(1);
        }
    }
}

/// Sums of the box of half side `reach` around each pixel, which ends at the edges.
fn box_sums(values: &[u8], width: usize, height: usize, reach: usize) -> Vec<u16> {
    let mut rows = vec![0_u16; values.len()];
    for y in 0..height {
        let line = &values[y * width..(y + 1) * width];
        let mut sum: u16 = line[..reach.min(width)].iter().map(|&value| u16::from(value)).sum();
        for x in 0..width {
            if x + reach < width {
                sum += u16::from(line[x + reach]);
            }
            if x > reach {
                sum -= u16::from(line[x - reach - 1]);
            }
            rows[y * width + x] = sum;
        }
    }
    let mut sums = vec![0_u16; values.len()];
    for y in 0..height {
        for row in y.saturating_sub(reach)..(y + reach + 1).min(height) {
            for x in 0..width {
                sums[y * width + x] += rows[row * width + x];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_grows_and_a_lone_pixel_does_not() {
        let (width, height) = (40, 30);
        let mut rejected = vec![0_u8; width * height];
        for x in 0..width {
            rejected[15 * width + x] = 1;
        }
        rejected[3 * width + 5] = 1;
        grow(&mut rejected, width, &TrailParams::default());
        let row = |y: usize| rejected[y * width..(y + 1) * width].iter().filter(|&&value| value == 1).count();
        assert_eq!((row(12), row(13), row(17), row(18)), (0, width, width, 0), "the line is 5 px wide");
        assert_eq!(row(3), 1, "one cosmic ray stays one pixel");
        assert_eq!((row(2), row(4)), (0, 0));
    }

    #[test]
    fn box_sums_equal_the_plain_count() {
        let (width, height, reach) = (9, 7, 2);
        let values: Vec<u8> = (0..width * height).map(|i| u8::from(i * 7 % 5 == 0)).collect();
        let sums = box_sums(&values, width, height, reach);
        for y in 0..height {
            for x in 0..width {
                let mut count = 0;
                for row in y.saturating_sub(reach)..(y + reach + 1).min(height) {
                    for column in x.saturating_sub(reach)..(x + reach + 1).min(width) {
                        count += u16::from(values[row * width + column]);
                    }
                }
                assert_eq!(sums[y * width + x], count, "({x}, {y})");
            }
        }
    }
}
