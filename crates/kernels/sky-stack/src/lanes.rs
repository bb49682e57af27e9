//! Winsorized rejection of many pixels at once: the same sums in the same order as for one column, on lanes side by side.
//!
//! The compiler makes vector code of the loops over lanes. On x86-64 the widest of two builds of the same code runs; neither
//! fuses a multiplication with an addition, so the bits are the same.

use crate::passes::{END_AT, KEEP_AT_LEAST};
use crate::sorted::{CONVERGED, MAX_ROUNDS, WINSORIZE_AT, WINSORIZED_TO_SIGMA};

/// Pixels side by side.
pub(crate) const LANES: usize = 16;

/// Values of one frame for the pixels of a group.
pub(crate) type Lane = [f32; LANES];

/// Begin and end of what is kept of each sorted column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptLanes {
    pub(crate) begin: [u32; LANES],
    pub(crate) end: [u32; LANES],
}

/// Sorts the columns (one value a frame, ascending afterwards). Infinite values, which stand for no datum, come last.
pub(crate) fn sort(columns: &mut [Lane], network: &[(u32, u32)]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        #[allow(unsafe_code)]
        return unsafe { avx2::sort(columns, network) };
    }
    sort_lanes(columns, network);
}

/// The winsorized rejection of [`crate::kept_range`] of columns of which each has `counts` finite values.
pub(crate) fn winsorized(columns: &[Lane], counts: &[u32; LANES], low: f64, high: f64) -> KeptLanes {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked.
        #[allow(unsafe_code)]
        return unsafe { avx2::winsorized(columns, counts, low, high) };
    }
    winsorized_lanes(columns, counts, low, high)
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{KeptLanes, LANES, Lane};

    #[target_feature(enable = "avx2")]
    pub(super) fn sort(columns: &mut [Lane], network: &[(u32, u32)]) {
        super::sort_lanes(columns, network);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn winsorized(columns: &[Lane], counts: &[u32; LANES], low: f64, high: f64) -> KeptLanes {
        super::winsorized_lanes(columns, counts, low, high)
    }
}

#[inline(always)]
fn sort_lanes(columns: &mut [Lane], network: &[(u32, u32)]) {
    for &(i, j) in network {
        let (i, j) = (i as usize, j as usize);
        let (before, after) = columns.split_at_mut(j);
        let (first, second) = (&mut before[i], &mut after[0]);
        for lane in 0..LANES {
            let (a, b) = (first[lane], second[lane]);
            first[lane] = if a < b { a } else { b };
            second[lane] = if a < b { b } else { a };
        }
    }
}

#[inline(always)]
fn winsorized_lanes(columns: &[Lane], counts: &[u32; LANES], low: f64, high: f64) -> KeptLanes {
    let mut kept = KeptLanes { begin: [0; LANES], end: *counts };
    let mut open = [true; LANES];
    for lane in 0..LANES {
        open[lane] = counts[lane] as usize > END_AT;
    }
    while open.contains(&true) {
        let centre = centres(columns, &kept);
        let sigma = winsorized_sigmas(columns, &kept, &centre, &open);
        for lane in 0..LANES {
            if !open[lane] {
                continue;
            }
            let (least, most) = (centre[lane] - low * sigma[lane], centre[lane] + high * sigma[lane]);
            let (mut begin, mut end) = (kept.begin[lane] as usize, kept.end[lane] as usize);
            while end - begin > KEEP_AT_LEAST && f64::from(columns[begin][lane]) < least {
                begin += 1;
            }
            while end - begin > KEEP_AT_LEAST && f64::from(columns[end - 1][lane]) > most {
                end -= 1;
            }
            open[lane] = (begin, end) != (kept.begin[lane] as usize, kept.end[lane] as usize) && end - begin > END_AT;
            (kept.begin[lane], kept.end[lane]) = (begin as u32, end as u32);
        }
    }
    kept
}

/// Medians of what is kept; 0 where nothing is.
#[inline(always)]
fn centres(columns: &[Lane], kept: &KeptLanes) -> [f64; LANES] {
    let mut centre = [0.0; LANES];
    for lane in 0..LANES {
        let (begin, end) = (kept.begin[lane] as usize, kept.end[lane] as usize);
        if end > begin {
            let (lower, upper) = (begin + (end - begin - 1) / 2, begin + (end - begin) / 2);
            centre[lane] = 0.5 * (f64::from(columns[lower][lane]) + f64::from(columns[upper][lane]));
        }
    }
    centre
}

