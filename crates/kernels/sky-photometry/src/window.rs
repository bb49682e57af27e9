//! A Gaussian window on the image.

use std::ops::Range;

use rayon::prelude::*;
use sky_catalog::Moments;

use crate::field::{Field, Noise, PixelBox, Row};
use crate::segmentation::Span;

/// Each step of the centring goes this many times as far as the centroid of the window, which halves the number of steps.
pub(crate) const STEP_FACTOR: f64 = 2.0;
/// Variance of a position that is uniform over a pixel.
pub(crate) const PIXEL_VARIANCE_PX2: f64 = 1.0 / 12.0;
/// Windows of more rows are summed by several threads; the sums of the rows are added in the same order in any case.
const MANY_ROWS: usize = 256;
/// Running sums of a row that are kept apart, so that the order of summation is fixed and the loop vectorises.
const LANES: usize = 4;
/// Half the width of the window's edge, pixels.
const EDGE_PX: f64 = 0.5;

/// Pixels around a window whose owners are kept while it moves.
const MARGIN_PX: usize = 2;

/// The window around one place of a field, for one source.
pub(crate) struct Window<'a> {
    field: Field<'a>,
    number: u32,
    sigma: f64,
    radius: f64,
    pub(crate) centre: (f64, f64),
    columns: Weights,
    rows: Weights,
    owners: Owners<'a>,
    room: Room,
}

/// Room for the values of a row.
#[derive(Default)]
struct Room {
    pixels: Vec<f32>,
    values: Vec<f64>,
}

/// The owners of the pixels around the window, row by row.
#[derive(Default)]
struct Owners<'a> {
    x0: usize,
    x1: usize,
    y0: usize,
    rows: Vec<&'a [Span]>,
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

/// Sums over a row of weighted light and of its variance, times the powers 0, 1 and 2 of the offset along x.
#[derive(Clone, Copy, Default)]
struct RowSums {
    light: [f64; 3],
    variance: [f64; 3],
}

impl RowSums {
    #[inline]
    fn add(&mut self, weight: f64, dx: f64, adu: f64, variance: f64) {
        let light = weight * adu;
        let variance = weight * weight * variance;
        for (sum, term) in self.light.iter_mut().zip([light, light * dx, light * dx * dx]) {
            *sum += term;
        }
        for (sum, term) in self.variance.iter_mut().zip([variance, variance * dx, variance * dx * dx]) {
            *sum += term;
        }
    }

    fn plus(mut self, other: Self) -> Self {
        self.light.iter_mut().zip(other.light).for_each(|(sum, term)| *sum += term);
        self.variance.iter_mut().zip(other.variance).for_each(|(sum, term)| *sum += term);
        self
    }
}

