//! Combination of one block of rows of all frames.

use rayon::prelude::*;

use crate::lanes::{self, LANES, Lane};
use crate::method::{Rejection, RejectionParams};
use crate::network::comparators;
use crate::sorted::kept_range;
use crate::trails::{self, TrailParams};

/// Combines blocks of rows of a fixed set of frames.
#[derive(Clone, Debug)]
pub struct Combiner {
    weights: Vec<f64>,
    method: Rejection,
    rejection: RejectionParams,
    trails: TrailParams,
    network: Vec<(u32, u32)>,
}

/// A combined block: one value a pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Combined {
    /// Weighted mean of what was kept, in the units of the frames; NaN where no frame has a datum.
    pub value: Vec<f32>,
    /// How many frames entered.
    pub coverage: Vec<u16>,
    /// How many were rejected as too faint.
    pub rejected_low: Vec<u16>,
    /// How many were rejected as too bright, trails included.
    pub rejected_high: Vec<u16>,
}

/// Why frames cannot be combined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CombineError {
    /// There is no frame, or more than a 16-bit map can count.
    Frames(usize),
    /// A block of a frame has another size: index of the frame, pixels found, pixels expected.
    Size(usize, usize, usize),
    /// A weight is not a positive number: index of the frame.
    Weight(usize),
}

impl std::fmt::Display for CombineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Frames(n) => write!(f, "{n} frames cannot be combined; 1 to 65535 can"),
            Self::Size(frame, found, expected) => {
                write!(f, "the block of frame {frame} has {found} pixels, {expected} expected")
            }
            Self::Weight(frame) => write!(f, "the weight of frame {frame} is not a positive number"),
        }
    }
}

impl std::error::Error for CombineError {}

/// A row of what phase one found: the least and largest value that are kept, one a pixel.
struct Limits {
    low: Vec<f32>,
    high: Vec<f32>,
}

impl Combiner {
    /// A combiner of as many frames as there are weights. `Rejection::Auto` is settled here, by that number.
    pub fn new(weights: Vec<f64>, rejection: RejectionParams, trails: TrailParams) -> Result<Self, CombineError> {
        let n = weights.len();
        if n == 0 || n > usize::from(u16::MAX) {
            return Err(CombineError::Frames(n));
        }
        if let Some(frame) = weights.iter().position(|weight| !weight.is_finite() || *weight <= 0.0) {
            return Err(CombineError::Weight(frame));
        }
        let method = rejection.method.for_count(n);
        let looks = method != Rejection::None && trails.enabled;
        let trails = TrailParams { enabled: looks, ..trails };
        Ok(Self { method, rejection, trails, network: comparators(n), weights })
    }

    /// The method in use, never `Auto`.
    pub const fn method(&self) -> Rejection {
        self.method
    }

    /// Rows above and below a block that the search for trails wants to see.
    pub const fn margin_rows(&self) -> usize {
        self.trails.margin_rows()
    }

    /// Combines a block. `frames`: for each frame its pixels of the same rows, row by row, `width` wide; `above` and `below`:
    /// how many rows at both ends are margin, of which no result is given (none at the edges of the image).
    pub fn combine(
        &self,
        frames: &[&[f32]],
        width: usize,
        above: usize,
        below: usize,
    ) -> Result<Combined, CombineError> {
        if frames.len() != self.weights.len() {
            return Err(CombineError::Frames(frames.len()));
        }
        let pixels = frames[0].len();
        if let Some(frame) =
            frames.iter().position(|frame| frame.len() != pixels || !pixels.is_multiple_of(width.max(1)))
        {
            return Err(CombineError::Size(frame, frames[frame].len(), pixels));
        }
        let rows = pixels / width;
        let inner = above..rows.saturating_sub(below).max(above);
        let limits: Vec<Limits> = (0..rows).into_par_iter().map(|row| self.limits(frames, width, row)).collect();
        let masks = self.masks(frames, width, &limits);
        let mut combined = Combined {
            value: vec![f32::NAN; inner.len() * width],
            coverage: vec![0; inner.len() * width],
            rejected_low: vec![0; inner.len() * width],
            rejected_high: vec![0; inner.len() * width],
        };
        combined
            .value
            .par_chunks_mut(width)
            .zip(combined.coverage.par_chunks_mut(width))
            .zip(combined.rejected_low.par_chunks_mut(width).zip(combined.rejected_high.par_chunks_mut(width)))
            .zip(inner)
            .for_each(|(((value, coverage), (low, high)), row)| {
                let mut out = OutRow { value, coverage, low, high };
                self.mean_row(frames, width, row, &limits[row], masks.as_deref(), &mut out);
            });
        Ok(combined)
    }

