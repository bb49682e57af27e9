//! Columns that no rule decides by unless asked: distance from the edge, width against the stars around.

use sky_coords::PixelPos;

use crate::params::EdgeParams;

/// Stars around a detection whose median width stands for the local point spread function.
const LOCAL_STARS: usize = 15;

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
    let stars: Vec<(usize, PixelPos, f64)> = rows
        .iter()
        .enumerate()
        .filter(|(_, (_, fwhm, is_star))| *is_star && *fwhm > 0.0)
        .map(|(i, &(place, fwhm, _))| (i, place, fwhm))
        .collect();
    let distance2 = |a: PixelPos, b: PixelPos| {
        let (dx, dy) = (a.x_px - b.x_px, a.y_px - b.y_px);
        dx * dx + dy * dy
    };
    rows.iter()
        .enumerate()
        .map(|(i, &(place, fwhm, _))| {
            let mut others: Vec<(f64, usize, f64)> = stars
                .iter()
                .filter(|(star, ..)| *star != i)
                .map(|&(star, at, width)| (distance2(place, at), star, width))
                .collect();
            if others.len() > LOCAL_STARS {
                others.select_nth_unstable_by(LOCAL_STARS - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                others.truncate(LOCAL_STARS);
            }
            let mut widths: Vec<f64> = others.into_iter().map(|(.., width)| width).collect();
            sky_stats::median(&mut widths).map_or(f64::NAN, |local| fwhm / local)
        })
        .collect()
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
}
