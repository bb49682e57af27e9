//! One value a cell: filling of bad cells, median filter, and splines to the pixels.

use ndarray::Array2;
use sky_stats::median_f32;

use crate::spline::{Basis, second_derivatives};

/// Values on the cells of a mesh `[row, column]`, with what the splines need.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    values: Array2<f32>,
    curvature_along_y: Array2<f64>,
    cell_px: usize,
    width: usize,
    basis: Vec<Basis>,
}

impl Mesh {
    /// A mesh of cells of `cell_px` pixels a side over an image of `width` columns.
    pub(crate) fn new(values: Array2<f32>, cell_px: usize, width: usize) -> Self {
        let (n_rows, n_columns) = values.dim();
        let mut curvature_along_y = Array2::zeros((n_rows, n_columns));
        for column in 0..n_columns {
            let along: Vec<f64> = values.column(column).iter().map(|v| f64::from(*v)).collect();
            for (row, curvature) in second_derivatives(&along).into_iter().enumerate() {
                curvature_along_y[[row, column]] = curvature;
            }
        }
        let basis = (0..width).map(|x| Basis::new((x as f64 + 0.5) / cell_px as f64 - 0.5, n_columns)).collect();
        Self { values, curvature_along_y, cell_px, width, basis }
    }

    /// The same mesh with one value everywhere.
    pub(crate) fn filled_with(&self, value: f32) -> Self {
        Self::new(Array2::from_elem(self.values.dim(), value), self.cell_px, self.width)
    }

    /// The values of the cells, `[row, column]`.
    pub const fn values(&self) -> &Array2<f32> {
        &self.values
    }

    /// Columns of the image.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Writes the values of image row `y` to `row`, which has the image's width.
    ///
    /// The spline along y has its nodes half a pixel lower than the cells' centres, as SExtractor's has.
    pub fn row(&self, y: usize, row: &mut [f32]) {
        let (nodes, curvature) = self.nodes(y);
        for (cell, (pixels, basis)) in segments(row, &self.basis) {
            let next = (cell + 1).min(nodes.len() - 1);
            let (low, high) = (nodes[cell], nodes[next]);
            let (bend_low, bend_high) = (curvature[cell], curvature[next]);
            for (pixel, b) in pixels.iter_mut().zip(basis) {
                *pixel = (b.low * low + b.high * high + b.bend_low * bend_low + b.bend_high * bend_high) as f32;
            }
        }
    }

    /// The value at one pixel.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        let (nodes, curvature) = self.nodes(y);
        let b = self.basis[x.min(self.width - 1)];
        let next = (b.cell + 1).min(nodes.len() - 1);
        (b.low * nodes[b.cell] + b.high * nodes[next] + b.bend_low * curvature[b.cell] + b.bend_high * curvature[next])
            as f32
    }

    /// Values and second derivatives along x of image row `y` at the centres of the columns of cells.
    fn nodes(&self, y: usize) -> (Vec<f64>, Vec<f64>) {
        let b = Basis::new(y as f64 / self.cell_px as f64 - 0.5, self.values.nrows());
        let next = (b.cell + 1).min(self.values.nrows() - 1);
        let nodes: Vec<f64> = (0..self.values.ncols())
            .map(|column| {
                b.low * f64::from(self.values[[b.cell, column]])
                    + b.high * f64::from(self.values[[next, column]])
                    + b.bend_low * self.curvature_along_y[[b.cell, column]]
                    + b.bend_high * self.curvature_along_y[[next, column]]
            })
            .collect();
        let curvature = second_derivatives(&nodes);
        (nodes, curvature)
    }
}

/// The runs of pixels that lie between the same two cells.
fn segments<'a>(
    mut row: &'a mut [f32],
    mut basis: &'a [Basis],
) -> impl Iterator<Item = (usize, (&'a mut [f32], &'a [Basis]))> {
    std::iter::from_fn(move || {
        let cell = basis.first()?.cell;
        let length = basis.iter().take_while(|b| b.cell == cell).count();
        let (these, rest) = std::mem::take(&mut row).split_at_mut(length);
        let (these_basis, rest_basis) = basis.split_at(length);
        row = rest;
        basis = rest_basis;
        Some((cell, (these, these_basis)))
    })
}

