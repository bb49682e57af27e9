//! Neighbours of a position among many, by a grid of cells.

/// Positions sorted into square cells.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    origin: (f64, f64),
    cell_px: f64,
    columns: usize,
    rows: usize,
    /// First entry of each cell in `order`, and one more.
    begins: Vec<u32>,
    /// Indices of positions, cell by cell.
    order: Vec<u32>,
    positions: Vec<(f64, f64)>,
}

/// Cells along one side at the most: memory stays small whatever the positions are.
const MOST_CELLS: usize = 512;

impl Grid {
    /// A grid for searches of about `radius_px`.
    pub(crate) fn new(positions: Vec<(f64, f64)>, radius_px: f64) -> Self {
        let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        for &(x, y) in &positions {
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
        if positions.is_empty() {
            (low, high) = ((0.0, 0.0), (0.0, 0.0));
        }
        let extent = (high.0 - low.0).max(high.1 - low.1);
        let cell_px = radius_px.max(extent / MOST_CELLS as f64).max(1.0e-6);
        let count = |from: f64, to: f64| ((to - from) / cell_px) as usize + 1;
        let (columns, rows) = (count(low.0, high.0), count(low.1, high.1));
        let mut grid = Self {
            origin: low,
            cell_px,
            columns,
            rows,
            begins: vec![0; columns * rows + 1],
            order: Vec::new(),
            positions,
        };
        let cells: Vec<usize> = grid.positions.iter().map(|&(x, y)| grid.cell(x, y)).collect();
        for &cell in &cells {
            grid.begins[cell + 1] += 1;
        }
        for cell in 1..grid.begins.len() {
            grid.begins[cell] += grid.begins[cell - 1];
        }
        let mut next = grid.begins.clone();
        grid.order = vec![0; cells.len()];
        for (index, &cell) in cells.iter().enumerate() {
            grid.order[next[cell] as usize] = index as u32;
            next[cell] += 1;
        }
        grid
    }

    fn cell(&self, x: f64, y: f64) -> usize {
        let column = ((x - self.origin.0) / self.cell_px) as usize;
        let row = ((y - self.origin.1) / self.cell_px) as usize;
        row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)
    }

    /// Index and squared distance of the nearest position within `radius_px`; of two at one distance the earlier.
    pub(crate) fn nearest(&self, x: f64, y: f64, radius_px: f64) -> Option<(usize, f64)> {
        let place = |value: f64, origin: f64, count: usize| {
            let first = ((value - radius_px - origin) / self.cell_px).floor();
            let last = ((value + radius_px - origin) / self.cell_px).floor();
            let outside = last < 0.0 || first >= count as f64 || !first.is_finite() || !last.is_finite();
            (!outside).then(|| (first.max(0.0) as usize, (last as usize).min(count - 1)))
        };
        let (left, right) = place(x, self.origin.0, self.columns)?;
        let (bottom, top) = place(y, self.origin.1, self.rows)?;
        let mut best: Option<(usize, f64)> = None;
        for row in bottom..=top {
            let cells = row * self.columns;
            let entries = self.begins[cells + left] as usize..self.begins[cells + right + 1] as usize;
            for &index in &self.order[entries] {
                let (px, py) = self.positions[index as usize];
                let square = (px - x) * (px - x) + (py - y) * (py - y);
                let nearer =
                    best.is_none_or(|(other, least)| square < least || (square == least && (index as usize) < other));
                if square <= radius_px * radius_px && nearer {
                    best = Some((index as usize, square));
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_that_of_a_plain_search() {
        let positions: Vec<(f64, f64)> =
            (0..200).map(|i| (f64::from(i * 37 % 101) * 1.7, f64::from(i * 53 % 97) * 1.3)).collect();
        let grid = Grid::new(positions.clone(), 5.0);
        for i in 0..400 {
            let (x, y) = (f64::from(i * 29 % 200) - 10.0, f64::from(i * 31 % 160) - 10.0);
            let plain = positions
                .iter()
                .enumerate()
                .map(|(index, (px, py))| (index, (px - x).powi(2) + (py - y).powi(2)))
                .filter(|(_, square)| *square <= 25.0)
                .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            assert_eq!(grid.nearest(x, y, 5.0).map(|found| found.0), plain.map(|found| found.0), "({x}, {y})");
        }
        assert!(Grid::new(Vec::new(), 5.0).nearest(0.0, 0.0, 5.0).is_none());
    }
}