/// Winsorized sigmas of what is kept of the lanes that are open.
#[inline(always)]
fn winsorized_sigmas(columns: &[Lane], kept: &KeptLanes, centre: &[f64; LANES], open: &[bool; LANES]) -> [f64; LANES] {
    let mut sigma = spreads(columns, kept, centre, &[f64::INFINITY; LANES]);
    let mut running = *open;
    for _ in 0..MAX_ROUNDS {
        let mut limit = [0.0; LANES];
        for lane in 0..LANES {
            limit[lane] = WINSORIZE_AT * sigma[lane];
        }
        let next = spreads(columns, kept, centre, &limit);
        for lane in 0..LANES {
            if running[lane] {
                let before = sigma[lane];
                sigma[lane] = WINSORIZED_TO_SIGMA * next[lane];
                running[lane] = (sigma[lane] - before).abs() > CONVERGED * before;
            }
        }
        if !running.contains(&true) {
            break;
        }
    }
    sigma
}

/// Standard deviations (n - 1) of deviations from `centre`, cut at `limit`, over what is kept.
#[inline(always)]
fn spreads(columns: &[Lane], kept: &KeptLanes, centre: &[f64; LANES], limit: &[f64; LANES]) -> [f64; LANES] {
    let (mut sum, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let first = kept.begin.iter().copied().min().unwrap_or(0) as usize;
    let last = kept.end.iter().copied().max().unwrap_or(0) as usize;
    for (row, values) in columns.iter().enumerate().take(last).skip(first) {
        let row = row as u32;
        for lane in 0..LANES {
            let inside = row >= kept.begin[lane] && row < kept.end[lane];
            let cut = cut(f64::from(values[lane]) - centre[lane], limit[lane]);
            let counted = if inside { cut } else { 0.0 };
            sum[lane] += counted;
            squares[lane] += counted * counted;
        }
    }
    let mut found = [0.0; LANES];
    for lane in 0..LANES {
        let n = f64::from(kept.end[lane] - kept.begin[lane]);
        let variance = squares[lane] - sum[lane] * sum[lane] / n;
        let variance = if variance > 0.0 { variance } else { 0.0 };
        found[lane] = (variance / (n - 1.0)).sqrt();
    }
    found
}

/// `value` within -`limit` and `limit`.
#[inline(always)]
fn cut(value: f64, limit: f64) -> f64 {
    let above = if value < -limit { -limit } else { value };
    if above > limit { limit } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::{Rejection, RejectionParams};
    use crate::network::comparators;
    use crate::sorted::kept_range;

    /// Values of a linear congruential sequence with wild ones among them.
    fn columns(n: usize, seed: u64) -> Vec<Lane> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / 16_777_216.0
        };
        let mut rows = vec![[0.0; LANES]; n];
        for row in &mut rows {
            for value in row.iter_mut() {
                let noise: f32 = (0..4).map(|_| next()).sum::<f32>() - 2.0;
                *value = 1000.0 + 20.0 * noise + if next() > 0.93 { 500.0 * next() } else { 0.0 };
            }
        }
        rows
    }

    #[test]
    fn lanes_give_what_single_columns_give() {
        for (n, seed) in [(3, 1), (5, 2), (12, 3), (40, 4), (61, 5)] {
            let mut rows = columns(n, seed);
            let mut counts = [n as u32; LANES];
            if n > 6 {
                // Two lanes lack data of some frames.
                rows[1][3] = f32::INFINITY;
                rows[4][3] = f32::INFINITY;
                rows[2][7] = f32::INFINITY;
                (counts[3], counts[7]) = (n as u32 - 2, n as u32 - 1);
            }
            sort(&mut rows, &comparators(n));
            let kept = winsorized(&rows, &counts, 3.0, 2.5);
            let params = RejectionParams { low_sigma: 3.0, high_sigma: 2.5, ..RejectionParams::default() };
            for lane in 0..LANES {
                let column: Vec<f32> = rows[..counts[lane] as usize].iter().map(|row| row[lane]).collect();
                assert!(column.is_sorted(), "{n} values, lane {lane}");
                let expected = kept_range(&column, Rejection::WinsorizedSigma, &params);
                let found = kept.begin[lane] as usize..kept.end[lane] as usize;
                assert_eq!(found, expected, "{n} values, lane {lane}");
            }
        }
    }

    #[test]
    fn both_builds_give_the_same_bits() {
        let mut rows = columns(40, 9);
        let mut plain = rows.clone();
        let network = comparators(40);
        sort(&mut rows, &network);
        sort_lanes(&mut plain, &network);
        assert_eq!(rows, plain);
        let counts = [40; LANES];
        assert_eq!(winsorized(&rows, &counts, 3.0, 3.0), winsorized_lanes(&rows, &counts, 3.0, 3.0));
    }
}
