//! The image around a source, and what stands in for a pixel that cannot be used.

use std::ops::Range;

use ndarray::Array2;

use crate::params::NeighbourPixels;
use crate::segmentation::{MISSING, Segmentation, Span};

/// Running sums of a row that are kept apart, so that the order of summation is fixed and the loop vectorises.
const LANES: usize = 8;

/// Noise of one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation of the sky, ADU.
    pub sky_adu: f64,
    /// Electrons an ADU for the sources' own noise; 0: none.
    pub gain_e_per_adu: f64,
}

/// An image ready for photometry.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pixels: &'a [f32],
    owners: &'a Segmentation,
    width: usize,
    height: usize,
    /// Local background above the subtracted one, ADU.
    offset_adu: f64,
    neighbour_pixels: NeighbourPixels,
}

/// What a sum over pixels finds at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Value, ADU: of the pixel itself, of its mirror image, or zero.
    pub(crate) adu: f64,
    /// Whether the pixel itself could not be used.
    pub(crate) replaced: bool,
}

/// Half-open ranges of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PixelBox {
    pub(crate) x0: usize,
    pub(crate) x1: usize,
    pub(crate) y0: usize,
    pub(crate) y1: usize,
    /// Whether the wanted box reached beyond the image.
    pub(crate) clipped: bool,
}

impl PixelBox {
    /// The columns of the box between two offsets from a centre, and one more on each side against rounding; none where
    /// there is no span.
    pub(crate) fn columns(&self, span: Option<(f64, f64)>, centre_x: f64) -> std::ops::Range<usize> {
        let Some((first, last)) = span else { return 0..0 };
        let first = (centre_x + first - 1.0).clamp(self.x0 as f64, self.x1 as f64) as usize;
        let end = (centre_x + last + 2.0).clamp(0.0, self.x1 as f64) as usize;
        first..end.max(first)
    }
}

impl Noise {
    /// Variance of a pixel of the sky.
    pub(crate) fn sky_variance(self) -> f64 {
        self.sky_adu * self.sky_adu
    }

    /// Poisson variance of `adu` of light of a source.
    pub(crate) fn source_variance(self, adu: f64) -> f64 {
        if self.gain_e_per_adu > 0.0 && adu > 0.0 { adu / self.gain_e_per_adu } else { 0.0 }
    }
}

impl<'a> Field<'a> {
    /// `pixels`: above the background `[y, x]`, ADU. `owners`: whose they are, made for these pixels. `None` unless the pixels
    /// are in C order and both are of one shape.
    pub fn new(pixels: &'a Array2<f32>, owners: &'a Segmentation) -> Option<Self> {
        let (height, width) = pixels.dim();
        let same = owners.dim() == pixels.dim();
        let neighbour_pixels = NeighbourPixels::default();
        Some(Self { pixels: pixels.as_slice()?, owners, width, height, offset_adu: 0.0, neighbour_pixels })
            .filter(|_| same)
    }

    /// The same field with something else in the place of neighbours.
    pub const fn with_neighbours(self, neighbour_pixels: NeighbourPixels) -> Self {
        Self { neighbour_pixels, ..self }
    }

    /// The same field with a local background taken off, ADU.
    pub const fn above(self, offset_adu: f64) -> Self {
        Self { offset_adu, ..self }
    }

    /// Columns and rows.
    pub(crate) const fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Appends the pixels of row `y` in `columns` that have data and belong to no source at all.
    pub(crate) fn append_unowned(&self, y: usize, columns: Range<usize>, pixels: &mut Vec<f32>) {
        let row = self.pixels_of(y);
        let mut from = columns.start;
        let kept = self.neighbour_pixels == NeighbourPixels::Keep;
        for span in self.owners.between(y, &columns).iter().filter(|span| !kept || span.owner == MISSING) {
            pixels.extend_from_slice(&row[from..(span.x0 as usize).max(from)]);
            from = span.x1 as usize;
        }
        if from < columns.end {
            pixels.extend_from_slice(&row[from..columns.end]);
        }
    }

