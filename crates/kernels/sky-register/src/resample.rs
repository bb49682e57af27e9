//! Pixels of a frame on the grid of the reference.

use std::ops::Range;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lanczos::{Kernel, LOBES, TAPS};
use crate::transform::Transform;

/// How values between pixels are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// Four pixels.
    Bilinear,
    /// 8 x 8 pixels; undershoot beside stars is cut.
    Lanczos4,
    /// The mean over the area of an output pixel; for output pixels larger than the frame's.
    Area,
}

/// A rectangle of a frame, NaN where there is no datum.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a> {
    /// Pixels, row by row.
    pub pixels: &'a [f32],
    /// Columns of the rectangle.
    pub width: usize,
    /// Column of the frame that the first one of the rectangle is.
    pub first_column: usize,
    /// Row of the frame that the first row of `pixels` is.
    pub first_row: usize,
    /// Columns of the whole frame.
    pub frame_width: usize,
    /// Rows of the whole frame.
    pub frame_height: usize,
}

/// Undershoot below the least of the 4 x 4 nearest pixels that is left, as a share of their range: more is a dark ring. The share is
/// that of Siril's clamp, which puts a value below 0.98 of its guide back to the guide.
const UNDERSHOOT: f32 = 0.02;
/// Least share of the kernel that must have data.
const LEAST_SUPPORT: f32 = 0.5;

/// The rows and columns of a frame of `(height, width)` that a rectangle of the output depends on (empty where it does not touch the
/// frame). `to_frame` takes a position of the reference to the frame.
pub fn source_rectangle(
    to_frame: &Transform,
    rows: &Range<usize>,
    columns: &Range<usize>,
    (height, width): (usize, usize),
) -> (Range<usize>, Range<usize>) {
    let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    for y in [rows.start as f64 - 0.5, rows.end as f64 - 0.5] {
        for x in [columns.start as f64 - 0.5, columns.end as f64 - 0.5] {
            let (u, v) = to_frame.apply(x, y);
            (low, high) = ((low.0.min(u), low.1.min(v)), (high.0.max(u), high.1.max(v)));
        }
    }
    let margin = LOBES as f64 + 1.0;
    let part = |low: f64, high: f64, length: usize| {
        if !low.is_finite() || !high.is_finite() || high + margin < 0.0 || low - margin > length as f64 {
            return 0..0;
        }
        let begin = (low - margin).max(0.0) as usize;
        let end = ((high + margin).max(0.0) as usize + 1).min(length);
        begin.min(end)..end
    };
    let (found_rows, found_columns) = (part(low.1, high.1, height), part(low.0, high.0, width));
    if found_rows.is_empty() || found_columns.is_empty() { (0..0, 0..0) } else { (found_rows, found_columns) }
}

/// A rectangle of the output from a frame. `to_frame` takes a position of the reference to the frame; `tile` must hold
/// [`source_rectangle`]. `out`: `rows.len() x columns.len()`, NaN outside the frame and where data are missing.
pub fn resample(
    tile: &Tile<'_>,
    to_frame: &Transform,
    interpolation: Interpolation,
    rows: Range<usize>,
    columns: Range<usize>,
    out: &mut [f32],
) {
    let sampler = Sampler { tile, kernel: Kernel::shared(), interpolation, first_column: columns.start };
    out.par_chunks_mut(columns.len().max(1)).zip(rows).for_each(|(line, y)| {
        sampler.line(to_frame, y, line);
    });
}

struct Sampler<'a> {
    tile: &'a Tile<'a>,
    kernel: &'static Kernel,
    interpolation: Interpolation,
    /// Column of the output that the first one of a line is.
    first_column: usize,
}