    /// The least and largest value that are kept of each pixel of a row.
    fn limits(&self, frames: &[&[f32]], width: usize, row: usize) -> Limits {
        let mut limits = Limits { low: vec![f32::NEG_INFINITY; width], high: vec![f32::INFINITY; width] };
        if self.method == Rejection::None {
            return limits;
        }
        let mut columns: Vec<Lane> = vec![[f32::INFINITY; LANES]; frames.len()];
        let mut column: Vec<f32> = Vec::with_capacity(frames.len());
        for first in (0..width).step_by(LANES) {
            let filled = LANES.min(width - first);
            let mut counts = [0_u32; LANES];
            for (lane_row, frame) in columns.iter_mut().zip(frames) {
                let values = &frame[row * width + first..row * width + first + filled];
                for (lane, &value) in values.iter().enumerate() {
                    let there = value.is_finite();
                    lane_row[lane] = if there { value } else { f32::INFINITY };
                    counts[lane] += u32::from(there);
                }
                lane_row[filled..].fill(f32::INFINITY);
            }
            lanes::sort(&mut columns, &self.network);
            if self.method == Rejection::WinsorizedSigma {
                let kept = lanes::winsorized(&columns, &counts, self.rejection.low_sigma, self.rejection.high_sigma);
                for lane in 0..filled {
                    if counts[lane] > 0 {
                        limits.low[first + lane] = columns[kept.begin[lane] as usize][lane];
                        limits.high[first + lane] = columns[kept.end[lane] as usize - 1][lane];
                    }
                }
                continue;
            }
            for lane in 0..filled {
                column.clear();
                column.extend(columns[..counts[lane] as usize].iter().map(|values| values[lane]));
                let kept = kept_range(&column, self.method, &self.rejection);
                if !kept.is_empty() {
                    limits.low[first + lane] = column[kept.start];
                    limits.high[first + lane] = column[kept.end - 1];
                }
            }
        }
        limits
    }

    /// Where each frame is left out because of a trail; `None` where trails are not looked for.
    fn masks(&self, frames: &[&[f32]], width: usize, limits: &[Limits]) -> Option<Vec<Vec<u8>>> {
        if !self.trails.enabled {
            return None;
        }
        let mask = |frame: &&[f32]| {
            let mut rejected = vec![0_u8; frame.len()];
            let mut any = false;
            for ((values, marks), limit) in frame.chunks(width).zip(rejected.chunks_mut(width)).zip(limits) {
                for ((value, mark), high) in values.iter().zip(marks).zip(&limit.high) {
                    let too_bright = value > high;
                    *mark = u8::from(too_bright);
                    any |= too_bright;
                }
            }
            if any {
                trails::grow(&mut rejected, width, &self.trails);
                rejected
            } else {
                Vec::new()
            }
        };
        Some(frames.par_iter().map(mask).collect())
    }

    fn mean_row(
        &self,
        frames: &[&[f32]],
        width: usize,
        row: usize,
        limits: &Limits,
        masks: Option<&[Vec<u8>]>,
        out: &mut OutRow<'_>,
    ) {
        let mut sums = vec![0.0_f64; width];
        let mut weights = vec![0.0_f64; width];
        let begin = row * width;
        for (index, frame) in frames.iter().enumerate() {
            let weight = self.weights[index];
            let values = &frame[begin..begin + width];
            let mask = masks.and_then(|masks| masks[index].get(begin..begin + width));
            for x in 0..width {
                let value = values[x];
                let left_out = mask.is_some_and(|mask| mask[x] == 1);
                let kept = value >= limits.low[x] && value <= limits.high[x] && value.is_finite() && !left_out;
                if kept {
                    sums[x] += weight * f64::from(value);
                    weights[x] += weight;
                }
                out.coverage[x] += u16::from(kept);
                out.low[x] += u16::from(value < limits.low[x]);
                out.high[x] += u16::from(value > limits.high[x] || (left_out && value >= limits.low[x]));
            }
        }
        for x in 0..width {
            if out.coverage[x] > 0 {
                out.value[x] = (sums[x] / weights[x]) as f32;
            } else {
                self.without_masks(frames, begin + x, limits.low[x], limits.high[x], x, out);
            }
        }
    }

    /// A pixel that trails cover in every frame: the masks are set aside, only the rejection counts.
    fn without_masks(&self, frames: &[&[f32]], at: usize, low: f32, high: f32, x: usize, out: &mut OutRow<'_>) {
        let (mut sum, mut weights, mut count) = (0.0, 0.0, 0);
        for (frame, weight) in frames.iter().zip(&self.weights) {
            let value = frame[at];
            if value.is_finite() && value >= low && value <= high {
                sum += weight * f64::from(value);
                weights += weight;
                count += 1;
            }
        }
        if count > 0 {
            out.value[x] = (sum / weights) as f32;
            out.coverage[x] = count;
            out.high[x] -= count;
        }
    }
}

