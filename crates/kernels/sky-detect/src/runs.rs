//! Runs of pixels above the threshold, found strip by strip.

use ndarray::Array2;
use rayon::prelude::*;

use crate::filter::Filter;

/// Rows of a strip. Any number gives the same result.
const STRIP_ROWS: usize = 64;
/// Pixels that are tested at once.
const BLOCK: usize = 16;

/// Neighbouring pixels of one row above the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) y: u32,
    pub(crate) x0: u32,
    /// One past the last column.
    pub(crate) x1: u32,
    /// Place of the first pixel's value in the values of all runs.
    pub(crate) first_value: usize,
}

/// All runs of an image in the order of its pixels, with their filtered values.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) runs: Vec<Run>,
    pub(crate) values: Vec<f32>,
}

impl Runs {
    /// Filters `image` (above the background) and keeps what is above `threshold(y)`, a threshold for each pixel of row y.
    pub(crate) fn find(image: &Array2<f32>, filter: &Filter, threshold: impl Fn(usize, &mut [f32]) + Sync) -> Self {
        Self::find_in_strips(image, filter, threshold, STRIP_ROWS)
    }

    fn find_in_strips(
        image: &Array2<f32>,
        filter: &Filter,
        threshold: impl Fn(usize, &mut [f32]) + Sync,
        strip_rows: usize,
    ) -> Self {
        let (height, width) = image.dim();
        let strips: Vec<Self> = (0..height.div_ceil(strip_rows))
            .into_par_iter()
            .map(|strip| {
                let first = strip * strip_rows;
                let rows = strip_rows.min(height - first);
                let mut filtered = Array2::zeros((rows, width));
                filter.apply(image.view(), first, &mut filtered);
                let mut thresholds = vec![0.0; width];
                let mut found = Self::default();
                for (offset, row) in filtered.rows().into_iter().enumerate() {
                    threshold(first + offset, &mut thresholds);
                    if let Some(row) = row.as_slice() {
                        found.scan_row(first + offset, row, &thresholds);
                    }
                }
                found
            })
            .collect();
        let mut all = Self {
            runs: Vec::with_capacity(strips.iter().map(|strip| strip.runs.len()).sum()),
            values: Vec::with_capacity(strips.iter().map(|strip| strip.values.len()).sum()),
        };
        for strip in strips {
            let shift = all.values.len();
            all.runs.extend(strip.runs.into_iter().map(|run| Run { first_value: run.first_value + shift, ..run }));
            all.values.extend(strip.values);
        }
        all
    }

    /// Filtered values of a run.
    pub(crate) fn values_of(&self, run: &Run) -> &[f32] {
        &self.values[run.first_value..run.first_value + (run.x1 - run.x0) as usize]
    }

    fn scan_row(&mut self, y: usize, row: &[f32], thresholds: &[f32]) {
        let mut open: Option<usize> = None;
        let above = |x: usize| row[x] > thresholds[x];
        let mut x = 0;
        while x < row.len() {
            let end = (x + BLOCK).min(row.len());
            let any =
                row[x..end].iter().zip(&thresholds[x..end]).fold(false, |any, (value, limit)| any | (value > limit));
            if any || open.is_some() {
                for x in x..end {
                    match (above(x), open) {
                        (true, None) => open = Some(x),
                        (false, Some(start)) => {
                            self.close(y, start, x, row);
                            open = None;
                        }
                        _ => {}
                    }
                }
            }
            x = end;
        }
        if let Some(start) = open {
            self.close(y, start, row.len(), row);
        }
    }

    fn close(&mut self, y: usize, x0: usize, x1: usize, row: &[f32]) {
        self.runs.push(Run { y: y as u32, x0: x0 as u32, x1: x1 as u32, first_value: self.values.len() });
        self.values.extend_from_slice(&row[x0..x1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_of_any_height_give_the_same_runs() {
        let image = test_sky::white_noise(131, 97, 3.0, 21);
        let filter = Filter::new(&[vec![1.0, 2.0, 1.0], vec![2.0, 4.0, 2.0], vec![1.0, 2.0, 1.0]]).expect("a kernel");
        let found = |rows| Runs::find_in_strips(&image, &filter, |y, row| row.fill(0.5 + (y % 3) as f32), rows);
        let whole = found(1000);
        assert!(whole.runs.len() > 500, "{} runs", whole.runs.len());
        for rows in [1, 2, 3, 7, 64, 96, 97] {
            let strips = found(rows);
            assert_eq!((&strips.runs, &strips.values), (&whole.runs, &whole.values), "strips of {rows} rows");
        }
    }

    #[test]
    fn runs_end_where_the_threshold_is_met() {
        let mut image = Array2::zeros((70, 40));
        image[[0, 0]] = 2.0;
        image[[0, 1]] = 3.0;
        image[[65, 39]] = 2.0;
        image[[65, 15]] = 1.0;
        image[[65, 16]] = 2.0;
        let filter = Filter::new(&[]).expect("no filter");
        let found = Runs::find(&image, &filter, |_, row| row.fill(1.0));
        let places: Vec<(u32, u32, u32)> = found.runs.iter().map(|run| (run.y, run.x0, run.x1)).collect();
        assert_eq!(places, [(0, 0, 2), (65, 16, 17), (65, 39, 40)], "a value equal to the threshold is not above it");
        assert_eq!(found.values_of(&found.runs[0]), [2.0, 3.0]);
    }
}
