//! A Gaussian window on the image.

use rayon::prelude::*;
use sky_catalog::Moments;

use crate::field::{Field, Noise, PixelBox};

/// Each step of the centring goes this many times as far as the centroid of the window, which halves the number of steps.
pub(crate) const STEP_FACTOR: f64 = 2.0;
/// Variance of a position that is uniform over a pixel.
pub(crate) const PIXEL_VARIANCE_PX2: f64 = 1.0 / 12.0;
/// Windows of more rows are summed by several threads; the sums of the rows are added in the same order in any case.
const MANY_ROWS: usize = 256;
/// Half the width of the window's edge, pixels.
const EDGE_PX: f64 = 0.5;

/// The window around one place.
pub(crate) struct Window {
    sigma: f64,
    radius: f64,
    pub(crate) centre: (f64, f64),
    columns: Weights,
    rows: Weights,
}

/// The window's factors of columns or rows, and their offsets from the centre.
#[derive(Default)]
struct Weights {
    weight: Vec<f64>,
    offset: Vec<f64>,
}

/// Sum of the weighted light and its first moments.
#[derive(Default)]
pub(crate) struct FirstSums {
    pub(crate) total: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Sum of the weighted light, its second moments, and the variances of light and position.
#[derive(Default)]
pub(crate) struct AllSums {
    pub(crate) total: f64,
    pub(crate) xx: f64,
    pub(crate) yy: f64,
    pub(crate) xy: f64,
    pub(crate) variance: f64,
    variance_xx: f64,
    variance_yy: f64,
    variance_xy: f64,
}

impl AllSums {
    fn add(&mut self, weight: f64, dx: f64, dy: f64, adu: f64, variance: f64) {
        let light = weight * adu;
        self.total += light;
        self.xx += light * dx * dx;
        self.yy += light * dy * dy;
        self.xy += light * dx * dy;
        let variance = weight * weight * variance;
        self.variance += variance;
        self.variance_xx += variance * dx * dx;
        self.variance_yy += variance * dy * dy;
        self.variance_xy += variance * dx * dy;
    }

    /// Variances of the position: sum(w^2 var d d) times 4 over the squared flux, where the pixels' own extent adds 1/12 to
    /// each squared distance.
    pub(crate) fn position_variance(&self) -> Moments {
        let scale = STEP_FACTOR * STEP_FACTOR / (self.total * self.total);
        let extent = PIXEL_VARIANCE_PX2 * self.variance;
        Moments {
            xx_px2: scale * (self.variance_xx + extent),
            yy_px2: scale * (self.variance_yy + extent),
            xy_px2: scale * self.variance_xy,
        }
    }
}

impl Window {
    /// A window of that sigma, cut off at `radius` pixels.
    pub(crate) fn new(sigma: f64, radius: f64, centre: (f64, f64)) -> Self {
        Self { sigma, radius, centre, columns: Weights::default(), rows: Weights::default() }
    }

    /// Weighted light and its first moments.
    pub(crate) fn first_sums(&mut self, field: &Field<'_>, number: u32) -> FirstSums {
        let pixels = self.weigh(field);
        let mut sums = FirstSums::default();
        let mut add = |dy: f64, weight_y: f64, (light, moment): (f64, f64)| {
            sums.total += weight_y * light;
            sums.x += weight_y * moment;
            sums.y += weight_y * light * dy;
        };
        let rows = self.rows.offset.iter().zip(&self.rows.weight);
        if pixels.y1 - pixels.y0 > MANY_ROWS {
            let window = &*self;
            let of_rows: Vec<(f64, f64)> = (pixels.y0..pixels.y1)
                .into_par_iter()
                .with_min_len(MANY_ROWS / 8)
                .map(|y| window.first_sums_of_row(field, number, &pixels, y))
                .collect();
            rows.zip(of_rows).for_each(|((dy, weight), sums)| add(*dy, *weight, sums));
        } else {
            for ((dy, weight), y) in rows.zip(pixels.y0..) {
                add(*dy, *weight, self.first_sums_of_row(field, number, &pixels, y));
            }
        }
        sums
    }

