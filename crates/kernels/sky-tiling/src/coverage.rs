//! How much of the sky the tiles of a plan cover together.

use sky_coords::{SkyPos, StandardPos, TangentPlane};
use sky_match::ZoneIndex;

use crate::tile::Placement;

/// A share of a tile below which it counts as fully covered by others: less than the sphere's curvature changes the area.
const NOTHING_LEFT: f64 = 1e-6;

/// A convex polygon on a tangent plane, counter-clockwise, arcsec.
type Polygon = Vec<(f64, f64)>;

/// For each tile the share of its area that no tile before it in the list covers.
///
/// Great circles are straight on a tangent plane, so the other tiles are convex quadrangles on the plane of each tile, and
/// what they leave is found exactly by cutting polygons. (Area on the plane stands for area on the sphere: for tiles of
/// 60' the two differ by less than 2e-4.)
pub(crate) fn shares_left(placements: &[Placement]) -> Vec<f64> {
    let centres: Vec<SkyPos> = placements.iter().map(|placement| placement.centre).collect();
    let reach_arcsec =
        placements.iter().map(|placement| placement.size.half_diagonal_arcsec()).fold(0.0, f64::max) * 2.0;
    // Tiles are at most 390' wide, so the reach is below the largest radius of a match; were it not, nothing is shared.
    let Ok(index) = ZoneIndex::new(&centres, reach_arcsec) else { return vec![1.0; placements.len()] };
    placements
        .iter()
        .enumerate()
        .map(|(position, placement)| {
            let plane = TangentPlane::new(placement.centre);
            let whole = on_plane(&plane, placement);
            let whole_area = area(&whole);
            let mut left = vec![whole];
            for neighbour in index.within(placement.centre) {
                if neighbour.index < position {
                    let other = on_plane(&plane, &placements[neighbour.index]);
                    left = left.into_iter().flat_map(|piece| without(piece, &other)).collect();
                    if left.iter().map(area).fold(0.0, |sum, part| sum + part) < NOTHING_LEFT * whole_area {
                        return 0.0;
                    }
                }
            }
            left.iter().map(area).fold(0.0, |sum, part| sum + part) / whole_area
        })
        .collect()
}

/// The corners of a tile on another tile's plane. Both are near each other, so all corners have an image.
fn on_plane(plane: &TangentPlane, placement: &Placement) -> Polygon {
    let own = TangentPlane::new(placement.centre);
    let (a, b) = (placement.size.width_arcmin * 30.0, placement.size.height_arcmin * 30.0);
    [(-a, -b), (a, -b), (a, b), (-a, b)]
        .into_iter()
        .filter_map(|(xi, eta)| plane.project(own.deproject(StandardPos::new(xi, eta))))
        .map(|corner| (corner.xi_arcsec, corner.eta_arcsec))
        .collect()
}

/// What is left of `piece` outside of the convex polygon `hole`: convex pieces, side by side.
fn without(piece: Polygon, hole: &Polygon) -> Vec<Polygon> {
    let mut outside = Vec::new();
    let mut inside = piece.clone();
    for (corner, &from) in hole.iter().enumerate() {
        let to = hole[(corner + 1) % hole.len()];
        let beyond = half(&inside, from, to, -1.0);
        if area(&beyond) > 0.0 {
            outside.push(beyond);
        }
        inside = half(&inside, from, to, 1.0);
        if inside.is_empty() {
            return vec![piece];
        }
    }
    outside
}

/// The part of a convex polygon to the left (`side` 1) or to the right (-1) of the line from `from` to `to`
/// (Sutherland & Hodgman 1974, CACM 17, 32).
fn half(polygon: &Polygon, from: (f64, f64), to: (f64, f64), side: f64) -> Polygon {
    let height =
        |point: (f64, f64)| side * ((to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0));
    let mut kept = Polygon::new();
    for (corner, &point) in polygon.iter().enumerate() {
        let next = polygon[(corner + 1) % polygon.len()];
        let (here, there) = (height(point), height(next));
        if here >= 0.0 {
            kept.push(point);
        }
        if (here > 0.0 && there < 0.0) || (here < 0.0 && there > 0.0) {
            let share = here / (here - there);
            kept.push((point.0 + share * (next.0 - point.0), point.1 + share * (next.1 - point.1)));
        }
    }
    if kept.len() < 3 { Polygon::new() } else { kept }
}

/// Area of a polygon (shoelace formula), square arcsec.
fn area(polygon: &Polygon) -> f64 {
    let cross = |corner: usize| {
        let (a, b) = (polygon[corner], polygon[(corner + 1) % polygon.len()]);
        a.0 * b.1 - a.1 * b.0
    };
    (0..polygon.len()).map(cross).fold(0.0, |sum, part| sum + part) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::TileSize;

    fn at(ra_deg: f64, dec_deg: f64) -> Placement {
        Placement { centre: SkyPos::new(ra_deg, dec_deg), size: TileSize::default(), target: None, plate: None }
    }

    #[test]
    fn half_a_tile_is_left_beside_one_shifted_by_half() {
        let shares = shares_left(&[at(359.75, 0.0), at(0.25, 0.0), at(30.0, 0.0), at(0.25, 0.0)]);
        for (found, expected) in shares.iter().zip([1.0, 0.5, 1.0, 0.0]) {
            assert!((found - expected).abs() < 1e-4, "{shares:?}");
        }
    }

    #[test]
    fn what_two_tiles_cover_is_not_counted_twice() {
        let shares = shares_left(&[at(10.0, 0.5), at(10.0, -0.5), at(10.25, 0.0)]);
        assert!((shares[2] - 0.25).abs() < 1e-4, "a quarter sticks out to the east: {shares:?}");
    }
}
