//! The constant offset of two lists, by a vote of all their pairs.

use sky_coords::StandardPos;

/// Side of a bin of the vote, arcsec.
const BIN_ARCSEC: f64 = 0.5;

/// The offset at which most pairs agree: the middle of the fullest 3 x 3 bins of the histogram of all pair offsets,
/// then the mean of the offsets inside them. (0, 0) where there are no pairs.
///
/// Chance pairs spread evenly over the disc of radius `radius_arcsec`, true ones pile up, so this works without a first
/// guess (as in triangle-free matching by two-dimensional cross-correlation). Of equally full places the one nearest to
/// zero wins.
pub(crate) fn common_offset(offsets: &[StandardPos], radius_arcsec: f64) -> StandardPos {
    let half = (radius_arcsec / BIN_ARCSEC).ceil() as i64 + 1;
    let side = (2 * half + 1) as usize;
    let bin = |offset: f64| ((offset / BIN_ARCSEC).round() as i64 + half).clamp(1, 2 * half - 1) as usize;
    let mut counts = vec![0_u32; side * side];
    for offset in offsets {
        counts[bin(offset.eta_arcsec) * side + bin(offset.xi_arcsec)] += 1;
    }
    let around = |row: usize, column: usize| -> u32 {
        (row - 1..=row + 1)
            .map(|row| counts[row * side + column - 1..=row * side + column + 1].iter().sum::<u32>())
            .sum()
    };
    let distance2 = |row: usize, column: usize| {
        let (dy, dx) = (row as i64 - half, column as i64 - half);
        dy * dy + dx * dx
    };
    let mut best = (0, 0, half as usize, half as usize);
    for row in 1..side - 1 {
        for column in 1..side - 1 {
            let candidate = (around(row, column), -distance2(row, column));
            if candidate > (best.0, best.1) {
                best = (candidate.0, candidate.1, row, column);
            }
        }
    }
    let (_, _, row, column) = best;
    let (mut sum, mut count) = ((0.0, 0.0), 0.0);
    for offset in offsets {
        if bin(offset.eta_arcsec).abs_diff(row) <= 1 && bin(offset.xi_arcsec).abs_diff(column) <= 1 {
            sum = (sum.0 + offset.xi_arcsec, sum.1 + offset.eta_arcsec);
            count += 1.0;
        }
    }
    if count > 0.0 { StandardPos::new(sum.0 / count, sum.1 / count) } else { StandardPos::new(0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pile_wins_over_an_even_spread() {
        let mut offsets: Vec<StandardPos> =
            (0..900).map(|i| StandardPos::new(f64::from(i % 30) - 14.5, f64::from(i / 30) - 14.5)).collect();
        offsets.extend((0..12).map(|i| StandardPos::new(-2.3 + 0.01 * f64::from(i), 1.1)));
        let found = common_offset(&offsets, 15.0);
        assert!((found.xi_arcsec + 2.245).abs() < 0.3 && (found.eta_arcsec - 1.1).abs() < 0.3, "{found:?}");
    }

    #[test]
    fn no_pairs_vote_for_no_offset() {
        assert_eq!(common_offset(&[], 15.0), StandardPos::new(0.0, 0.0));
    }
}
