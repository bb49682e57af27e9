//! Stars of a frame.

use crate::params::FinderParams;
use crate::shape::{StarShape, measure_star};
use crate::sky::Sky;

/// The stars of a frame, the brightest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Measured stars.
    pub stars: Vec<StarShape>,
    /// Local maxima above the threshold before the brightest were chosen, hot pixels left out.
    pub n_candidates: usize,
    /// Maxima that are too sharp for a star: hot pixels and cosmic rays.
    pub n_sharp: usize,
}

#[derive(Clone, Copy)]
struct Candidate {
    x: usize,
    y: usize,
    /// Sum of 3 x 3 pixels over the sky.
    light: f32,
}

/// The stars of a frame: local maxima of the sum of 3 x 3 pixels above the threshold, measured in the order of their light.
pub fn find_stars(pixels: &[f32], width: usize, sky: &Sky, params: &FinderParams) -> Found {
    let height = pixels.len().checked_div(width).unwrap_or(0);
    let border = (params.border_px as usize).max(3);
    let mut candidates = Vec::new();
    let mut n_sharp = 0;
    for y in border..height.saturating_sub(border) {
        row_candidates(pixels, width, y, border, sky, params, &mut candidates, &mut n_sharp);
    }
    candidates.sort_by(|a, b| b.light.total_cmp(&a.light).then((a.y, a.x).cmp(&(b.y, b.x))));
    let n_candidates = candidates.len();
    let mut stars: Vec<StarShape> = Vec::new();
    let mut places = Places::new(width, height);
    for candidate in &candidates {
        if stars.len() >= params.max_stars as usize {
            break;
        }
        let level = f64::from(sky.level_adu[sky.cell(candidate.x, candidate.y)]);
        let place = (candidate.x as f64, candidate.y as f64);
        let measured = measure_star(pixels, width, place, level, START_SIGMA_PX, params.saturation_adu);
        let Some(star) = measured.filter(|star| is_a_star(star, place)) else { continue };
        // Two maxima of one star settle at one place.
        if places.near(&star).any(|index| same_place(&stars[index], &star)) {
            continue;
        }
        places.add(&star, stars.len());
        stars.push(star);
    }
    Found { stars, n_candidates, n_sharp }
}

/// Width of the window to begin with, pixels.
const START_SIGMA_PX: f64 = 1.5;
/// Side of the cells in which stars are looked up, pixels: more than half of the widest star that is measured.
const PLACE_CELL_PX: usize = 32;
/// A star that settles farther than this from its maximum is another one, pixels.
const FARTHEST_PX: f64 = 3.0;
/// FWHM below which nothing is a star, pixels.
const LEAST_FWHM_PX: f64 = 0.9;

fn is_a_star(star: &StarShape, (x, y): (f64, f64)) -> bool {
    (star.x_px - x).hypot(star.y_px - y) < FARTHEST_PX && star.fwhm_px >= LEAST_FWHM_PX && star.flux_adu > 0.0
}

fn same_place(a: &StarShape, b: &StarShape) -> bool {
    (a.x_px - b.x_px).hypot(a.y_px - b.y_px) < 0.5 * a.fwhm_px.max(1.0)
}

/// Indices of the stars by the cell that they lie in.
struct Places {
    columns: usize,
    cells: Vec<Vec<u32>>,
}

impl Places {
    fn new(width: usize, height: usize) -> Self {
        let (columns, rows) = (width / PLACE_CELL_PX + 1, height / PLACE_CELL_PX + 1);
        Self { columns, cells: vec![Vec::new(); columns * rows] }
    }

    fn cell(&self, star: &StarShape) -> (usize, usize) {
        let rows = self.cells.len() / self.columns;
        let index = |place: f64, count: usize| ((place.max(0.0) as usize) / PLACE_CELL_PX).min(count - 1);
        (index(star.x_px, self.columns), index(star.y_px, rows))
    }

    fn add(&mut self, star: &StarShape, index: usize) {
        let (column, row) = self.cell(star);
        self.cells[row * self.columns + column].push(index as u32);
    }

    /// Stars of the star's cell and of the cells around it.
    fn near(&self, star: &StarShape) -> impl Iterator<Item = usize> {
        let (column, row) = self.cell(star);
        let rows = row.saturating_sub(1)..(row + 2).min(self.cells.len() / self.columns);
        let columns = column.saturating_sub(1)..(column + 2).min(self.columns);
        rows.flat_map(move |row| columns.clone().map(move |column| row * self.columns + column))
            .flat_map(|cell| self.cells[cell].iter().map(|index| *index as usize))
    }
}

#[allow(clippy::too_many_arguments)]
fn row_candidates(
    pixels: &[f32],
    width: usize,
    y: usize,
    border: usize,
    sky: &Sky,
    params: &FinderParams,
    candidates: &mut Vec<Candidate>,
    n_sharp: &mut usize,
) {
    let line = &pixels[y * width..(y + 1) * width];
    // Cells of one row have one index of row: their thresholds are looked up cell by cell.
    let mut x = border;
    while x < width.saturating_sub(border) {
        let cell = sky.cell(x, y);
        let end = cell_end(sky, x, width).min(width - border);
        let (level, scatter) = (sky.level_adu[cell], sky.scatter_adu[cell]);
        let deviation = params.threshold_sigma as f32 * scatter;
        // The peak of a star holds more than a ninth of its 3 x 3 pixels: sum > 3 t sigma has a peak above t sigma / 3.
        let least = level + deviation / 3.0;
        for (place, value) in line.iter().enumerate().take(end).skip(x) {
            if *value > least {
                consider(pixels, width, place, y, level, deviation, params, candidates, n_sharp);
            }
        }
        x = end.max(x + 1);
    }
}

