//! Triangles of stars and what stays of them under rotation, mirror and scale.

use crate::Star;

/// A triangle with its corners in an order that a similarity does not change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Triangle {
    /// Indices of the corners: opposite the shortest, the middle and the longest side.
    pub(crate) corners: [u32; 3],
    /// Middle over longest side, shortest over longest side.
    pub(crate) ratios: [f64; 2],
    /// Longest side in pixels.
    pub(crate) longest_px: f64,
}

/// Sides shorter than this share of the longest say little of the shape.
const LEAST_RATIO: f64 = 0.1;
/// Triangles whose two longer, or two shorter, sides are this alike have corners that noise swaps (Valdes et al. 1995).
const LEAST_DIFFERENCE: f64 = 0.01;
/// Triangles with a longest side below this are as uncertain as their stars, pixels.
const LEAST_SIDE_PX: f64 = 12.0;

/// All usable triangles of the stars, sorted by their first ratio.
pub(crate) fn triangles(stars: &[Star]) -> Vec<Triangle> {
    let mut found = Vec::new();
    for i in 0..stars.len() {
        for j in i + 1..stars.len() {
            for k in j + 1..stars.len() {
                found.extend(triangle(stars, [i, j, k]));
            }
        }
    }
    found.sort_by(|a, b| a.ratios[0].total_cmp(&b.ratios[0]).then(a.corners.cmp(&b.corners)));
    found
}

fn triangle(stars: &[Star], corners: [usize; 3]) -> Option<Triangle> {
    let side = |a: usize, b: usize| (stars[a].x_px - stars[b].x_px).hypot(stars[a].y_px - stars[b].y_px);
    let [i, j, k] = corners;
    // Each side with the corner opposite to it.
    let mut sides = [(side(j, k), i), (side(i, k), j), (side(i, j), k)];
    sides.sort_by(|a, b| a.0.total_cmp(&b.0));
    let longest_px = sides[2].0;
    let ratios = [sides[1].0 / longest_px, sides[0].0 / longest_px];
    let usable = longest_px >= LEAST_SIDE_PX
        && ratios[1] >= LEAST_RATIO
        && 1.0 - ratios[0] >= LEAST_DIFFERENCE
        && ratios[0] - ratios[1] >= LEAST_DIFFERENCE;
    let corners = [sides[0].1 as u32, sides[1].1 as u32, sides[2].1 as u32];
    usable.then_some(Triangle { corners, ratios, longest_px })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_stay_under_rotation_mirror_and_scale() {
        let plain = [(0.0, 0.0), (100.0, 10.0), (30.0, 60.0)];
        let star = |(x_px, y_px)| Star { x_px, y_px, flux: 1.0 };
        let first = triangles(&plain.map(star));
        let turned = triangles(&plain.map(|(x, y)| star((5.0 - 1.02 * y, 9.0 - 1.02 * x))));
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].corners, turned[0].corners);
        assert!((first[0].ratios[0] - turned[0].ratios[0]).abs() < 1e-12);
        assert!((turned[0].longest_px / first[0].longest_px - 1.02).abs() < 1e-12);
    }
}
