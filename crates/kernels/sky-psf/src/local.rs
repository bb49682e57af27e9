//! The PSF at one place, and its image on the pixels.

use sky_coords::PixelPos;

use crate::lanczos::{TAPS, TAPS_BELOW, Taps, taps};

/// Empty samples around the grid, so that no tap needs a test of its index.
pub(crate) const PAD: usize = 8;

/// A rectangle of pixels; it may reach beyond the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixelBox {
    /// First column (0-based).
    pub x_px: i64,
    /// First row (0-based).
    pub y_px: i64,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// The effective PSF at one place: `samples[y, x]` is the share of the flux in a pixel whose centre lies
/// `step_px * (x - width / 2)` columns and `step_px * (y - height / 2)` rows from the source.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalPsf {
    /// The samples with [`PAD`] empty ones on each side.
    padded: Vec<f32>,
    width: usize,
    height: usize,
    step_px: f64,
}

/// Images of a PSF of unit flux, row by row over a [`PixelBox`], with buffers that are used again.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// Share of the flux in each pixel.
    pub value: Vec<f32>,
    /// Derivative by the column of the source, per pixel.
    pub by_x: Vec<f32>,
    /// Derivative by the row of the source, per pixel.
    pub by_y: Vec<f32>,
    columns: Vec<(usize, Taps)>,
    row: Vec<f32>,
    row_slope: Vec<f32>,
}

impl PixelBox {
    /// The pixels whose centres lie within `radius_px` columns and rows of a position.
    pub fn around(position: PixelPos, radius_px: f64) -> Self {
        let range = |centre: f64| {
            let (first, last) = ((centre - radius_px).ceil(), (centre + radius_px).floor());
            (first as i64, (last - first + 1.0).max(0.0) as usize)
        };
        let ((x_px, width), (y_px, height)) = (range(position.x_px), range(position.y_px));
        Self { x_px, y_px, width, height }
    }

    /// Number of pixels.
    pub const fn len(&self) -> usize {
        self.width * self.height
    }

    /// Whether there is no pixel.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pixels in both; empty where they do not meet.
    pub fn intersection(self, other: Self) -> Self {
        let meet = |a: i64, n: usize, b: i64, m: usize| {
            let first = a.max(b);
            (first, ((a + n as i64).min(b + m as i64) - first).max(0) as usize)
        };
        let (x_px, width) = meet(self.x_px, self.width, other.x_px, other.width);
        let (y_px, height) = meet(self.y_px, self.height, other.y_px, other.height);
        Self { x_px, y_px, width, height }
    }

    /// The box with `margin_px` more on each side.
    pub const fn grown(self, margin_px: usize) -> Self {
        Self {
            x_px: self.x_px - margin_px as i64,
            y_px: self.y_px - margin_px as i64,
            width: self.width + 2 * margin_px,
            height: self.height + 2 * margin_px,
        }
    }

    /// The smallest box that holds both.
    pub fn union(self, other: Self) -> Self {
        let join = |a: i64, n: usize, b: i64, m: usize| {
            let first = a.min(b);
            (first, ((a + n as i64).max(b + m as i64) - first) as usize)
        };
        let (x_px, width) = join(self.x_px, self.width, other.x_px, other.width);
        let (y_px, height) = join(self.y_px, self.height, other.y_px, other.height);
        Self { x_px, y_px, width, height }
    }
}

impl LocalPsf {
    /// An empty PSF of `width` x `height` samples.
    pub(crate) fn empty(width: usize, height: usize, step_px: f64) -> Self {
        Self { padded: vec![0.0; (width + 2 * PAD) * (height + 2 * PAD)], width, height, step_px }
    }

    /// Samples in a row.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows of samples.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Distance of the samples, image pixels.
    pub const fn step_px(&self) -> f64 {
        self.step_px
    }

    /// Distance from the centre to the nearest edge of the grid, image pixels.
    pub fn radius_px(&self) -> f64 {
        (self.width.min(self.height) / 2) as f64 * self.step_px
    }

    /// The samples of one row.
    pub fn row(&self, y: usize) -> &[f32] {
        let start = self.start_of_row(y);
        &self.padded[start..start + self.width]
    }

    /// Makes every sample zero.
    pub(crate) fn clear(&mut self) {
        self.padded.fill(0.0);
    }

    pub(crate) fn row_mut(&mut self, y: usize) -> &mut [f32] {
        let start = self.start_of_row(y);
        &mut self.padded[start..start + self.width]
    }

