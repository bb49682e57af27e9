//! Columns that no rule decides by unless asked: distance from the edge, width against the stars around.

use std::collections::BTreeMap;

use sky_coords::PixelPos;

use crate::params::EdgeParams;

/// Stars around a detection whose median width stands for the local point spread function.
const LOCAL_STARS: usize = 15;
/// So few stars are all looked at for each row.
const FEW_STARS: usize = 256;

/// How far a detection is from the nearest edge of its tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgeDistance {
    /// Pixels; negative outside.
    pub px: f64,
    /// Arc seconds.
    pub arcsec: f64,
    /// Whether both are at least what [`EdgeParams`] asks for.
    pub is_core: bool,
}

/// Distance of `place` from the nearest outer edge of a tile of `width` x `height` pixels.
pub fn edge_distance(
    place: PixelPos,
    (width, height): (u64, u64),
    pixel_scale_arcsec: f64,
    params: &EdgeParams,
) -> EdgeDistance {
    let from_start = place.x_px.min(place.y_px) + 0.5;
    let from_end = (width as f64 - 0.5 - place.x_px).min(height as f64 - 0.5 - place.y_px);
    let px = from_start.min(from_end);
    let arcsec = px * pixel_scale_arcsec;
    EdgeDistance { px, arcsec, is_core: px >= params.core_px && arcsec >= params.core_arcsec }
}

