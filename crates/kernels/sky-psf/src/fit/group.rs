//! Which sources are fitted together.

use sky_coords::PixelPos;

use crate::neighbours::Neighbours;

/// Friends of friends within `link_px`, at most `max_group` in each: larger ones are halved along their longer side.
/// Groups are in the order of their first members; members ascend. Positions that are not finite are in none.
pub(crate) fn groups(
    positions: &[PixelPos],
    neighbours: &Neighbours<'_>,
    link_px: f64,
    max_group: usize,
) -> Vec<Vec<usize>> {
    let mut seen = vec![false; positions.len()];
    let mut groups = Vec::new();
    for start in 0..positions.len() {
        if seen[start] || !(positions[start].x_px.is_finite() && positions[start].y_px.is_finite()) {
            continue;
        }
        seen[start] = true;
        let mut members = vec![start];
        let mut next = 0;
        while next < members.len() {
            let centre = positions[members[next]];
            neighbours.within(centre, link_px, |other, _| {
                if !seen[other] {
                    seen[other] = true;
                    members.push(other);
                }
            });
            next += 1;
        }
        divide(positions, members, max_group, &mut groups);
    }
    groups.sort_unstable();
    groups
}

fn divide(positions: &[PixelPos], mut members: Vec<usize>, max_group: usize, groups: &mut Vec<Vec<usize>>) {
    if members.len() <= max_group.max(1) {
        members.sort_unstable();
        groups.push(members);
        return;
    }
    let extent = |of: fn(&PixelPos) -> f64| {
        let values = members.iter().map(|&m| of(&positions[m]));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        high - low
    };
    let along: fn(&PixelPos) -> f64 = if extent(|p| p.x_px) >= extent(|p| p.y_px) { |p| p.x_px } else { |p| p.y_px };
    members.sort_unstable_by(|&a, &b| along(&positions[a]).total_cmp(&along(&positions[b])).then(a.cmp(&b)));
    let rest = members.split_off(members.len() / 2);
    divide(positions, members, max_group, groups);
    divide(positions, rest, max_group, groups);
}
