//! A strip of rows of an image that is being drawn.

/// Some consecutive rows of an image.
pub(crate) struct Strip<'a, T> {
    pixels: &'a mut [T],
    first_row: usize,
    width: usize,
}

impl<'a, T> Strip<'a, T> {
    pub(crate) fn new(pixels: &'a mut [T], first_row: usize, width: usize) -> Self {
        Self { pixels, first_row, width }
    }

    /// Calls `paint` with the offset from the centre, pixels, and the pixel, for every pixel of the strip within
    /// `reach_x`, `reach_y` of the centre.
    pub(crate) fn for_each_in(
        &mut self,
        x_px: f64,
        y_px: f64,
        reach_x: f64,
        reach_y: f64,
        mut paint: impl FnMut(f64, f64, &mut T),
    ) {
        let rows = self.pixels.len() / self.width;
        let within = |low: f64, high: f64, count: usize| {
            let first = libm::ceil(low).max(0.0);
            let end = (libm::floor(high) + 1.0).min(count as f64);
            (first as usize, if end > first { end as usize } else { first as usize })
        };
        let (first_x, end_x) = within(x_px - reach_x, x_px + reach_x, self.width);
        let top = y_px - self.first_row as f64;
        let (first_y, end_y) = within(top - reach_y, top + reach_y, rows);
        if first_x >= end_x {
            return;
        }
        for y in first_y..end_y {
            let dy = y as f64 - top;
            let row = &mut self.pixels[y * self.width..(y + 1) * self.width];
            for (x, pixel) in row.iter_mut().enumerate().take(end_x).skip(first_x) {
                paint(x as f64 - x_px, dy, pixel);
            }
        }
    }
}
