//! A mosaic and the planes that come of it.

use sky_image::BayerPattern;

/// A mosaic: pixels row by row, and the pattern at the first of them.
#[derive(Clone, Copy, Debug)]
pub struct Mosaic<'a> {
    /// Pixels in ADU.
    pub pixels: &'a [f32],
    /// Columns.
    pub width: usize,
    /// Pattern at the first pixel.
    pub phase: BayerPattern,
}

impl Mosaic<'_> {
    /// Rows.
    pub fn height(&self) -> usize {
        self.pixels.len().checked_div(self.width).unwrap_or(0)
    }

    /// A pixel; places beyond an edge are mirrored at the edge pixel, which keeps their colour.
    #[inline(always)]
    pub(crate) fn mirrored(&self, x: isize, y: isize) -> f32 {
        let (x, y) = (mirror(x, self.width), mirror(y, self.height()));
        self.pixels[y * self.width + x]
    }
}

/// A place on an axis of `count` pixels, mirrored at the first and last pixel: -1 is 1, `count` is `count - 2`.
#[inline(always)]
fn mirror(place: isize, count: usize) -> usize {
    let last = count as isize - 1;
    let place = if place < 0 { -place } else { place };
    let place = if place > last { 2 * last - place } else { place };
    place.clamp(0, last.max(0)) as usize
}

/// Three planes of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// Red.
    pub red: Vec<f32>,
    /// Green.
    pub green: Vec<f32>,
    /// Blue.
    pub blue: Vec<f32>,
    /// Columns of each plane.
    pub width: usize,
}

impl Planes {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let plane = || vec![0.0; width * height];
        Self { red: plane(), green: plane(), blue: plane(), width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrored_places_keep_their_parity() {
        assert_eq!([mirror(-1, 8), mirror(-2, 8), mirror(8, 8), mirror(9, 8), mirror(3, 8)], [1, 2, 6, 5, 3]);
        assert_eq!(mirror(5, 1), 0, "one pixel stays inside");
    }
}