    /// The PSF at an offset of a pixel's centre from the source: share of the flux in that pixel. Zero beyond the grid.
    pub fn value_at(&self, dx_px: f64, dy_px: f64) -> f64 {
        let (column, row) = (self.taps_at(dx_px, self.width), self.taps_at(dy_px, self.height));
        let stride = self.width + 2 * PAD;
        (0..TAPS)
            .map(|k| {
                let start = (row.0 + k) * stride + column.0;
                f64::from(row.1.weights[k]) * f64::from(dot(&column.1.weights, &self.padded[start..]))
            })
            .sum()
    }

    /// Puts the PSF of a source at `source` on the pixels of `area`, with its derivatives.
    pub fn render(&self, source: PixelPos, area: PixelBox, out: &mut Rendering) {
        self.render_parts::<true>(source, area, out);
    }

    /// The same without derivatives (`by_x`, `by_y` are left empty).
    pub fn render_value(&self, source: PixelPos, area: PixelBox, out: &mut Rendering) {
        self.render_parts::<false>(source, area, out);
    }

    fn render_parts<const SLOPES: bool>(&self, source: PixelPos, area: PixelBox, out: &mut Rendering) {
        let n = area.len();
        for (part, length) in
            [(&mut out.value, n), (&mut out.by_x, n * usize::from(SLOPES)), (&mut out.by_y, n * usize::from(SLOPES))]
        {
            part.clear();
            part.resize(length, 0.0);
        }
        if n == 0 {
            return;
        }
        out.columns.clear();
        out.columns
            .extend((0..area.width as i64).map(|x| self.taps_at((area.x_px + x) as f64 - source.x_px, self.width)));
        let (first, last) = (out.columns[0].0, out.columns[area.width - 1].0 + TAPS);
        let stride = self.width + 2 * PAD;
        let per_pixel = -1.0 / self.step_px as f32;
        out.row.resize(last - first, 0.0);
        out.row_slope.resize(last - first, 0.0);
        for y in 0..area.height {
            let (start, taps) = self.taps_at((area.y_px + y as i64) as f64 - source.y_px, self.height);
            let rows = &self.padded[start * stride..(start + TAPS) * stride];
            combine(rows, stride, first, &taps.weights, &mut out.row);
            if SLOPES {
                combine(rows, stride, first, &taps.slopes, &mut out.row_slope);
            }
            let line = y * area.width..(y + 1) * area.width;
            for (value, (column, taps)) in out.value[line.clone()].iter_mut().zip(&out.columns) {
                *value = dot(&taps.weights, &out.row[column - first..]);
            }
            if SLOPES {
                let slopes = out.by_x[line.clone()].iter_mut().zip(&mut out.by_y[line]);
                for ((by_x, by_y), (column, taps)) in slopes.zip(&out.columns) {
                    *by_x = per_pixel * dot(&taps.slopes, &out.row[column - first..]);
                    *by_y = per_pixel * dot(&taps.weights, &out.row_slope[column - first..]);
                }
            }
        }
    }

    const fn start_of_row(&self, y: usize) -> usize {
        (y + PAD) * (self.width + 2 * PAD) + PAD
    }

    /// First padded sample and taps of an offset along an axis of `n` samples; beyond the grid the taps are zero.
    fn taps_at(&self, offset_px: f64, n: usize) -> (usize, Taps) {
        let place = offset_px / self.step_px + (n / 2) as f64;
        if !(place > -5.0 && place < n as f64 + 4.0) {
            return (if place > 0.0 { n + PAD } else { 0 }, Taps::default());
        }
        let below = place.floor();
        ((below as i64 + PAD as i64 - TAPS_BELOW) as usize, taps(place - below))
    }
}

/// Weighted sum of eight rows.
fn combine(rows: &[f32], stride: usize, first: usize, weights: &[f32; TAPS], out: &mut [f32]) {
    let n = out.len();
    let row = |k: usize| &rows[k * stride + first..k * stride + first + n];
    let ((a, b, c, d), (e, f, g, h)) = ((row(0), row(1), row(2), row(3)), (row(4), row(5), row(6), row(7)));
    let w = weights;
    for i in 0..n {
        out[i] = ((w[0] * a[i] + w[1] * b[i]) + (w[2] * c[i] + w[3] * d[i]))
            + ((w[4] * e[i] + w[5] * f[i]) + (w[6] * g[i] + w[7] * h[i]));
    }
}

/// Sum of eight products in a fixed order.
fn dot(weights: &[f32; TAPS], samples: &[f32]) -> f32 {
    let samples: &[f32; TAPS] = samples[..TAPS].try_into().expect("a slice of eight");
    let pairs: [f32; 4] = std::array::from_fn(|k| weights[k] * samples[k] + weights[k + 4] * samples[k + 4]);
    (pairs[0] + pairs[1]) + (pairs[2] + pairs[3])
}
