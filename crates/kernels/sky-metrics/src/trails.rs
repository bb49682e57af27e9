//! Straight trails of satellites and aircraft.
//!
//! The frame above its sky is summed in blocks of 4 x 4 pixels, in which a faint trail stands out; blocks of stars are taken out; the
//! rest votes for straight lines (Hough 1962, in the angle and distance of Duda & Hart 1972, CACM 15, 11), and a line counts where a
//! long part of it is filled.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::shape::StarShape;
use crate::sky::Sky;

/// What is taken for a trail.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrailParams {
    /// Threshold of a block of 4 x 4 pixels over the sky, in its own scatter.
    #[schemars(range(min = 2.0, max = 20.0))]
    pub threshold_sigma: f64,
    /// Shortest trail, as a share of the short side of the frame.
    #[schemars(range(min = 0.1, max = 1.0))]
    pub min_length: f64,
    /// Least share of the blocks along a trail that are above the threshold.
    #[schemars(range(min = 0.2, max = 1.0))]
    pub min_fill: f64,
    /// Trails that are looked for at the most; 0: none.
    #[schemars(range(min = 0, max = 50))]
    pub max_trails: u32,
}

impl Default for TrailParams {
    fn default() -> Self {
        Self { threshold_sigma: 3.0, min_length: 0.33, min_fill: 0.6, max_trails: 8 }
    }
}

/// A straight trail, pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trail {
    /// One end.
    pub from_px: (f64, f64),
    /// The other.
    pub to_px: (f64, f64),
    /// Share of the blocks along it that are above the threshold.
    pub fill: f64,
}

/// Side of a block, pixels.
const BLOCK_PX: usize = 4;
/// Steps of the angle over 180 degrees: along 1000 blocks a step is 1.7 blocks at the ends.
const ANGLES: usize = 900;
/// Blocks that vote at the most, the brightest: a nebula has more, a trail fewer.
const MOST_BLOCKS: usize = 20_000;
/// Blocks this far from a line belong to it.
const HALF_WIDTH: f64 = 1.5;
/// A hole longer than this ends a trail, blocks: what a bright star takes out.
const LONGEST_HOLE: f64 = 12.0;
/// Distances from a line at which a glow is told from a trail, blocks.
const BESIDE: (f64, f64) = (3.0, 7.0);
/// Share of blocks that are filled there, over the share along the line, from which it is a glow.
const MOST_BESIDE: f64 = 0.3;
/// Lines that are looked at for each trail that may be found.
const ATTEMPTS_PER_TRAIL: u32 = 3;
/// Radius around a star that is taken out, in its FWHM.
const STAR_RADIUS_FWHM: f64 = 2.5;

/// The trails of a frame, the fullest first.
pub fn find_trails(pixels: &[f32], width: usize, sky: &Sky, stars: &[StarShape], params: &TrailParams) -> Vec<Trail> {
    let grid = Blocks::new(pixels, width, sky, stars, params.threshold_sigma);
    let shortest = params.min_length * grid.columns.min(grid.rows) as f64;
    let mut blocks = grid.bright;
    let mut trails = Vec::new();
    for _ in 0..ATTEMPTS_PER_TRAIL * params.max_trails {
        if trails.len() >= params.max_trails as usize || (blocks.len() as f64) < shortest * params.min_fill {
            break;
        }
        let Some(line) = strongest_line(&blocks, grid.columns, grid.rows) else { break };
        let Some(found) = longest_part(&blocks, line) else { break };
        if found.length < shortest || found.fill < params.min_fill {
            break;
        }
        let beside = filled_beside(&blocks, line, &found);
        // A wide trail has neighbours that would count again.
        blocks.retain(|&(x, y)| line.distance_of(x, y).abs() > BESIDE.1);
        if beside > MOST_BESIDE * found.fill {
            // The glow of a nebula or of a bright star, not a line.
            continue;
        }
        let at = |along: f64| {
            let (x, y) =
                (line.cosine * line.distance - line.sine * along, line.sine * line.distance + line.cosine * along);
            let centre = |block: f64| (block + 0.5) * BLOCK_PX as f64 - 0.5;
            (centre(x), centre(y))
        };
        trails.push(Trail { from_px: at(found.begin), to_px: at(found.end), fill: found.fill });
    }
    trails
}