    /// Light and first moment along x of one row, without the weight of the row.
    fn first_sums_of_row(&self, field: &Field<'_>, number: u32, pixels: &PixelBox, y: usize) -> (f64, f64) {
        let dy = self.rows.offset[y - pixels.y0];
        let row = field.row(y, number, self.centre);
        let span = self.columns_of(pixels, dy);
        // The columns whose pixels count whole: from the first to the last within the inner circle.
        let inside = (self.radius - EDGE_PX).max(0.0);
        let inner = inside * inside - dy * dy;
        let whole = if inner > 0.0 {
            let half_width = inner.sqrt();
            let first = ((self.centre.0 - half_width).ceil().max(span.start as f64) as usize).min(span.end);
            let end = ((self.centre.0 + half_width).floor() + 1.0).max(first as f64) as usize;
            first..end.min(span.end)
        } else {
            span.start..span.start
        };
        let in_box = whole.start - pixels.x0..whole.end - pixels.x0;
        let (mut light, mut moment) =
            row.weighted(whole.clone(), &self.columns.weight[in_box.clone()], &self.columns.offset[in_box]);
        for x in (span.start..whole.start).chain(whole.end..span.end) {
            let (weight, dx) = (self.columns.weight[x - pixels.x0], self.columns.offset[x - pixels.x0]);
            let value = self.share(dx * dx + dy * dy) * weight * row.sample(x).adu;
            light += value;
            moment += value * dx;
        }
        (light, moment)
    }

    /// Weighted light, its second moments, and the variances of light and position.
    pub(crate) fn all_sums(&mut self, field: &Field<'_>, number: u32, noise: Noise) -> AllSums {
        let pixels = self.weigh(field);
        let mut sums = AllSums::default();
        for (row_index, y) in (pixels.y0..pixels.y1).enumerate() {
            let (weight_y, dy) = (self.rows.weight[row_index], self.rows.offset[row_index]);
            let row = field.row(y, number, self.centre);
            for x in self.columns_of(&pixels, dy) {
                let dx = self.columns.offset[x - pixels.x0];
                let weight = self.share(dx * dx + dy * dy) * self.columns.weight[x - pixels.x0] * weight_y;
                let adu = row.sample(x).adu;
                sums.add(weight, dx, dy, adu, noise.variance(adu));
            }
        }
        sums
    }

    /// The factors of the columns and rows that the window touches.
    fn weigh(&mut self, field: &Field<'_>) -> PixelBox {
        let reach = self.radius + EDGE_PX;
        let pixels = field.around(self.centre, reach, reach);
        let scale = -0.5 / (self.sigma * self.sigma);
        let fill = |weights: &mut Weights, range: std::ops::Range<usize>, centre: f64| {
            weights.offset.clear();
            weights.offset.extend(range.map(|i| i as f64 - centre));
            weights.weight.clear();
            weights.weight.extend(weights.offset.iter().map(|offset| libm::exp(scale * offset * offset)));
        };
        fill(&mut self.columns, pixels.x0..pixels.x1, self.centre.0);
        fill(&mut self.rows, pixels.y0..pixels.y1, self.centre.1);
        pixels
    }

    fn columns_of(&self, pixels: &PixelBox, dy: f64) -> std::ops::Range<usize> {
        let reach = self.radius + EDGE_PX;
        let half_width = (reach * reach - dy * dy).max(0.0).sqrt();
        pixels.columns(Some((-half_width, half_width)), self.centre.0)
    }

    /// Share of a pixel within the radius: a linear edge (there the Gaussian is 3e-4, so that it will do).
    fn share(&self, radius2: f64) -> f64 {
        let inside = (self.radius - EDGE_PX).max(0.0);
        if radius2 <= inside * inside { 1.0 } else { (self.radius + EDGE_PX - radius2.sqrt()).max(0.0) }
    }
}
