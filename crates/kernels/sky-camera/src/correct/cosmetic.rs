//! Hot and cold pixels: found in the dark, or in the light itself; replaced by their neighbours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_stats::{MAD_TO_SIGMA, median_f32};

/// What counts as a bad pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CosmeticParams {
    /// A pixel of the master dark this many scatters above its median is hot. Siril takes 3, by which 0.1 % of good pixels are hot, 35,000
    /// of 26 megapixels; at 8 none of a Gaussian is.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub hot_sigma: f64,
    /// A pixel of the master dark this many scatters below its median is cold.
    #[schemars(range(min = 1.0, max = 100.0))]
    pub cold_sigma: f64,
    /// A pixel of a light this many scatters above the median of its neighbours of one colour may be hot.
    #[schemars(range(min = 3.0, max = 100.0))]
    pub frame_sigma: f64,
    /// A hot pixel of a light stands at least this many times as high over its neighbours as the highest of them. A Gaussian star of
    /// FWHM w pixels stands 16^(1 / w^2) times as high as the pixel beside its centre: 3.4 times at 1.5 pixels, 2 at 2. On a mosaic the
    /// pixel beside it has another colour; where that sees half of the light, stars from 2 pixels on are told.
    #[schemars(range(min = 1.5, max = 100.0))]
    pub sharpness: f64,
}

impl Default for CosmeticParams {
    fn default() -> Self {
        Self { hot_sigma: 8.0, cold_sigma: 8.0, frame_sigma: 8.0, sharpness: 4.0 }
    }
}

/// Bad pixels of a camera, by their place in the array, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefectMap {
    /// Hot pixels.
    pub hot: Vec<u32>,
    /// Cold pixels.
    pub cold: Vec<u32>,
}