fn cell_end(sky: &Sky, x: usize, width: usize) -> usize {
    let column = x / sky.cell_px;
    if column + 1 >= sky.columns { width } else { (column + 1) * sky.cell_px }
}

#[allow(clippy::too_many_arguments)]
#[inline(never)]
fn consider(
    pixels: &[f32],
    width: usize,
    x: usize,
    y: usize,
    level: f32,
    deviation: f32,
    params: &FinderParams,
    candidates: &mut Vec<Candidate>,
    n_sharp: &mut usize,
) {
    let at = y * width + x;
    let value = pixels[at];
    let above = &pixels[at - width - 1..at - width + 2];
    let below = &pixels[at + width - 1..at + width + 2];
    let (left, right) = (pixels[at - 1], pixels[at + 1]);
    // Of equal pixels the first in reading order is the maximum.
    let highest = above.iter().all(|&other| value > other)
        && value > left
        && value >= right
        && below.iter().all(|&other| value >= other);
    if !highest {
        return;
    }
    let around = above.iter().chain(below).sum::<f32>() + left + right - 8.0 * level;
    let light = around + value - level;
    if light.is_nan() || light <= 3.0 * deviation {
        return;
    }
    let sharpness = f64::from((value - level) / light);
    if sharpness > params.max_sharpness {
        *n_sharp += 1;
        return;
    }
    candidates.push(Candidate { x, y, light });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sky::measure_sky;

    /// Stars on a grid with noise of about 5 ADU.
    fn field(width: usize, height: usize, flux: impl Fn(usize) -> f64) -> (Vec<f32>, Vec<(f64, f64)>) {
        let mut state = 9_u64;
        let mut noise = || {
            let mut sum = 0.0_f32;
            for _ in 0..4 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                sum += (state >> 40) as f32 / 16_777_216.0;
            }
            (sum - 2.0) * 8.66
        };
        let mut pixels: Vec<f32> = (0..width * height).map(|_| 300.0 + noise()).collect();
        let mut places = Vec::new();
        for (index, y) in (30..height - 30).step_by(40).enumerate() {
            for (column, x) in (30..width - 30).step_by(40).enumerate() {
                let (x0, y0) = (x as f64 + 0.37 * (column % 3) as f64, y as f64 + 0.29 * (index % 3) as f64);
                places.push((x0, y0));
                let peak = flux(places.len()) / (2.0 * std::f64::consts::PI * 1.4 * 1.4);
                for row in y - 8..y + 9 {
                    for place in x - 8..x + 9 {
                        let square = (place as f64 - x0).powi(2) + (row as f64 - y0).powi(2);
                        pixels[row * width + place] += (peak * libm::exp(-0.5 * square / (1.4 * 1.4))) as f32;
                    }
                }
            }
        }
        (pixels, places)
    }

    #[test]
    fn every_star_is_found_once_and_hot_pixels_are_not() {
        let (mut pixels, places) = field(400, 320, |i| 2000.0 + 100.0 * i as f64);
        for place in [(50, 51), (90, 12), (200, 155)] {
            pixels[place.1 * 400 + place.0] += 4000.0;
        }
        let sky = measure_sky(&pixels, 400, 64).expect("pixels");
        let found = find_stars(&pixels, 400, &sky, &FinderParams::default());
        assert_eq!(found.stars.len(), places.len());
        assert_eq!(found.n_sharp, 3);
        for (x, y) in places {
            let nearest =
                found.stars.iter().map(|star| (star.x_px - x).hypot(star.y_px - y)).fold(f64::INFINITY, f64::min);
            assert!(nearest < 0.2, "({x}, {y}): {nearest}");
        }
        assert!(found.stars.is_sorted_by(|a, b| a.flux_adu >= 0.8 * b.flux_adu), "about the brightest first");
    }

    #[test]
    fn two_maxima_of_one_star_are_one_star_wherever_it_lies() {
        // A flat top of two equal pixels far apart in the order of light, at the border of two cells of the look-up.
        let (mut pixels, _) = field(400, 320, |_| 0.0);
        for (x0, y0) in [(95.7, 63.6), (127.5, 127.5), (64.0, 200.2)] {
            for y in 0..320 {
                for x in 0..400 {
                    let square = (x as f64 - x0).powi(2) + (y as f64 - y0).powi(2);
                    pixels[y * 400 + x] += (3000.0 * libm::exp(-0.5 * square / (5.0 * 5.0))) as f32;
                }
            }
            let (x, y) = (x0 as usize, y0 as usize);
            pixels[y * 400 + x + 2] += 300.0;
            pixels[(y + 1) * 400 + x - 2] += 300.0;
        }
        let sky = measure_sky(&pixels, 400, 64).expect("pixels");
        let found = find_stars(&pixels, 400, &sky, &FinderParams::default());
        assert_eq!(found.stars.len(), 3, "{:?}", found.stars.iter().map(|s| (s.x_px, s.y_px)).collect::<Vec<_>>());
    }

    #[test]
    fn noise_alone_has_next_to_no_star() {
        let (pixels, _) = field(400, 320, |_| 0.0);
        let sky = measure_sky(&pixels, 400, 64).expect("pixels");
        let found = find_stars(&pixels, 400, &sky, &FinderParams::default());
        assert!(found.stars.len() <= 1, "{} stars in noise", found.stars.len());
    }
}