/// Gives each bad cell (`None`) the mean of the nearest good cells, of all that are equally near. `None` if all are bad.
pub(crate) fn fill_bad<T: Copy>(cells: &Array2<Option<T>>, mean: impl Fn(&[T]) -> T) -> Option<Array2<T>> {
    let good: Vec<(isize, isize, T)> = cells
        .indexed_iter()
        .filter_map(|((row, column), value)| value.map(|value| (row as isize, column as isize, value)))
        .collect();
    if good.is_empty() {
        return None;
    }
    Some(Array2::from_shape_fn(cells.dim(), |(row, column)| {
        cells[[row, column]].unwrap_or_else(|| {
            let distance2 = |cell: &(isize, isize, T)| {
                let (dy, dx) = (cell.0 - row as isize, cell.1 - column as isize);
                dy * dy + dx * dx
            };
            let nearest = good.iter().map(distance2).min().unwrap_or(0);
            let chosen: Vec<T> = good.iter().filter(|cell| distance2(cell) == nearest).map(|cell| cell.2).collect();
            mean(&chosen)
        })
    }))
}

/// Median filter of `size` x `size` cells, which shrinks to stay symmetric at the borders (so corners stay as they are).
///
/// A cell is changed only where `level` differs from its median by at least `threshold`; both maps change together.
pub(crate) fn median_filter(level: &mut Array2<f32>, rms: &mut Array2<f32>, size: usize, threshold: f32) {
    let half = size / 2;
    let (level_before, rms_before) = (level.clone(), rms.clone());
    let (n_rows, n_columns) = level.dim();
    let around = |map: &Array2<f32>, row: usize, column: usize| {
        let dy = half.min(row).min(n_rows - 1 - row);
        let dx = half.min(column).min(n_columns - 1 - column);
        let window = map.slice(ndarray::s![row - dy..=row + dy, column - dx..=column + dx]);
        median_f32(&mut window.iter().copied().collect::<Vec<_>>()).unwrap_or(map[[row, column]])
    };
    for row in 0..n_rows {
        for column in 0..n_columns {
            let median = around(&level_before, row, column);
            if (median - level_before[[row, column]]).abs() >= threshold {
                level[[row, column]] = median;
                rms[[row, column]] = around(&rms_before, row, column);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_carried_exactly_between_the_centres_of_cells() {
        let plane = Array2::from_shape_fn((4, 5), |(row, column)| 100.0 + 8.0 * column as f32 + 16.0 * row as f32);
        let mesh = Mesh::new(plane, 8, 40);
        let mut row = vec![0.0; 40];
        mesh.row(12, &mut row);
        for (x, value) in row.iter().enumerate() {
            let expected = 100.0 + (x as f32 + 0.5) - 4.0 + 2.0 * (12.0 - 4.0);
            assert!(
                (value - expected).abs() < 1e-3,
                "pixel {x}: {value}, expected {expected}: splines of a plane are the plane"
            );
            assert!((mesh.at(x, 12) - value).abs() < 1e-4, "one pixel alone equals its row");
        }
    }

    #[test]
    fn a_bad_cell_takes_the_mean_of_its_nearest_neighbours() {
        let mut cells = Array2::from_elem((3, 3), Some(1.0_f32));
        cells[[1, 1]] = None;
        cells[[0, 1]] = Some(5.0);
        let filled =
            fill_bad(&cells, |values| values.iter().sum::<f32>() / values.len() as f32).expect("eight good cells");
        assert_eq!(filled[[1, 1]], 2.0, "of 5, 1, 1, 1");
        assert_eq!(fill_bad(&Array2::from_elem((2, 2), None::<f32>), |values| values[0]), None);
    }

    #[test]
    fn the_filter_removes_one_wild_cell_and_leaves_corners() {
        let mut level = Array2::from_elem((5, 5), 10.0_f32);
        level[[2, 2]] = 99.0;
        level[[0, 0]] = 50.0;
        let mut rms = Array2::from_elem((5, 5), 1.0_f32);
        rms[[2, 2]] = 9.0;
        median_filter(&mut level, &mut rms, 3, 0.0);
        assert_eq!((level[[2, 2]], rms[[2, 2]], level[[0, 0]]), (10.0, 1.0, 50.0));
    }
}