struct OutRow<'a> {
    value: &'a mut [f32],
    coverage: &'a mut [u16],
    low: &'a mut [u16],
    high: &'a mut [u16],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of 40 x 12 pixels with noise of sigma about 10 around 1000.
    fn frame(seed: u64) -> Vec<f32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 16_777_216.0
        };
        (0..40 * 12).map(|_| 1000.0 + 17.3 * ((0..4).map(|_| next()).sum::<f32>() - 2.0)).collect()
    }

    fn combiner(n: usize, method: Rejection, trails: bool) -> Combiner {
        let rejection = RejectionParams { method, ..RejectionParams::default() };
        let trails = TrailParams { enabled: trails, ..TrailParams::default() };
        Combiner::new(vec![1.0; n], rejection, trails).expect("frames")
    }

    fn views(frames: &[Vec<f32>]) -> Vec<&[f32]> {
        frames.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn without_rejection_the_weighted_mean_comes_out() {
        let frames = [vec![1.0_f32; 20], vec![4.0; 20]];
        let combiner = Combiner::new(
            vec![1.0, 2.0],
            RejectionParams { method: Rejection::None, ..RejectionParams::default() },
            TrailParams::default(),
        )
        .expect("two frames");
        let combined = combiner.combine(&views(&frames), 10, 0, 0).expect("blocks of one size");
        assert!(combined.value.iter().all(|value| (value - 3.0).abs() < 1e-6), "(1 + 2 x 4) / 3");
        assert!(combined.coverage.iter().all(|&count| count == 2));
    }

    #[test]
    fn a_cosmic_ray_is_rejected_and_counted() {
        let mut frames: Vec<Vec<f32>> = (1..=20).map(frame).collect();
        frames[7][5 * 40 + 13] = 30_000.0;
        frames[3][2 * 40 + 1] = 10.0;
        for method in [Rejection::WinsorizedSigma, Rejection::LinearFit, Rejection::MedianSigma, Rejection::Mad] {
            let combined = combiner(20, method, true).combine(&views(&frames), 40, 0, 0).expect("blocks");
            let at = 5 * 40 + 13;
            assert!((combined.value[at] - 1000.0).abs() < 12.0, "{method:?}: {}", combined.value[at]);
            assert!(combined.rejected_high[at] >= 1 && combined.coverage[at] <= 19, "{method:?}");
            assert!(combined.rejected_low[2 * 40 + 1] >= 1, "{method:?}");
        }
    }

    #[test]
    fn a_pixel_without_data_in_some_frames_uses_the_others_and_without_any_is_nan() {
        let mut frames: Vec<Vec<f32>> = (1..=12).map(frame).collect();
        frames[0][3] = f32::NAN;
        for one in &mut frames {
            one[4] = f32::NAN;
        }
        let combined =
            combiner(12, Rejection::WinsorizedSigma, true).combine(&views(&frames), 40, 0, 0).expect("blocks");
        assert!(combined.value[3].is_finite() && combined.coverage[3] <= 11);
        assert!(combined.value[4].is_nan() && combined.coverage[4] == 0);
    }

    #[test]
    fn a_trail_leaves_no_flanks() {
        let mut frames: Vec<Vec<f32>> = (1..=16).map(frame).collect();
        for x in 0..40 {
            frames[4][6 * 40 + x] += 1000.0;
            // Flanks of the trail below the limit of single pixels.
            frames[4][5 * 40 + x] += 20.0;
            frames[4][7 * 40 + x] += 20.0;
        }
        let clean: Vec<Vec<f32>> = (1..=16).filter(|&seed| seed != 5).map(frame).collect();
        let found = combiner(16, Rejection::WinsorizedSigma, true).combine(&views(&frames), 40, 0, 0).expect("blocks");
        let expected = combiner(15, Rejection::None, false).combine(&views(&clean), 40, 0, 0).expect("blocks");
        let mut worst = 0.0_f32;
        for y in 5..=7 {
            for x in 0..40 {
                worst = worst.max((found.value[y * 40 + x] - expected.value[y * 40 + x]).abs());
            }
        }
        assert!(worst < 5.0, "the frame with the trail is left out of rows 5 to 7: {worst} ADU off at most");
    }

    #[test]
    fn blocks_with_margins_equal_the_whole() {
        let mut frames: Vec<Vec<f32>> = (1..=14).map(frame).collect();
        for i in 0..12 {
            frames[2][i * 40 + 3 * i] += 800.0;
            frames[2][i * 40 + 3 * i + 1] += 800.0;
            frames[2][i * 40 + 3 * i + 2] += 800.0;
        }
        let combiner = combiner(14, Rejection::WinsorizedSigma, true);
        let whole = combiner.combine(&views(&frames), 40, 0, 0).expect("blocks");
        let margin = combiner.margin_rows();
        let mut value = Vec::new();
        for begin in (0..12).step_by(3) {
            let (first, last) = (begin.max(margin) - margin, (begin + 3 + margin).min(12));
            let block: Vec<&[f32]> = frames.iter().map(|frame| &frame[first * 40..last * 40]).collect();
            value.extend(combiner.combine(&block, 40, begin - first, last - begin - 3).expect("blocks").value);
        }
        assert_eq!(value, whole.value);
    }

    #[test]
    fn blocks_that_do_not_fit_are_refused() {
        let combiner = combiner(2, Rejection::None, false);
        assert_eq!(combiner.combine(&[&[1.0; 20], &[1.0; 10]], 10, 0, 0), Err(CombineError::Size(1, 10, 20)));
        assert!(Combiner::new(vec![1.0, 0.0], RejectionParams::default(), TrailParams::default()).is_err());
    }
}
