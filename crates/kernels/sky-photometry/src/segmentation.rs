//! Whose pixel is it: the segmentation of an image, kept as runs of pixels.

use std::ops::Range;

use ndarray::Array2;
use rayon::prelude::*;

/// Owner of pixels above the threshold that were too few to be a source: they count as a neighbour's.
pub const REJECTED: u32 = u32::MAX;
/// Owner of pixels without data: they count as a neighbour's in sums, and as nobody's in a segmentation image.
pub(crate) const MISSING: u32 = u32::MAX - 1;
/// Columns of a block; spans are looked up from the first one of a block.
const BLOCK_PX: usize = 128;

/// Neighbouring pixels of one row that have the same owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Row.
    pub y: u32,
    /// First column.
    pub x0: u32,
    /// One past the last column.
    pub x1: u32,
    /// Number of the source from 1, or [`REJECTED`].
    pub owner: u32,
}

/// The owners of the pixels of one image. Pixels of the sky are not kept, so that it takes memory for sources, not for area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segmentation {
    width: usize,
    height: usize,
    /// For each row and each block of its columns the place of the first span that does not end left of it; then the number
    /// of all.
    first: Vec<u32>,
    spans: Vec<Span>,
}

impl Segmentation {
    /// The owners of the pixels of `image` (`[y, x]`): `spans` in any order, none upon another, all on the image. Pixels that
    /// are not finite have no data; none of them is part of a span.
    pub fn new(image: &Array2<f32>, mut spans: Vec<Span>) -> Self {
        let (height, width) = image.dim();
        spans.extend(missing(image));
        spans.par_sort_unstable();
        spans.dedup_by(|span, before| {
            let touches = span.y == before.y && span.x0 == before.x1 && span.owner == before.owner;
            if touches {
                before.x1 = span.x1;
            }
            touches
        });
        let mut first = Vec::with_capacity(height * blocks(width) + 1);
        let mut next = 0;
        for y in 0..height as u32 {
            for block in 0..blocks(width) {
                let left = |span: &&Span| span.y == y && span.x1 as usize <= block * BLOCK_PX;
                next += spans[next..].iter().take_while(left).count();
                first.push(next as u32);
            }
            next += spans[next..].iter().take_while(|span| span.y == y).count();
        }
        first.push(next as u32);
        Self { width, height, first, spans }
    }

    /// The same from a number a pixel, 0 for the sky.
    pub fn from_owners(image: &Array2<f32>, owners: &Array2<u32>) -> Self {
        let owned = owners.indexed_iter().filter(|((y, x), owner)| **owner != 0 && image[[*y, *x]].is_finite());
        let span = |((y, x), owner): ((usize, usize), &u32)| Span {
            y: y as u32,
            x0: x as u32,
            x1: x as u32 + 1,
            owner: *owner,
        };
        Self::new(image, owned.map(span).collect())
    }

    /// Rows and columns.
    pub fn dim(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Number of the source that the pixel belongs to, 0 for none, [`REJECTED`].
    pub fn owner(&self, x: usize, y: usize) -> u32 {
        self.between(y, &(x..x + 1)).first().filter(|span| span.owner != MISSING).map_or(0, |span| span.owner)
    }

    /// Writes the owners of row `y`, 0 for none, to `owners`, which has the image's width (SExtractor's SEGMENTATION).
    pub fn write_row(&self, y: usize, owners: &mut [u32]) {
        owners.fill(0);
        for span in self.between(y, &(0..self.width)).iter().filter(|span| span.owner != MISSING) {
            owners[span.x0 as usize..span.x1 as usize].fill(span.owner);
        }
    }

    /// The spans of row `y` that reach into `columns`, from left to right, those of pixels without data among them.
    pub fn between(&self, y: usize, columns: &Range<usize>) -> &[Span] {
        if columns.is_empty() {
            return &[];
        }
        let blocks = blocks(self.width);
        let end_of_row = self.first[(y + 1) * blocks] as usize;
        let mut start = self.first[y * blocks + columns.start / BLOCK_PX] as usize;
        while start < end_of_row && self.spans[start].x1 as usize <= columns.start {
            start += 1;
        }
        // From the first span of the next block on, all begin right of the columns.
        let block_after = columns.end.div_ceil(BLOCK_PX);
        let mut end = if block_after < blocks { self.first[y * blocks + block_after] as usize } else { end_of_row };
        end = (end + 1).clamp(start, end_of_row.max(start));
        while end > start && self.spans[end - 1].x0 as usize >= columns.end {
            end -= 1;
        }
        &self.spans[start..end]
    }
}

const fn blocks(width: usize) -> usize {
    width.div_ceil(BLOCK_PX)
}

/// The runs of pixels that are not finite.
fn missing(image: &Array2<f32>) -> Vec<Span> {
    let rows: Vec<Vec<Span>> = (0..image.nrows())
        .into_par_iter()
        .map(|y| {
            let row = image.row(y);
            let mut spans: Vec<Span> = Vec::new();
            if row.iter().fold(true, |complete, pixel| complete & pixel.is_finite()) {
                return spans;
            }
            for (x, _) in row.iter().enumerate().filter(|(_, pixel)| !pixel.is_finite()) {
                let x = x as u32;
                match spans.last_mut() {
                    Some(last) if last.x1 == x => last.x1 = x + 1,
                    _ => spans.push(Span { y: y as u32, x0: x, x1: x + 1, owner: MISSING }),
                }
            }
            spans
        })
        .collect();
    rows.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_has_the_owner_that_it_was_given() {
        let mut image = Array2::zeros((3, 8));
        image[[1, 5]] = f32::NAN;
        let owners =
            ndarray::array![[0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0, 2, 2, 0, 3, REJECTED], [0, 1, 1, 0, 2, 0, 0, 0]];
        let segmentation = Segmentation::from_owners(&image, &owners);
        assert_eq!(segmentation.dim(), (3, 8));
        let mut row = vec![9; 8];
        for y in 0..3 {
            segmentation.write_row(y, &mut row);
            assert_eq!(row, owners.row(y).to_vec(), "row {y}: a pixel without data is nobody's");
            for x in 0..8 {
                assert_eq!(segmentation.owner(x, y), owners[[y, x]], "pixel {x}, {y}");
            }
        }
        assert_eq!(segmentation.between(1, &(2..6)).len(), 2, "2 and the pixel without data");
        assert_eq!(segmentation.between(0, &(0..8)), []);
    }

    #[test]
    fn spans_are_found_across_blocks_of_columns() {
        let image = Array2::zeros((4, 1000));
        let mut owners = Array2::zeros((4, 1000));
        for y in 0..4 {
            for x in 0..1000 {
                owners[[y, x]] = [0, 1, 0, 3][x * (y + 2) / 77 % 4];
            }
        }
        let segmentation = Segmentation::from_owners(&image, &owners);
        for y in 0..4 {
            for start in (0..1000).step_by(7) {
                for end in [start + 1, start + 3, start + 130, 1000].map(|end| end.min(1000)) {
                    let found = segmentation.between(y, &(start..end));
                    let all = segmentation.between(y, &(0..1000));
                    let wanted: Vec<Span> =
                        all.iter().filter(|s| (s.x0 as usize) < end && s.x1 as usize > start).copied().collect();
                    assert_eq!(found, wanted, "row {y}, columns {start}..{end}");
                }
            }
        }
    }
}