impl DefectMap {
    /// All of them, ascending.
    pub fn all(&self) -> Vec<u32> {
        let mut places: Vec<u32> = self.hot.iter().chain(&self.cold).copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// Half width of the surroundings along a row whose median is a glow's level, in pixels of one colour.
const GLOW_REACH: usize = 16;
/// Pixels of one colour that share a level: their surroundings are nearly the same.
const GLOW_CELL: usize = 8;

/// Hot and cold pixels of a master dark: those farther than the limits from its median. A glow is taken off first, by the
/// median of each row's surroundings, so that a glowing corner is not one defect.
pub fn defects_of_dark(dark: &[f32], width: usize, params: &CosmeticParams) -> DefectMap {
    let flat: Vec<f32> = dark.chunks(width.max(1)).flat_map(without_glow).collect();
    let mut deviations: Vec<f32> = flat.iter().filter(|value| value.is_finite()).map(|value| value.abs()).collect();
    let sigma = MAD_TO_SIGMA * f64::from(median_f32(&mut deviations).unwrap_or(0.0));
    let mut defects = DefectMap::default();
    if sigma <= 0.0 {
        return defects;
    }
    for (place, &value) in flat.iter().enumerate() {
        let value = f64::from(value);
        if value > params.hot_sigma * sigma {
            defects.hot.push(place as u32);
        } else if value < -params.cold_sigma * sigma || value.is_nan() {
            defects.cold.push(place as u32);
        }
    }
    defects
}

/// A row less the level of its surroundings, each of the two colours of a mosaic's row for itself.
fn without_glow(row: &[f32]) -> Vec<f32> {
    let mut flat = row.to_vec();
    for parity in 0..2 {
        let colour: Vec<f32> = row.iter().skip(parity).step_by(2).copied().collect();
        for begin in (0..colour.len()).step_by(GLOW_CELL) {
            let end = (begin + GLOW_CELL).min(colour.len());
            let surroundings = begin.saturating_sub(GLOW_REACH)..(end + GLOW_REACH).min(colour.len());
            let mut around: Vec<f32> = colour[surroundings].iter().copied().filter(|value| value.is_finite()).collect();
            let level = median_f32(&mut around).unwrap_or(0.0);
            (begin..end).for_each(|index| flat[2 * index + parity] -= level);
        }
    }
    flat
}

/// Replaces pixels of `rows` (whole rows, `width` wide) by the median of their neighbours of one colour; `step` is 2 for a
/// mosaic and 1 otherwise. `places`: bad pixels by their place in `rows`. Returns how many could not be replaced (no good
/// neighbour); those are NaN.
pub fn repair(rows: &mut [f32], width: usize, step: usize, places: &[u32]) -> u64 {
    let height = rows.len().checked_div(width).unwrap_or(0);
    for &place in places {
        rows[place as usize] = f32::NAN;
    }
    let mut failed = 0;
    let mut replaced = Vec::with_capacity(places.len());
    for &place in places {
        let mut around = neighbours(rows, width, height, step, place as usize);
        let value = median_f32(&mut around).unwrap_or(f32::NAN);
        failed += u64::from(value.is_nan());
        replaced.push(value);
    }
    // Values are written only after all are computed, so that no replaced pixel is used for another one.
    for (&place, value) in places.iter().zip(replaced) {
        rows[place as usize] = value;
    }
    failed
}

/// The finite ones of the eight neighbours of one colour.
fn neighbours(rows: &[f32], width: usize, height: usize, step: usize, place: usize) -> Vec<f32> {
    let (x, y) = (place % width, place / width);
    let mut found = Vec::with_capacity(8);
    for dy in [-1_isize, 0, 1] {
        for dx in [-1_isize, 0, 1] {
            let (column, row) = (x as isize + dx * step as isize, y as isize + dy * step as isize);
            let inside = column >= 0 && row >= 0 && column < width as isize && row < height as isize;
            if inside && (dx, dy) != (0, 0) {
                let value = rows[row as usize * width + column as usize];
                if value.is_finite() {
                    found.push(value);
                }
            }
        }
    }
    found
}

/// The most that one of the eight nearest pixels stands above the level of its own colour: of a star, whose light all colours see, much;
/// of a hot pixel nothing. The nearest pixels of one colour are two pixels off, where a sharp star has faded.
fn beside(rows: &[f32], width: usize, height: usize, step: usize, place: usize) -> f32 {
    let (x, y) = ((place % width) as isize, (place / width) as isize);
    let mut most = 0.0_f32;
    for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
        let (column, row) = (x + dx, y + dy);
        if column < 0 || row < 0 || column >= width as isize || row >= height as isize {
            continue;
        }
        let other = row as usize * width + column as usize;
        let mut around = neighbours(rows, width, height, step, other);
        if let Some(level) = median_f32(&mut around) {
            // A NaN is no flank.
            most = most.max(rows[other] - level);
        }
    }
    most
}

impl CosmeticParams {
    /// Hot pixels of a light: those that stand `frame_sigma` scatters and `sharpness` times as high as the highest of their
    /// eight neighbours of one colour over the median of these. `noise_adu`: scatter of the sky.
    pub fn hot_pixels(&self, rows: &[f32], width: usize, step: usize, noise_adu: f64) -> Vec<u32> {
        let height = rows.len().checked_div(width).unwrap_or(0);
        let limit = (self.frame_sigma * noise_adu) as f32;
        let mut found = Vec::new();
        for (place, &value) in rows.iter().enumerate() {
            let (x, y) = (place % width, place / width);
            // Most pixels end here: a hot pixel stands above both neighbours of its row.
            let left = if x >= step { rows[place - step] } else { f32::NEG_INFINITY };
            let right = if x + step < width { rows[place + step] } else { f32::NEG_INFINITY };
            if value < left + limit || value < right + limit || y >= height {
                continue;
            }
            let mut around = neighbours(rows, width, height, step, place);
            let highest = around.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let Some(level) = median_f32(&mut around) else { continue };
            let over = value - level;
            let beside = if step > 1 { beside(rows, width, height, step, place) } else { 0.0 };
            let flank = (highest - level).max(beside);
            if over > limit && f64::from(over) > self.sharpness * f64::from(flank) {
                found.push(place as u32);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;

    fn dark() -> Vec<f32> {
        (0..SIDE * SIDE).map(|i| 100.0 + ((i * 7919) % 13) as f32 + 0.5 * (i % SIDE) as f32).collect()
    }

    #[test]
    fn hot_and_cold_pixels_of_a_glowing_dark_are_found() {
        let mut dark = dark();
        dark[10 * SIDE + 20] += 500.0;
        dark[30 * SIDE + 40] -= 300.0;
        let defects = defects_of_dark(&dark, SIDE, &CosmeticParams::default());
        assert_eq!(defects.hot, [(10 * SIDE + 20) as u32]);
        assert_eq!(defects.cold, [(30 * SIDE + 40) as u32]);
        assert_eq!(defects.all().len(), 2);
    }

    #[test]
    fn a_bad_pixel_takes_the_median_of_its_colour() {
        let mut rows: Vec<f32> =
            (0..SIDE * SIDE).map(|i| if (i % SIDE + i / SIDE).is_multiple_of(2) { 10.0 } else { 90.0 }).collect();
        let place = 21 * SIDE + 21;
        rows[place] = 60_000.0;
        assert_eq!(repair(&mut rows, SIDE, 2, &[place as u32]), 0);
        assert_eq!(rows[place], 10.0, "neighbours two pixels away have its colour");
    }

    #[test]
    fn hot_pixels_of_a_light_are_told_from_stars() {
        let mut light: Vec<f32> = (0..SIDE * SIDE).map(|i| 100.0 + ((i * 7919) % 13) as f32).collect();
        for (x0, y0, sigma_px) in [(20.0, 20.3, 0.75), (44.6, 40.1, 1.6)] {
            for (i, value) in light.iter_mut().enumerate() {
                let square = ((i % SIDE) as f64 - x0).powi(2) + ((i / SIDE) as f64 - y0).powi(2);
                *value += (8000.0 * libm::exp(-0.5 * square / (sigma_px * sigma_px))) as f32;
            }
        }
        let hot = 50 * SIDE + 11;
        light[hot] += 3000.0;
        let found = CosmeticParams::default().hot_pixels(&light, SIDE, 1, 4.0);
        assert_eq!(found, [hot as u32], "stars of 1.8 and 3.8 px FWHM stay");
    }

    #[test]
    fn a_sharp_star_on_a_mosaic_is_no_hot_pixel() {
        let mut light: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| if (i % SIDE + i / SIDE).is_multiple_of(2) { 200.0 } else { 100.0 } + ((i * 7919) % 13) as f32)
            .collect();
        // FWHM 2.1 pixels on green; red and blue see half of the light.
        for (i, value) in light.iter_mut().enumerate() {
            let square = ((i % SIDE) as f64 - 30.0).powi(2) + ((i / SIDE) as f64 - 30.0).powi(2);
            let share = if (i % SIDE + i / SIDE).is_multiple_of(2) { 1.0 } else { 0.5 };
            *value += (8000.0 * share * libm::exp(-0.5 * square / (0.9 * 0.9))) as f32;
        }
        let hot = 50 * SIDE + 11;
        light[hot] += 3000.0;
        let found = CosmeticParams::default().hot_pixels(&light, SIDE, 2, 4.0);
        assert_eq!(found, [hot as u32]);
    }

    #[test]
    fn a_block_without_good_neighbours_says_so() {
        let mut rows = vec![f32::NAN; 9];
        assert_eq!(repair(&mut rows, 3, 1, &[4]), 1);
        assert!(rows[4].is_nan());
    }
}