impl AllSums {
    /// Adds a row at height `dy` with the weight `weight`.
    fn add(&mut self, weight: f64, dy: f64, row: &RowSums) {
        self.total += weight * row.light[0];
        self.xx += weight * row.light[2];
        self.yy += weight * row.light[0] * dy * dy;
        self.xy += weight * row.light[1] * dy;
        let weight = weight * weight;
        self.variance += weight * row.variance[0];
        self.variance_xx += weight * row.variance[2];
        self.variance_yy += weight * row.variance[0] * dy * dy;
        self.variance_xy += weight * row.variance[1] * dy;
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

impl<'a> Window<'a> {
    /// A window of that sigma, cut off at `radius` pixels, on what the source `number` sees of a field.
    pub(crate) fn new(field: Field<'a>, number: u32, sigma: f64, radius: f64, centre: (f64, f64)) -> Self {
        Self {
            field,
            number,
            sigma,
            radius,
            centre,
            columns: Weights::default(),
            rows: Weights::default(),
            owners: Owners::default(),
            room: Room::default(),
        }
    }

    /// Weighted light and its first moments.
    pub(crate) fn first_sums(&mut self) -> FirstSums {
        let pixels = self.weigh();
        let mut sums = FirstSums::default();
        self.for_each_row(
            &pixels,
            |window, y, room| window.first_sums_of_row(&pixels, y, room),
            |dy, weight, (light, moment)| {
                sums.total += weight * light;
                sums.x += weight * moment;
                sums.y += weight * light * dy;
            },
        );
        sums
    }

    /// Light and first moment along x of one row, without the weight of the row.
    fn first_sums_of_row(&self, pixels: &PixelBox, y: usize, room: &mut Room) -> (f64, f64) {
        let dy = self.rows.offset[y - pixels.y0];
        let span = self.columns_of(pixels, dy);
        let row = self.row(y);
        let whole = self.whole_columns(&span, dy);
        let in_box = whole.start - pixels.x0..whole.end - pixels.x0;
        let (mut light, mut moment) =
            row.weighted(&whole, &self.columns.weight[in_box.clone()], &self.columns.offset[in_box], &mut room.pixels);
        for x in (span.start..whole.start).chain(whole.end..span.end) {
            let (weight, dx) = (self.columns.weight[x - pixels.x0], self.columns.offset[x - pixels.x0]);
            let value = self.share(dx * dx + dy * dy) * weight * row.sample(x).adu;
            light += value;
            moment += value * dx;
        }
        (light, moment)
    }

    /// Weighted light, its second moments, and the variances of light and position.
    pub(crate) fn all_sums(&mut self, noise: Noise) -> AllSums {
        let pixels = self.weigh();
        let mut sums = AllSums::default();
        self.for_each_row(
            &pixels,
            |window, y, room| window.all_sums_of_row(noise, &pixels, y, room),
            |dy, weight, row: RowSums| sums.add(weight, dy, &row),
        );
        sums
    }

    fn all_sums_of_row(&self, noise: Noise, pixels: &PixelBox, y: usize, room: &mut Room) -> RowSums {
        let dy = self.rows.offset[y - pixels.y0];
        let span = self.columns_of(pixels, dy);
        let room = &mut room.values;
        self.row(y).values(&span, room);
        let whole = self.whole_columns(&span, dy);
        let in_box = span.start - pixels.x0..span.end - pixels.x0;
        let (weights, offsets) = (&self.columns.weight[in_box.clone()], &self.columns.offset[in_box]);
        let (sky, per_adu) = (noise.sky_variance(), noise.source_variance(1.0));
        let variance = |adu: f64| sky + per_adu * adu.max(0.0);

        let mut lanes = [RowSums::default(); LANES];
        let inner = whole.start - span.start..whole.end - span.start;
        let blocks = room[inner.clone()].as_chunks::<LANES>();
        let weight_blocks = weights[inner.clone()].as_chunks::<LANES>();
        let offset_blocks = offsets[inner.clone()].as_chunks::<LANES>();
        for ((values, weights), offsets) in blocks.0.iter().zip(weight_blocks.0).zip(offset_blocks.0) {
            for lane in 0..LANES {
                lanes[lane].add(weights[lane], offsets[lane], values[lane], variance(values[lane]));
            }
        }
        for ((value, weight), offset) in blocks.1.iter().zip(weight_blocks.1).zip(offset_blocks.1) {
            lanes[0].add(*weight, *offset, *value, variance(*value));
        }
        for i in (0..inner.start).chain(inner.end..span.len()) {
            let weight = self.share(offsets[i] * offsets[i] + dy * dy) * weights[i];
            lanes[0].add(weight, offsets[i], room[i], variance(room[i]));
        }
        lanes.into_iter().fold(RowSums::default(), RowSums::plus)
    }

    /// Hands what `of_row` says of each row of the box to `add`, with the row's offset and weight, in the order of the rows.
    fn for_each_row<T: Send>(
        &mut self,
        pixels: &PixelBox,
        of_row: impl Fn(&Self, usize, &mut Room) -> T + Sync,
        mut add: impl FnMut(f64, f64, T),
    ) {
        let rows = pixels.y0..pixels.y1;
        let mut room = std::mem::take(&mut self.room);
        let window = &*self;
        let factors = window.rows.offset.iter().zip(&window.rows.weight);
        if rows.len() > MANY_ROWS {
            let rows = rows.into_par_iter().with_min_len(MANY_ROWS / 8);
            let sums: Vec<T> = rows.map_init(Room::default, |room, y| of_row(window, y, room)).collect();
            factors.zip(sums).for_each(|((dy, weight), sums)| add(*dy, *weight, sums));
        } else {
            factors.zip(rows).for_each(|((dy, weight), y)| add(*dy, *weight, of_row(window, y, &mut room)));
        }
        self.room = room;
    }

    /// The row at `y` as the source sees it.
    fn row(&self, y: usize) -> Row<'_> {
        self.field.row_of(y, self.owners.rows[y - self.owners.y0], self.number, self.centre)
    }

    /// The columns of a row whose pixels count whole: from the first to the last within the inner circle.
    fn whole_columns(&self, span: &Range<usize>, dy: f64) -> Range<usize> {
        let inside = (self.radius - EDGE_PX).max(0.0);
        let inner = inside * inside - dy * dy;
        if inner <= 0.0 {
            return span.start..span.start;
        }
        let half_width = inner.sqrt();
        let first = ((self.centre.0 - half_width).ceil().max(span.start as f64) as usize).min(span.end);
        let end = ((self.centre.0 + half_width).floor() + 1.0).max(first as f64) as usize;
        first..end.min(span.end)
    }

    /// The factors of the columns and rows that the window touches.
    fn weigh(&mut self) -> PixelBox {
        let reach = self.radius + EDGE_PX;
        let pixels = self.field.around(self.centre, reach, reach);
        let scale = -0.5 / (self.sigma * self.sigma);
        let fill = |weights: &mut Weights, range: Range<usize>, centre: f64| {
            weights.offset.clear();
            weights.offset.extend(range.map(|i| i as f64 - centre));
            weights.weight.clear();
            weights.weight.extend(weights.offset.iter().map(|offset| libm::exp(scale * offset * offset)));
        };
        fill(&mut self.columns, pixels.x0..pixels.x1, self.centre.0);
        fill(&mut self.rows, pixels.y0..pixels.y1, self.centre.1);
        self.look_up_owners(&pixels);
        pixels
    }

    /// Keeps the owners around the box, unless they are known.
    fn look_up_owners(&mut self, pixels: &PixelBox) {
        let known = &self.owners;
        let rows = known.y0..known.y0 + known.rows.len();
        let inside = pixels.x0 >= known.x0 && pixels.x1 <= known.x1 && pixels.y0 >= rows.start && pixels.y1 <= rows.end;
        if inside {
            return;
        }
        let (width, height) = self.field.size();
        let (x0, x1) = (pixels.x0.saturating_sub(MARGIN_PX), (pixels.x1 + MARGIN_PX).min(width));
        let (y0, y1) = (pixels.y0.saturating_sub(MARGIN_PX), (pixels.y1 + MARGIN_PX).min(height));
        let rows = (y0..y1).map(|y| self.field.spans(y, &(x0..x1))).collect();
        self.owners = Owners { x0, x1, y0, rows };
    }

    fn columns_of(&self, pixels: &PixelBox, dy: f64) -> Range<usize> {
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
