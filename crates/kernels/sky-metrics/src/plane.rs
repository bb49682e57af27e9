//! A plane through the levels of a frame's cells: the gradient of its sky.

/// level + slope_x x + slope_y y, ADU and pixels of the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SkyPlane {
    /// Level at the first pixel.
    pub level_adu: f64,
    /// Rise with each column.
    pub slope_x_adu_per_px: f64,
    /// Rise with each row.
    pub slope_y_adu_per_px: f64,
}

/// Cells farther than this many scatters from the plane hold nebulae or halos, and do not count (as Siril's background samples).
const CLIP_SIGMA: f64 = 2.5;
/// Rounds of that.
const ROUNDS: usize = 6;
/// Fewest cells that a plane rests on: four times its parameters.
const LEAST_CELLS: usize = 12;

impl SkyPlane {
    /// The value at a pixel.
    pub fn at(&self, x: f64, y: f64) -> f64 {
        self.level_adu + self.slope_x_adu_per_px * x + self.slope_y_adu_per_px * y
    }

    /// The plane through cells (x, y, level), by least squares, cells far off left out. `None` where fewer than twelve are left, or they
    /// lie on a line.
    pub fn through(cells: &[(f64, f64, f64)]) -> Option<Self> {
        let mut kept: Vec<(f64, f64, f64)> = cells.iter().copied().filter(|cell| cell.2.is_finite()).collect();
        let mut plane = least_squares(&kept)?;
        for _ in 0..ROUNDS {
            let residual = |cell: &(f64, f64, f64)| cell.2 - plane.at(cell.0, cell.1);
            let centre = sky_stats::median(&mut kept.iter().map(residual).collect::<Vec<f64>>())?;
            let sigma = sky_stats::mad_sigma(&mut kept.iter().map(residual).collect::<Vec<f64>>())?;
            let before = kept.len();
            kept.retain(|cell| (residual(cell) - centre).abs() <= CLIP_SIGMA * sigma);
            if kept.len() == before {
                break;
            }
            plane = least_squares(&kept)?;
        }
        Some(plane)
    }
}

fn least_squares(cells: &[(f64, f64, f64)]) -> Option<SkyPlane> {
    if cells.len() < LEAST_CELLS {
        return None;
    }
    let n = cells.len() as f64;
    let mean = |value: fn(&(f64, f64, f64)) -> f64| cells.iter().map(value).sum::<f64>() / n;
    let (x0, y0, z0) = (mean(|cell| cell.0), mean(|cell| cell.1), mean(|cell| cell.2));
    let (mut xx, mut xy, mut yy, mut xz, mut yz) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y, z) in cells {
        let (dx, dy, dz) = (x - x0, y - y0, z - z0);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
        xz += dx * dz;
        yz += dy * dz;
    }
    let determinant = xx * yy - xy * xy;
    // Positions on one line leave the slope across it open.
    if determinant <= 1e-9 * xx * yy {
        return None;
    }
    let (slope_x, slope_y) = ((xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant);
    Some(SkyPlane {
        level_adu: z0 - slope_x * x0 - slope_y * y0,
        slope_x_adu_per_px: slope_x,
        slope_y_adu_per_px: slope_y,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gradient_is_found_beside_a_nebula() {
        let cells: Vec<(f64, f64, f64)> = (0..100)
            .map(|i| {
                let (x, y) = (f64::from(i % 10) * 100.0, f64::from(i / 10) * 80.0);
                let nebula = if (400.0..700.0).contains(&x) && (200.0..400.0).contains(&y) { 90.0 } else { 0.0 };
                (x, y, 500.0 + 0.03 * x - 0.01 * y + 0.3 * f64::from(i * 7 % 5) + nebula)
            })
            .collect();
        let plane = SkyPlane::through(&cells).expect("many cells");
        assert!((plane.slope_x_adu_per_px - 0.03).abs() < 5e-4, "{plane:?}");
        assert!((plane.slope_y_adu_per_px + 0.01).abs() < 5e-4, "{plane:?}");
        assert!((plane.at(0.0, 0.0) - 500.6).abs() < 0.5, "{plane:?}");
    }

    #[test]
    fn few_cells_or_a_line_of_them_say_nothing() {
        let line: Vec<(f64, f64, f64)> = (0..30).map(|i| (f64::from(i), 2.0 * f64::from(i), 1.0)).collect();
        assert_eq!(SkyPlane::through(&line), None);
        assert_eq!(SkyPlane::through(&line[..5]), None);
    }
}
