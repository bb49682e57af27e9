//! Which tiles of a compressed image hold the rows that are asked for.

use std::ops::Range;

use sky_image::Header;

use crate::FitsErrorKind;
use crate::keywords::count;

/// Whole rows of tiles: their cells are consecutive rows of the table, their pixels consecutive rows of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    /// First row of the table, 0-based.
    pub(crate) first_tile: u64,
    /// Rows of the table.
    pub(crate) tiles: u64,
    /// First row of pixels, counted through all planes.
    pub(crate) first_row: usize,
    /// Lengths of the axes of the pixels that these tiles decode to.
    pub(crate) axes: Vec<u64>,
}

impl Band {
    /// All tiles of an image.
    pub(crate) fn whole(header: &Header, axes: &[u64]) -> Result<Self, FitsErrorKind> {
        Ok(Self { first_tile: 0, tiles: count(header, "NAXIS2", 0)?, first_row: 0, axes: axes.to_vec() })
    }

    /// The tiles that hold these rows of a plane. Where tiles are deeper than one plane, all tiles.
    pub(crate) fn of_rows(
        header: &Header,
        axes: &[u64],
        plane: usize,
        rows: &Range<usize>,
    ) -> Result<Self, FitsErrorKind> {
        let (width, height) = (axes[0], axes[1]);
        let tile = |axis: usize| count(header, &format!("ZTILE{}", axis + 1), if axis == 0 { width } else { 1 });
        for axis in 2..axes.len() {
            if tile(axis)? != 1 {
                return Self::whole(header, axes);
            }
        }
        let tiles_across = width.div_ceil(tile(0)?);
        let tile_rows = tile(1)?;
        let (first, end) = (rows.start as u64 / tile_rows, (rows.end as u64).div_ceil(tile_rows));
        let first_row = first * tile_rows;
        let plane_tiles = tiles_across * height.div_ceil(tile_rows);
        Ok(Self {
            first_tile: plane as u64 * plane_tiles + first * tiles_across,
            tiles: (end - first) * tiles_across,
            first_row: (plane as u64 * height + first_row) as usize,
            axes: vec![width, (end * tile_rows).min(height) - first_row],
        })
    }
}