    /// The `columns` of the row at `y` for a source of that number at `centre` (x, y).
    #[inline]
    pub(crate) fn row_between(&self, y: usize, columns: &Range<usize>, number: u32, centre: (f64, f64)) -> Row<'_> {
        self.row_of(y, self.spans(y, columns), number, centre)
    }

    /// The same with the [`Self::spans`] of these columns or more.
    #[inline]
    pub(crate) fn row_of<'b>(&'b self, y: usize, spans: &'b [Span], number: u32, centre: (f64, f64)) -> Row<'b> {
        let mirror_y = (2.0 * centre.1 + 0.499_99 - y as f64) as i64;
        Row {
            pixels: self.pixels_of(y),
            spans,
            number,
            mirror_x: 2.0 * centre.0 + 0.499_99,
            mirror_y: (0..self.height as i64).contains(&mirror_y).then_some(mirror_y as usize),
            field: self,
        }
    }

    /// The runs of owned pixels that reach into `columns` of row `y`.
    pub(crate) fn spans(&self, y: usize, columns: &Range<usize>) -> &'a [Span] {
        self.owners.between(y, columns)
    }

    pub(crate) fn pixels_of(&self, y: usize) -> &'a [f32] {
        &self.pixels[y * self.width..(y + 1) * self.width]
    }

    /// Whether a circle reaches beyond the image. As in SExtractor, whose circles start at the whole part of
    /// `centre - radius + 0.5`, less than one pixel before the first column or row does not count.
    pub(crate) fn cuts_circle(&self, centre: (f64, f64), radius: f64) -> bool {
        let cuts = |centre: f64, size: usize| {
            centre - radius + 0.499_999 <= -1.0 || (centre + radius + 1.499_999).floor() > size as f64
        };
        cuts(centre.0, self.width) || cuts(centre.1, self.height)
    }

    /// The pixels that an area of the given half width and height around a centre touches.
    pub(crate) fn around(&self, centre: (f64, f64), half_width: f64, half_height: f64) -> PixelBox {
        let (height, width) = (self.height, self.width);
        let span = |centre: f64, half: f64, size: usize| {
            let first = (centre - half + 0.499_999).floor();
            let end = (centre + half + 1.499_999).floor();
            let clipped = first < 0.0 || end > size as f64;
            (first.clamp(0.0, size as f64) as usize, end.clamp(0.0, size as f64) as usize, clipped)
        };
        let (x0, x1, clipped_x) = span(centre.0, half_width, width);
        let (y0, y1, clipped_y) = span(centre.1, half_height, height);
        PixelBox { x0, x1: x1.max(x0), y0, y1: y1.max(y0), clipped: clipped_x || clipped_y }
    }
}

/// One row of the field as one source sees it.
pub(crate) struct Row<'a> {
    pixels: &'a [f32],
    /// Owned pixels, at least in the columns that are asked for.
    spans: &'a [Span],
    number: u32,
    mirror_x: f64,
    /// The row of the mirror images, where it is on the image.
    mirror_y: Option<usize>,
    field: &'a Field<'a>,
}

