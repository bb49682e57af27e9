//! A catalogue of either side.

use std::path::Path;

use sky_fits::{BinTable, ldac};

/// An LDAC catalogue, column by column.
#[derive(Clone, Debug)]
pub struct Catalogue {
    table: BinTable,
}

impl Catalogue {
    /// Reads it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let (_, table) = ldac::read(path).map_err(|error| error.to_string())?;
        Ok(Self { table })
    }

    /// Rows.
    pub const fn len(&self) -> usize {
        self.table.rows
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.table.rows == 0
    }

    /// One number a row: the first of a vector.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        let all = self.table.numbers(name).map_err(|error| format!("column {name}: {error}"))?;
        let each = all.len().checked_div(self.table.rows).unwrap_or(1);
        Ok(all.into_iter().step_by(each.max(1)).collect())
    }

    /// Positions, 1-based pixels.
    pub fn places(&self, x: &str, y: &str) -> Result<Vec<(f64, f64)>, String> {
        Ok(self.numbers(x)?.into_iter().zip(self.numbers(y)?).collect())
    }
}

/// For each of `wanted` the nearest of `places` within `radius_px`.
pub(crate) fn nearest(wanted: &[(f64, f64)], places: &[(f64, f64)], radius_px: f64) -> Vec<Option<usize>> {
    let mut by_row: Vec<usize> =
        (0..places.len()).filter(|&k| places[k].0.is_finite() && places[k].1.is_finite()).collect();
    by_row.sort_by(|&a, &b| places[a].1.total_cmp(&places[b].1).then(a.cmp(&b)));
    let squared = |k: usize, place: (f64, f64)| {
        let (dx, dy) = (places[k].0 - place.0, places[k].1 - place.1);
        dx * dx + dy * dy
    };
    wanted
        .iter()
        .map(|&place| {
            let start = by_row.partition_point(|&k| places[k].1 < place.1 - radius_px);
            let near = by_row[start..].iter().copied().take_while(|&k| places[k].1 <= place.1 + radius_px);
            let best = near.min_by(|&a, &b| squared(a, place).total_cmp(&squared(b, place)))?;
            (squared(best, place) <= radius_px * radius_px).then_some(best)
        })
        .collect()
}
