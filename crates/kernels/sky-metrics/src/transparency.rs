//! Clouds and obstacles: fluxes of a frame's stars against the same stars of the session.

use sky_stats::median;

/// Median of the flux ratios of matched stars, frame over session: 1 in a clear sky, 0.63 behind half a magnitude of cloud.
/// `None` of fewer than five pairs.
pub fn transparency(pairs: &[(f64, f64)]) -> Option<f64> {
    /// Fewest pairs that a ratio is told of.
    const LEAST_PAIRS: usize = 5;
    let mut ratios: Vec<f64> = pairs
        .iter()
        .filter(|(own, session)| *own > 0.0 && *session > 0.0)
        .map(|(own, session)| own / session)
        .collect();
    (ratios.len() >= LEAST_PAIRS).then(|| median(&mut ratios)).flatten()
}

/// Parts of a frame in which stars are missing that the session has.
#[derive(Clone, Debug, PartialEq)]
pub struct Occlusion {
    /// Cells along x and y.
    pub grid: (usize, usize),
    /// Cells with enough session stars to tell.
    pub n_told: usize,
    /// Of these the ones in which most stars are missing, row by row.
    pub dark_cells: Vec<usize>,
}

impl Occlusion {
    /// Share of the told cells that are dark.
    pub fn share(&self) -> f64 {
        if self.n_told == 0 { 0.0 } else { self.dark_cells.len() as f64 / self.n_told as f64 }
    }
}

/// Cells along x and y (psf-guard's screening uses the same grid).
const GRID: (usize, usize) = (8, 6);
/// Session stars that a cell must have.
const LEAST_STARS: usize = 4;
/// A cell with less than this share of its stars is dark.
const SEEN_SHARE: f64 = 0.4;

/// Which cells of a frame of `width` x `height` pixels lack the stars that the session has there. `session`: place of each
/// session star on this frame and whether the frame shows it.
pub fn occlusion(session: &[((f64, f64), bool)], width: usize, height: usize) -> Occlusion {
    let mut counts = vec![(0_usize, 0_usize); GRID.0 * GRID.1];
    for &((x, y), seen) in session {
        let place = |value: f64, size: usize, cells: usize| {
            let share = (value + 0.5) / size as f64;
            (0.0..1.0).contains(&share).then_some((share * cells as f64) as usize)
        };
        if let (Some(column), Some(row)) = (place(x, width, GRID.0), place(y, height, GRID.1)) {
            let cell = &mut counts[row * GRID.0 + column];
            cell.0 += 1;
            cell.1 += usize::from(seen);
        }
    }
    let told: Vec<usize> = (0..counts.len()).filter(|&cell| counts[cell].0 >= LEAST_STARS).collect();
    let dark = told.iter().copied().filter(|&cell| (counts[cell].1 as f64) < SEEN_SHARE * counts[cell].0 as f64);
    Occlusion { grid: GRID, dark_cells: dark.collect(), n_told: told.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_magnitude_of_cloud_is_seen_whatever_one_star_does() {
        let mut pairs: Vec<(f64, f64)> = (1..=20).map(|i| (0.631 * f64::from(i), f64::from(i))).collect();
        pairs.push((90.0, 1.0));
        let found = transparency(&pairs).expect("many pairs");
        assert!((found - 0.631).abs() < 1e-9, "{found}");
        assert_eq!(transparency(&pairs[..4]), None);
    }

    #[test]
    fn a_branch_over_a_quarter_of_the_frame_is_found() {
        let mut session = Vec::new();
        for x in 0..40 {
            for y in 0..30 {
                let place = (f64::from(x) * 100.0 + 50.0, f64::from(y) * 100.0 + 50.0);
                session.push((place, place.0 > 1000.0 || (x + y) % 10 == 0));
            }
        }
        let found = occlusion(&session, 4000, 3000);
        assert_eq!(found.n_told, 48);
        assert!((found.share() - 0.25).abs() < 0.01, "{}", found.share());
        assert_eq!(occlusion(&[], 4000, 3000).share(), 0.0);
    }
}