impl Row<'_> {
    /// The value at column x.
    #[inline]
    pub(crate) fn sample(&self, x: usize) -> Sample {
        let offset_adu = self.field.offset_adu;
        let next = self.spans.partition_point(|span| span.x1 as usize <= x);
        let span = self.spans.get(next);
        if span.is_some_and(|span| span.x0 as usize <= x && self.is_foreign(span)) {
            Sample { adu: self.mirrored(x) - offset_adu, replaced: true }
        } else {
            Sample { adu: f64::from(self.pixels[x]) - offset_adu, replaced: false }
        }
    }

    /// Sums of weight times value, and of that times the offset along x, over `columns`; `weights` and `offsets` are of
    /// these columns.
    pub(crate) fn weighted(
        &self,
        columns: &Range<usize>,
        weights: &[f64],
        offsets: &[f64],
        room: &mut Vec<f32>,
    ) -> (f64, f64) {
        let offset_adu = self.field.offset_adu;
        if self.foreign(columns).next().is_none() {
            weighted(&self.pixels[columns.clone()], offset_adu, weights, offsets)
        } else {
            room.clear();
            room.extend_from_slice(&self.pixels[columns.clone()]);
            self.replace_foreign(columns, room);
            weighted(room, offset_adu, weights, offsets)
        }
    }

    /// Writes the values of `columns` to `values`: of the pixels themselves, or of their mirror images.
    pub(crate) fn values(&self, columns: &Range<usize>, values: &mut Vec<f64>) {
        values.clear();
        values.extend(self.pixels[columns.clone()].iter().map(|pixel| f64::from(*pixel)));
        self.replace_foreign(columns, values);
        let offset_adu = self.field.offset_adu;
        if offset_adu != 0.0 {
            values.iter_mut().for_each(|value| *value -= offset_adu);
        }
    }

    /// Writes the values of `columns` above the subtracted background to `values`, zero where the pixel belongs to others or
    /// has no data.
    pub(crate) fn own_values(&self, columns: &Range<usize>, values: &mut Vec<f64>) {
        values.clear();
        values.extend(self.pixels[columns.clone()].iter().map(|pixel| f64::from(*pixel)));
        for foreign in self.foreign(columns) {
            values[foreign.start - columns.start..foreign.end - columns.start].fill(0.0);
        }
    }

    /// Puts mirror images in the place of pixels that belong to others or have no data.
    fn replace_foreign<T: Copy + From<f32>>(&self, columns: &Range<usize>, values: &mut [T]) {
        for foreign in self.foreign(columns) {
            let part = &mut values[foreign.start - columns.start..foreign.end - columns.start];
            part.fill(T::from(0.0));
            self.mirror(&foreign, part);
        }
    }

    /// The parts of `columns` whose pixels belong to others or have no data, from left to right.
    pub(crate) fn foreign(&self, columns: &Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let columns = columns.clone();
        self.spans
            .iter()
            .filter(|span| self.is_foreign(span))
            .map(move |span| (span.x0 as usize).max(columns.start)..(span.x1 as usize).min(columns.end))
            .filter(|part| !part.is_empty())
    }

    /// Whether pixels are not to be used as they are: without data, or a neighbour's unless these are kept.
    fn is_foreign(&self, span: &Span) -> bool {
        span.owner != self.number && (span.owner == MISSING || self.field.neighbour_pixels != NeighbourPixels::Keep)
    }

    /// Writes the mirror images of `columns` to `values`, which are zero; nothing where they are no better.
    fn mirror<T: Copy + From<f32>>(&self, columns: &Range<usize>, values: &mut [T]) {
        if self.field.neighbour_pixels == NeighbourPixels::Blank {
            return;
        }
        let Some(mirror_y) = self.mirror_y else { return };
        let row = self.field.pixels_of(mirror_y);
        // Column x is mirrored to `sum` - x; the one that falls just left of the image counts as its first.
        let sum = self.mirror_x.floor() as i64;
        let (first, end) = (columns.start as i64, columns.end as i64);
        // The columns that are mirrored to `x0..x1`, as places in `values`.
        let places = |x0: i64, x1: i64| {
            let low = (sum - x1 + 1).clamp(first, end);
            let high = (sum - x0 + 1 + i64::from(x0 == 0)).clamp(low, end);
            (low - first) as usize..(high - first) as usize
        };
        let inside = places(0, row.len() as i64);
        if inside.is_empty() {
            return;
        }
        let mirrored = |place: usize| (sum - first - place as i64).max(0) as usize;
        let (low, high) = (mirrored(inside.end - 1), mirrored(inside.start));
        // The column left of the image, if it is among them, is the last and has its neighbour's image.
        let images = row[low..=high].iter().rev().chain(row.first());
        for (value, pixel) in values[inside].iter_mut().zip(images) {
            *value = T::from(*pixel);
        }
        let spans = self.field.owners.between(mirror_y, &(low..high + 1));
        for span in spans.iter().filter(|span| self.is_foreign(span)) {
            values[places(i64::from(span.x0), i64::from(span.x1))].fill(T::from(0.0));
        }
    }

    fn mirrored(&self, x: usize) -> f64 {
        let mut value = [0.0];
        self.mirror(&(x..x + 1), &mut value);
        value[0]
    }
}

/// Sums of weight times value above `offset_adu`, and of that times the offset along x; all of one length.
fn weighted<T: Copy + Into<f64>>(values: &[T], offset_adu: f64, weights: &[f64], offsets: &[f64]) -> (f64, f64) {
    let (mut light, mut moment) = ([0.0; LANES], [0.0; LANES]);
    let (blocks, rest) = values.as_chunks::<LANES>();
    let whole = blocks.len() * LANES;
    for ((values, weights), offsets) in
        blocks.iter().zip(weights.as_chunks::<LANES>().0).zip(offsets.as_chunks::<LANES>().0)
    {
        for lane in 0..LANES {
            let weighted = weights[lane] * (values[lane].into() - offset_adu);
            light[lane] += weighted;
            moment[lane] += weighted * offsets[lane];
        }
    }
    for ((value, weight), offset) in rest.iter().zip(&weights[whole..]).zip(&offsets[whole..]) {
        let weighted = weight * ((*value).into() - offset_adu);
        light[0] += weighted;
        moment[0] += weighted * offset;
    }
    (light.iter().sum(), moment.iter().sum())
}