struct Blocks {
    columns: usize,
    rows: usize,
    /// Column and row of the bright ones.
    bright: Vec<(f64, f64)>,
}

impl Blocks {
    fn new(pixels: &[f32], width: usize, sky: &Sky, stars: &[StarShape], threshold_sigma: f64) -> Self {
        let height = pixels.len().checked_div(width).unwrap_or(0);
        let (columns, rows) = (width / BLOCK_PX, height / BLOCK_PX);
        let mut sums = vec![f32::NAN; columns * rows];
        for (row, line) in sums.chunks_exact_mut(columns.max(1)).enumerate() {
            for (column, sum) in line.iter_mut().enumerate() {
                let cell = sky.cell(column * BLOCK_PX, row * BLOCK_PX);
                let (level, scatter) = (sky.level_adu[cell], sky.scatter_adu[cell]);
                let mut total = 0.0;
                for y in row * BLOCK_PX..(row + 1) * BLOCK_PX {
                    let begin = y * width + column * BLOCK_PX;
                    total += pixels[begin..begin + BLOCK_PX].iter().map(|value| value - level).sum::<f32>();
                }
                *sum = total / (scatter * BLOCK_PX as f32);
            }
        }
        for star in stars {
            let radius = (STAR_RADIUS_FWHM * star.fwhm_px / BLOCK_PX as f64).max(1.0);
            let (x, y) = (star.x_px / BLOCK_PX as f64, star.y_px / BLOCK_PX as f64);
            let range = |middle: f64, count: usize| {
                (middle - radius).max(0.0) as usize..((middle + radius) as usize + 1).min(count)
            };
            for row in range(y, rows) {
                for column in range(x, columns) {
                    sums[row * columns + column] = f32::NAN;
                }
            }
        }
        let mut bright: Vec<usize> =
            (0..sums.len()).filter(|&at| f64::from(sums[at]) > threshold_sigma && sums[at].is_finite()).collect();
        bright.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]).then(a.cmp(&b)));
        bright.truncate(MOST_BLOCKS);
        bright.sort_unstable();
        let place = |at: usize| ((at % columns) as f64, (at / columns) as f64);
        Self { columns, rows, bright: bright.into_iter().map(place).collect() }
    }
}

#[derive(Clone, Copy)]
struct Line {
    cosine: f64,
    sine: f64,
    distance: f64,
}

impl Line {
    fn distance_of(&self, x: f64, y: f64) -> f64 {
        x * self.cosine + y * self.sine - self.distance
    }

    fn along(&self, x: f64, y: f64) -> f64 {
        y * self.cosine - x * self.sine
    }
}

/// The line with the most votes.
fn strongest_line(blocks: &[(f64, f64)], columns: usize, rows: usize) -> Option<Line> {
    let reach = (columns as f64).hypot(rows as f64).ceil() as usize + 1;
    let mut votes = vec![0_u32; 2 * reach];
    let mut best: Option<(u32, Line)> = None;
    for step in 0..ANGLES {
        let angle = std::f64::consts::PI * step as f64 / ANGLES as f64;
        let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
        votes.fill(0);
        for &(x, y) in blocks {
            votes[(x * cosine + y * sine + reach as f64) as usize] += 1;
        }
        // A trail two blocks wide falls into two bins.
        for (bin, pair) in votes.windows(2).enumerate() {
            let sum = pair[0] + pair[1];
            if best.as_ref().is_none_or(|(most, _)| sum > *most) {
                best = Some((sum, Line { cosine, sine, distance: (bin + 1) as f64 - reach as f64 }));
            }
        }
    }
    best.filter(|(most, _)| *most > 0).map(|(_, line)| line)
}

struct Part {
    begin: f64,
    end: f64,
    length: f64,
    fill: f64,
}

