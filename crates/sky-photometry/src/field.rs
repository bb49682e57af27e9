//! The image around a source: whose pixel is it, and what stands in for a pixel that cannot be used.

use ndarray::Array2;

/// Owner of pixels above the threshold that were too few to be a source: they count as a neighbour's.
pub const REJECTED: u32 = u32::MAX;

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
    owners: &'a [u32],
    width: usize,
    height: usize,
    /// Local background above the subtracted one, ADU.
    offset_adu: f64,
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
        let first = (centre_x + first - 1.0).max(self.x0 as f64) as usize;
        let end = (centre_x + last + 2.0).clamp(0.0, self.x1 as f64) as usize;
        first..end.max(first)
    }
}

impl Noise {
    /// Variance of one pixel of `adu` above the background.
    pub(crate) fn variance(self, adu: f64) -> f64 {
        self.sky_variance() + self.source_variance(adu)
    }

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
    /// `pixels`: above the background `[y, x]`, ADU; NaN has no data. `owners`: number of the source that each pixel belongs
    /// to, 0 for none, [`REJECTED`]. `None` unless both are in C order and of one shape.
    pub fn new(pixels: &'a Array2<f32>, owners: &'a Array2<u32>) -> Option<Self> {
        let (height, width) = pixels.dim();
        let same = owners.dim() == pixels.dim();
        let (pixels, owners) = (pixels.as_slice()?, owners.as_slice()?);
        Some(Self { pixels, owners, width, height, offset_adu: 0.0 }).filter(|_| same)
    }

    /// The same field with a local background taken off, ADU.
    pub const fn above(self, offset_adu: f64) -> Self {
        Self { offset_adu, ..self }
    }

    /// Columns and rows.
    pub(crate) const fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// The pixels of row `y` in `columns` that have data and belong to no source at all.
    pub(crate) fn unowned(&self, y: usize, columns: std::ops::Range<usize>) -> impl Iterator<Item = f32> + '_ {
        let range = y * self.width + columns.start..y * self.width + columns.end;
        let pixels = self.pixels[range.clone()].iter().zip(&self.owners[range]);
        pixels.filter(|(pixel, owner)| **owner == 0 && pixel.is_finite()).map(|(pixel, _)| *pixel)
    }

    /// The row at `y` for a source of that number at (centre_x, centre_y).
    #[inline]
    pub(crate) fn row(&self, y: usize, number: u32, centre: (f64, f64)) -> Row<'_> {
        let start = y * self.width;
        let mirror_y = (2.0 * centre.1 + 0.499_99 - y as f64) as i64;
        Row {
            pixels: &self.pixels[start..start + self.width],
            owners: &self.owners[start..start + self.width],
            number,
            mirror_x: 2.0 * centre.0 + 0.499_99,
            mirror: (0..self.height as i64).contains(&mirror_y).then(|| {
                let start = mirror_y as usize * self.width;
                (&self.pixels[start..start + self.width], &self.owners[start..start + self.width])
            }),
            offset_adu: self.offset_adu,
        }
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
    owners: &'a [u32],
    number: u32,
    mirror_x: f64,
    /// The row of the mirror images, where it is on the image.
    mirror: Option<(&'a [f32], &'a [u32])>,
    offset_adu: f64,
}

impl Row<'_> {
    /// The value at column x.
    #[inline]
    pub(crate) fn sample(&self, x: usize) -> Sample {
        match usable(self.pixels[x], self.owners[x], self.number) {
            Some(adu) => Sample { adu: adu - self.offset_adu, replaced: false },
            None => Sample { adu: self.mirrored(x) - self.offset_adu, replaced: true },
        }
    }

    /// Sums of weight times value, and of that times the offset along x, over `columns`; `weights` and `offsets` are of
    /// these columns.
    pub(crate) fn weighted(&self, columns: std::ops::Range<usize>, weights: &[f64], offsets: &[f64]) -> (f64, f64) {
        let (mut light, mut moment) = ([0.0; LANES], [0.0; LANES]);
        let (blocks, offset_adu) = (columns.len() / LANES, self.offset_adu);
        for block in 0..blocks {
            let (here, first) = (block * LANES, columns.start + block * LANES);
            let lanes = |slice: &[f64]| -> [f64; LANES] { std::array::from_fn(|lane| slice[here + lane]) };
            let (weights, offsets) = (lanes(&weights[..here + LANES]), lanes(&offsets[..here + LANES]));
            let (pixels, owners) = (&self.pixels[first..first + LANES], &self.owners[first..first + LANES]);
            let mut replaced = false;
            for lane in 0..LANES {
                let good = ((owners[lane] == 0) | (owners[lane] == self.number)) & pixels[lane].is_finite();
                let value = if good { f64::from(pixels[lane]) - offset_adu } else { 0.0 };
                light[lane] += weights[lane] * value;
                moment[lane] += weights[lane] * value * offsets[lane];
                replaced |= !good;
            }
            if replaced {
                for lane in 0..LANES {
                    if usable(pixels[lane], owners[lane], self.number).is_none() {
                        let value = self.mirrored(first + lane) - offset_adu;
                        light[lane] += weights[lane] * value;
                        moment[lane] += weights[lane] * value * offsets[lane];
                    }
                }
            }
        }
        for here in blocks * LANES..columns.len() {
            let value = weights[here] * self.sample(columns.start + here).adu;
            light[0] += value;
            moment[0] += value * offsets[here];
        }
        (light.iter().sum(), moment.iter().sum())
    }

    fn mirrored(&self, x: usize) -> f64 {
        let mirror_x = (self.mirror_x - x as f64) as i64;
        let inside = (0..self.pixels.len() as i64).contains(&mirror_x);
        match self.mirror {
            Some((pixels, owners)) if inside => {
                usable(pixels[mirror_x as usize], owners[mirror_x as usize], self.number).unwrap_or(0.0)
            }
            _ => 0.0,
        }
    }
}

#[inline]
fn usable(value: f32, owner: u32, number: u32) -> Option<f64> {
    ((owner == 0 || owner == number) && value.is_finite()).then_some(f64::from(value))
}