impl Sampler<'_> {
    fn line(&self, to_frame: &Transform, y: usize, line: &mut [f32]) {
        if self.interpolation == Interpolation::Lanczos4 {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has AVX2, as was just asked.
                #[allow(unsafe_code)]
                return unsafe { self.lanczos_line_avx2(to_frame, y, line) };
            }
            return self.lanczos_line(to_frame, y, line);
        }
        for (x, value) in line.iter_mut().enumerate() {
            let x = x + self.first_column;
            let (u, v) = to_frame.apply(x as f64, y as f64);
            *value = match self.interpolation {
                Interpolation::Nearest => self.pixel((u + 0.5).floor() as isize, (v + 0.5).floor() as isize),
                Interpolation::Bilinear => self.bilinear(u, v),
                _ => self.area(to_frame, x as f64, y as f64),
            };
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn lanczos_line_avx2(&self, to_frame: &Transform, y: usize, line: &mut [f32]) {
        self.lanczos_line(to_frame, y, line);
    }

    #[inline(always)]
    fn lanczos_line(&self, to_frame: &Transform, y: usize, line: &mut [f32]) {
        for (x, value) in line.iter_mut().enumerate() {
            let (u, v) = to_frame.apply((x + self.first_column) as f64, y as f64);
            *value = self.lanczos(u, v);
        }
    }

    #[inline(always)]
    fn lanczos(&self, u: f64, v: f64) -> f32 {
        if !self.inside(u, v) {
            return f32::NAN;
        }
        let (column, across) = self.kernel.at(u);
        let (row, down) = self.kernel.at(v);
        let first = row - self.tile.first_row as isize;
        let left = column - self.tile.first_column as isize;
        let rows = (self.tile.pixels.len() / self.tile.width) as isize;
        let whole = left >= 0
            && left + TAPS as isize <= self.tile.width as isize
            && first >= 0
            && first + TAPS as isize <= rows;
        if !whole {
            return self.lanczos_at_the_edge(column, row, across, down);
        }
        let begin = first as usize * self.tile.width + left as usize;
        let mut sums = [0.0_f32; TAPS];
        let mut least = [f32::INFINITY; TAPS];
        let mut most = [f32::NEG_INFINITY; TAPS];
        for (tap, weight) in down.iter().enumerate() {
            let at = begin + tap * self.tile.width;
            let Some(values) = self.tile.pixels.get(at..at + TAPS) else { return f32::NAN };
            for lane in 0..TAPS {
                sums[lane] += weight * values[lane];
            }
            if (LOBES - 2..LOBES + 2).contains(&tap) {
                for lane in 0..TAPS {
                    least[lane] = if values[lane] < least[lane] { values[lane] } else { least[lane] };
                    most[lane] = if values[lane] > most[lane] { values[lane] } else { most[lane] };
                }
            }
        }
        for (sum, weight) in sums.iter_mut().zip(across) {
            *sum *= weight;
        }
        // A fixed tree: the same bits whatever the width of the registers.
        let value = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
        if value.is_nan() {
            return self.lanczos_at_the_edge(column, row, across, down);
        }
        let middle = LOBES - 2..LOBES + 2;
        let low = least[middle.clone()].iter().copied().fold(f32::INFINITY, |a, b| if b < a { b } else { a });
        let high = most[middle].iter().copied().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
        let floor = low - UNDERSHOOT * (high - low);
        if value < floor { floor } else { value }
    }

    /// The same where pixels are missing: the weights of those that are there are scaled to 1.
    #[inline(never)]
    fn lanczos_at_the_edge(&self, column: isize, row: isize, across: &[f32; TAPS], down: &[f32; TAPS]) -> f32 {
        let (mut sum, mut weights) = (0.0_f32, 0.0_f32);
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for (i, vertical) in down.iter().enumerate() {
            for (j, horizontal) in across.iter().enumerate() {
                let value = self.pixel(column + j as isize, row + i as isize);
                if value.is_nan() {
                    continue;
                }
                sum += vertical * horizontal * value;
                weights += vertical * horizontal;
                if (LOBES - 2..LOBES + 2).contains(&i) && (LOBES - 2..LOBES + 2).contains(&j) {
                    (low, high) = (low.min(value), high.max(value));
                }
            }
        }
        if weights < LEAST_SUPPORT || !low.is_finite() {
            return f32::NAN;
        }
        // Weights that do not add to 1 may point beyond all pixels.
        (sum / weights).clamp(low - UNDERSHOOT * (high - low), high + UNDERSHOOT * (high - low))
    }

    fn bilinear(&self, u: f64, v: f64) -> f32 {
        if !self.inside(u, v) {
            return f32::NAN;
        }
        let (column, row) = (u.floor(), v.floor());
        let (fx, fy) = ((u - column) as f32, (v - row) as f32);
        let (mut sum, mut weights) = (0.0, 0.0);
        for (dx, dy, weight) in
            [(0, 0, (1.0 - fx) * (1.0 - fy)), (1, 0, fx * (1.0 - fy)), (0, 1, (1.0 - fx) * fy), (1, 1, fx * fy)]
        {
            let value = self.pixel(column as isize + dx, row as isize + dy);
            if weight > 0.0 && !value.is_nan() {
                sum += weight * value;
                weights += weight;
            }
        }
        if weights < LEAST_SUPPORT { f32::NAN } else { sum / weights }
    }

    /// Mean of bilinear values on a grid over the output pixel, two for each frame pixel along a side.
    fn area(&self, to_frame: &Transform, x: f64, y: f64) -> f32 {
        let side = to_frame.scale().max(1.0);
        let n = (2.0 * side).ceil().min(64.0) as usize;
        let (mut sum, mut count) = (0.0_f64, 0_usize);
        for i in 0..n {
            for j in 0..n {
                let place = |index: usize| (index as f64 + 0.5) / n as f64 - 0.5;
                let (u, v) = to_frame.apply(x + place(j), y + place(i));
                let value = self.bilinear(u, v);
                if !value.is_nan() {
                    sum += f64::from(value);
                    count += 1;
                }
            }
        }
        if 2 * count < n * n { f32::NAN } else { (sum / count as f64) as f32 }
    }

    #[inline(always)]
    fn inside(&self, u: f64, v: f64) -> bool {
        u >= -0.5 && v >= -0.5 && u <= self.tile.frame_width as f64 - 0.5 && v <= self.tile.frame_height as f64 - 0.5
    }

    fn pixel(&self, column: isize, row: isize) -> f32 {
        let row = row - self.tile.first_row as isize;
        let column = column - self.tile.first_column as isize;
        if column < 0 || row < 0 || column >= self.tile.width as isize {
            return f32::NAN;
        }
        let at = row as usize * self.tile.width + column as usize;
        self.tile.pixels.get(at).copied().unwrap_or(f32::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 48;

    fn star(x0: f64, y0: f64, sigma_px: f64, sky: f64) -> Vec<f32> {
        let value = |x: usize, y: usize| {
            let square = (x as f64 - x0).powi(2) + (y as f64 - y0).powi(2);
            (sky + 1000.0 * libm::exp(-0.5 * square / (sigma_px * sigma_px))) as f32
        };
        (0..SIDE * SIDE).map(|i| value(i % SIDE, i / SIDE)).collect()
    }

    fn whole(pixels: &[f32]) -> Tile<'_> {
        Tile { pixels, width: SIDE, first_column: 0, first_row: 0, frame_width: SIDE, frame_height: SIDE }
    }

    fn moved(pixels: &[f32], to_frame: &Transform, interpolation: Interpolation) -> Vec<f32> {
        let tile = whole(pixels);
        let mut out = vec![0.0; SIDE * SIDE];
        resample(&tile, to_frame, interpolation, 0..SIDE, 0..SIDE, &mut out);
        out
    }

    #[test]
    fn a_shifted_star_keeps_flux_and_shape() {
        // A Gaussian of 3.5 px FWHM moved by half a pixel: the analytic star at the new place is the truth.
        let source = star(23.0, 24.0, 1.5, 100.0);
        let out = moved(&source, &Transform::affine(1.0, 0.0, -0.5, 0.0, 1.0, 0.37), Interpolation::Lanczos4);
        let truth = star(23.5, 24.0 - 0.37, 1.5, 100.0);
        let inner = |i: &usize| (6..SIDE - 6).contains(&(i % SIDE)) && (6..SIDE - 6).contains(&(i / SIDE));
        let worst = (0..SIDE * SIDE).filter(inner).map(|i| (out[i] - truth[i]).abs()).fold(0.0, f32::max);
        assert!(worst < 6.0, "{worst} of 1000 ADU");
        let flux = |image: &[f32]| (0..SIDE * SIDE).filter(inner).map(|i| f64::from(image[i]) - 100.0).sum::<f64>();
        assert!((flux(&out) / flux(&source) - 1.0).abs() < 3e-3, "{} against {}", flux(&out), flux(&source));
    }

    #[test]
    fn an_unmoved_frame_stays_as_it_is() {
        let source = star(20.0, 21.5, 1.3, 50.0);
        let out = moved(&source, &Transform::IDENTITY, Interpolation::Lanczos4);
        for i in 0..SIDE * SIDE {
            assert!((out[i] - source[i]).abs() < 1e-3, "pixel {i}: {} became {}", source[i], out[i]);
        }
    }

    #[test]
    fn no_dark_ring_stays_beside_a_bright_pixel() {
        let mut source = vec![100.0_f32; SIDE * SIDE];
        source[24 * SIDE + 24] = 60_000.0;
        let out = moved(&source, &Transform::affine(1.0, 0.0, 0.5, 0.0, 1.0, 0.5), Interpolation::Lanczos4);
        let least = out.iter().copied().fold(f32::INFINITY, f32::min);
        assert!(least > 100.0 - 0.021 * 60_000.0, "{least}");
    }

    #[test]
    fn missing_pixels_are_bridged_and_the_outside_is_nan() {
        let mut source = vec![200.0_f32; SIDE * SIDE];
        source[20 * SIDE + 20] = f32::NAN;
        let out = moved(&source, &Transform::affine(1.0, 0.0, 10.3, 0.0, 1.0, 0.0), Interpolation::Lanczos4);
        // Column 10 looks at 20.3, where the missing pixel has most of the weight; column 12 at 22.3, where it has little.
        assert!(out[20 * SIDE + 10].is_nan(), "nothing is made up");
        assert!((out[20 * SIDE + 12] - 200.0).abs() < 0.1, "{}", out[20 * SIDE + 12]);
        assert!(out[20 * SIDE + SIDE - 1].is_nan(), "beyond the right edge");
        assert!((out[5] - 200.0).abs() < 0.1, "the upper edge");
    }

    #[test]
    fn a_binned_frame_by_area_has_the_mean() {
        let source: Vec<f32> =
            (0..SIDE * SIDE).map(|i| if (i % SIDE).is_multiple_of(2) { 10.0 } else { 30.0 }).collect();
        let tile = whole(&source);
        let mut out = vec![0.0; 24 * 24];
        let to_frame = Transform::affine(2.0, 0.0, 0.5, 0.0, 2.0, 0.5);
        resample(&tile, &to_frame, Interpolation::Area, 0..24, 0..24, &mut out);
        assert!((out[10 * 24 + 10] - 20.0).abs() < 0.01, "{}", out[10 * 24 + 10]);
    }

    #[test]
    fn rectangles_equal_the_whole() {
        let source = star(22.3, 19.8, 1.6, 10.0);
        let turn = Transform::affine(0.8, -0.6, 12.0, 0.6, 0.8, -8.0);
        for interpolation in [Interpolation::Lanczos4, Interpolation::Bilinear, Interpolation::Nearest] {
            let all = moved(&source, &turn, interpolation);
            for (rows, columns) in [(0..12, 0..SIDE), (12..31, 5..29), (31..SIDE, 40..SIDE)] {
                let (from_rows, from_columns) = source_rectangle(&turn, &rows, &columns, (SIDE, SIDE));
                let pixels: Vec<f32> = from_rows
                    .clone()
                    .flat_map(|y| source[y * SIDE + from_columns.start..y * SIDE + from_columns.end].to_vec())
                    .collect();
                let tile = Tile {
                    pixels: &pixels,
                    width: from_columns.len(),
                    first_column: from_columns.start,
                    first_row: from_rows.start,
                    ..whole(&source)
                };
                let mut out = vec![0.0; rows.len() * columns.len()];
                resample(&tile, &turn, interpolation, rows.clone(), columns.clone(), &mut out);
                for (index, value) in out.iter().enumerate() {
                    let (y, x) = (rows.start + index / columns.len(), columns.start + index % columns.len());
                    assert_eq!(value.to_bits(), all[y * SIDE + x].to_bits(), "{interpolation:?} at ({x}, {y})");
                }
            }
        }
    }
}