/// FWHM of each row over the median FWHM of the 15 nearest stars on the image (all of them where there are fewer); NaN without a star or a width.
///
/// `rows`: place, FWHM in pixels, whether it is a star. A star is not compared with itself.
pub fn local_fwhm_ratios(rows: &[(PixelPos, f64, bool)]) -> Vec<f64> {
    let stars = rows.iter().enumerate().filter(|(_, (_, fwhm, is_star))| *is_star && *fwhm > 0.0);
    let grid = StarGrid::new(stars.map(|(row, &(place, fwhm_px, _))| Star { row, place, fwhm_px }).collect());
    rows.iter()
        .enumerate()
        .map(|(row, &(place, fwhm, _))| {
            let mut widths = grid.nearest_widths(row, place);
            sky_stats::median(&mut widths).map_or(f64::NAN, |local| fwhm / local)
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Star {
    row: usize,
    place: PixelPos,
    fwhm_px: f64,
}

/// Stars in square cells that hold as many as are asked for on average; few stars stand in one cell.
struct StarGrid {
    cells: BTreeMap<(i64, i64), Vec<Star>>,
    side_px: f64,
    /// First and last column, first and last line of the cells.
    bounds: [i64; 4],
}

impl StarGrid {
    fn new(stars: Vec<Star>) -> Self {
        let stars: Vec<Star> =
            stars.into_iter().filter(|star| star.place.x_px.is_finite() && star.place.y_px.is_finite()).collect();
        let extent = |of: fn(&Star) -> f64| {
            let (low, high) = stars
                .iter()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
            (high - low).max(1.0)
        };
        let side_px = if stars.len() <= FEW_STARS {
            f64::MAX
        } else {
            let area = extent(|star| star.place.x_px) * extent(|star| star.place.y_px);
            (area * LOCAL_STARS as f64 / stars.len() as f64).sqrt().max(1.0)
        };
        let mut cells: BTreeMap<(i64, i64), Vec<Star>> = BTreeMap::new();
        for star in &stars {
            cells.entry(cell_of(star.place, side_px)).or_default().push(*star);
        }
        let columns = || cells.keys().map(|cell| cell.0);
        let lines = || cells.keys().map(|cell| cell.1);
        let bounds = [columns().min(), columns().max(), lines().min(), lines().max()].map(Option::unwrap_or_default);
        Self { cells, side_px, bounds }
    }

    /// Widths of the nearest stars to `place`, those of `row` left out.
    fn nearest_widths(&self, row: usize, place: PixelPos) -> Vec<f64> {
        if !(place.x_px.is_finite() && place.y_px.is_finite()) {
            return Vec::new();
        }
        let (column, line) = cell_of(place, self.side_px);
        let [first_column, last_column, first_line, last_line] = self.bounds;
        let away = [column - first_column, last_column - column, line - first_line, last_line - line];
        let last_ring = away.into_iter().fold(0, i64::max);
        let mut found: Vec<(f64, Star)> = Vec::new();
        for ring in 0..=last_ring {
            let rim = (-ring..=ring).flat_map(|dy| {
                let step = if dy.abs() == ring { 1 } else { (2 * ring).max(1) };
                (-ring..=ring).step_by(step as usize).map(move |dx| (column + dx, line + dy))
            });
            let stars = rim.filter_map(|cell| self.cells.get(&cell)).flatten().filter(|star| star.row != row);
            found.extend(stars.map(|star| (distance2(star.place, place), *star)));
            found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.row.cmp(&b.1.row)));
            found.truncate(LOCAL_STARS);
            // Whatever lies in a farther ring is at least this far away.
            let reached_px = ring as f64 * self.side_px;
            if found.len() == LOCAL_STARS && found.last().is_some_and(|last| last.0 <= reached_px * reached_px) {
                break;
            }
        }
        found.into_iter().map(|(_, star)| star.fwhm_px).collect()
    }
}

fn cell_of(place: PixelPos, side_px: f64) -> (i64, i64) {
    // Half a cell off, so that a cell without an end holds negative places too.
    ((place.x_px / side_px + 0.5).floor() as i64, (place.y_px / side_px + 0.5).floor() as i64)
}

fn distance2(a: PixelPos, b: PixelPos) -> f64 {
    let (dx, dy) = (a.x_px - b.x_px, a.y_px - b.y_px);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use test_sky::assert_close;

    use super::*;

    #[test]
    fn the_core_needs_both_distances() {
        let params = EdgeParams::default();
        let at = |x: f64, scale: f64| edge_distance(PixelPos::new(x, 500.0), (1000, 1000), scale, &params);
        assert!(at(199.5, 1.7).is_core, "200 px = 340 arcsec");
        assert!(!at(199.4, 1.7).is_core, "199.9 px");
        assert!(!at(250.0, 0.2).is_core, "250 px are only 50 arcsec at 0.2 arcsec a pixel");
        assert_close!(at(999.5, 1.7).px, 0.0, abs = 1e-12, "the outer edge of the last pixel");
    }

    #[test]
    fn widths_are_compared_with_the_stars_nearby() {
        // Two clumps of stars, 2.5 px wide on the left, 5 px on the right; one 5 px wide row among the left ones.
        let mut rows: Vec<(PixelPos, f64, bool)> = Vec::new();
        for i in 0..20 {
            rows.push((PixelPos::new(f64::from(i), 10.0), 2.5, true));
            rows.push((PixelPos::new(1000.0 + f64::from(i), 10.0), 5.0, true));
        }
        rows.push((PixelPos::new(10.0, 12.0), 5.0, false));
        let ratios = local_fwhm_ratios(&rows);
        assert_close!(ratios[40], 2.0, abs = 1e-12, "twice as wide as the stars around it");
        assert_close!(ratios[1], 1.0, abs = 1e-12, "a star among its like");
        assert!(local_fwhm_ratios(&rows[40..])[0].is_nan(), "no star, no ratio");
    }

    #[test]
    fn the_grid_finds_the_same_stars_as_looking_at_all() {
        let shaken = |i: usize, step: f64| 1000.0 * (i as f64 * step).fract();
        let rows: Vec<(PixelPos, f64, bool)> = (0..400)
            .map(|i| {
                let place = PixelPos::new(shaken(i, 0.618_033_988), shaken(i, 0.754_877_666) * (i % 3) as f64);
                (place, 2.0 + (i % 17) as f64 * 0.1, i % 4 != 0)
            })
            .collect();
        for (i, ratio) in local_fwhm_ratios(&rows).into_iter().enumerate() {
            let mut others: Vec<(f64, usize)> = (0..rows.len())
                .filter(|&j| j != i && rows[j].2)
                .map(|j| (distance2(rows[i].0, rows[j].0), j))
                .collect();
            others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let mut widths: Vec<f64> = others[..LOCAL_STARS].iter().map(|&(_, j)| rows[j].1).collect();
            let local = sky_stats::median(&mut widths).expect("fifteen stars");
            assert_close!(ratio, rows[i].1 / local, abs = 1e-12, "row {i}");
        }
    }
}
