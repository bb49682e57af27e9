//! The part of an image that is read.

use std::ops::Range;

use crate::FitsErrorKind;

/// A rectangle of one plane of an image; rows and columns count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) plane: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl Window {
    /// The whole of a plane of `[height, width]`.
    pub(crate) const fn whole(plane: usize, (height, width): (usize, usize)) -> Self {
        Self { plane, rows: 0..height, columns: 0..width }
    }

    /// A rectangle, if it lies inside a plane of `[height, width]`.
    pub(crate) fn inside(
        plane: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        (height, width): (usize, usize),
    ) -> Result<Self, FitsErrorKind> {
        for (keyword, what, asked, length) in
            [("NAXIS2", "rows", &rows, height), ("NAXIS1", "columns", &columns, width)]
        {
            if asked.start > asked.end || asked.end > length {
                let found = format!("{length} {what}, asked for {}..{}", asked.start, asked.end);
                return Err(FitsErrorKind::header(keyword, found, format!("all {what} inside the image")));
            }
        }
        Ok(Self { plane, rows, columns })
    }

    /// Rows and columns.
    pub(crate) fn dim(&self) -> (usize, usize) {
        (self.rows.len(), self.columns.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.columns.is_empty()
    }
}