/// The longest part of a line without a long hole.
fn longest_part(blocks: &[(f64, f64)], line: Line) -> Option<Part> {
    let mut along: Vec<f64> = blocks
        .iter()
        .filter(|(x, y)| line.distance_of(*x, *y).abs() <= HALF_WIDTH)
        .map(|(x, y)| line.along(*x, *y))
        .collect();
    along.sort_by(f64::total_cmp);
    let mut best: Option<Part> = None;
    let mut begin = 0;
    for end in 0..along.len() {
        let is_last = end + 1 == along.len() || along[end + 1] - along[end] > LONGEST_HOLE;
        if !is_last {
            continue;
        }
        let length = along[end] - along[begin] + 1.0;
        // Each block of length is counted once, however wide the trail is.
        let mut filled: Vec<i64> = along[begin..=end].iter().map(|place| place.floor() as i64).collect();
        filled.dedup();
        if best.as_ref().is_none_or(|part| length > part.length) {
            best = Some(Part { begin: along[begin], end: along[end], length, fill: filled.len() as f64 / length });
        }
        begin = end + 1;
    }
    best
}

/// Share of the blocks on both sides of a part of a line that are above the threshold.
fn filled_beside(blocks: &[(f64, f64)], line: Line, part: &Part) -> f64 {
    let count = blocks
        .iter()
        .filter(|(x, y)| {
            let (across, along) = (line.distance_of(*x, *y).abs(), line.along(*x, *y));
            across > BESIDE.0 && across <= BESIDE.1 && along >= part.begin && along <= part.end
        })
        .count();
    count as f64 / (2.0 * (BESIDE.1 - BESIDE.0) * part.length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sky::measure_sky;

    const WIDTH: usize = 600;
    const HEIGHT: usize = 400;

    fn sky_with(light: impl Fn(f64, f64) -> f64) -> Vec<f32> {
        let mut state = 11_u64;
        (0..WIDTH * HEIGHT)
            .map(|i| {
                let mut sum = 0.0;
                for _ in 0..4 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    sum += (state >> 40) as f64 / 16_777_216.0;
                }
                let noise = (sum - 2.0) * 1.732 * 10.0;
                (500.0 + noise + light((i % WIDTH) as f64, (i / WIDTH) as f64)) as f32
            })
            .collect()
    }

    fn trails(pixels: &[f32]) -> Vec<Trail> {
        let sky = measure_sky(pixels, WIDTH, 64).expect("pixels");
        find_trails(pixels, WIDTH, &sky, &[], &TrailParams::default())
    }

    #[test]
    fn a_faint_trail_across_the_frame_is_found_where_it_lies() {
        // y = 50 + 0.5 x, two pixels wide, 2 sigma high in each pixel: lost in single pixels.
        let across = |x: f64, y: f64| (y - 50.0 - 0.5 * x).abs() * 0.894;
        let found = trails(&sky_with(|x, y| if across(x, y) < 1.0 { 20.0 } else { 0.0 }));
        assert_eq!(found.len(), 1, "{found:?}");
        for (x, y) in [found[0].from_px, found[0].to_px] {
            assert!(across(x, y) < 6.0, "end {x} {y} lies off the line");
        }
        let length = (found[0].from_px.0 - found[0].to_px.0).hypot(found[0].from_px.1 - found[0].to_px.1);
        assert!(length > 500.0, "the trail is 670 px long, found {length}");
    }

    #[test]
    fn two_trails_are_two_and_a_short_one_is_none() {
        let found =
            trails(&sky_with(|x, y| if (y - 100.0).abs() < 1.5 || (x - 300.0).abs() < 1.5 { 60.0 } else { 0.0 }));
        assert_eq!(found.len(), 2, "{found:?}");
        let short = |x: f64, y: f64| if (y - 100.0).abs() < 1.5 && (200.0..260.0).contains(&x) { 60.0 } else { 0.0 };
        assert_eq!(trails(&sky_with(short)), [], "60 px are less than a third of 400");
    }

    #[test]
    fn noise_and_a_nebula_have_no_trail() {
        assert_eq!(trails(&sky_with(|_, _| 0.0)), []);
        let nebula =
            |x: f64, y: f64| 60.0 * libm::exp(-((x - 300.0).powi(2) + (y - 200.0).powi(2)) / (2.0 * 40.0 * 40.0));
        let found = trails(&sky_with(nebula));
        assert_eq!(found, [], "a round glow is no line");
    }
}
