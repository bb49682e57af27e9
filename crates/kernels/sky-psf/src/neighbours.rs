//! Which positions lie near another one.

use sky_coords::PixelPos;

/// Positions sorted into square cells.
pub(crate) struct Neighbours<'a> {
    positions: &'a [PixelPos],
    cell_px: f64,
    /// (cell row, cell column, index), sorted.
    members: Vec<(i64, i64, usize)>,
}

impl<'a> Neighbours<'a> {
    /// Sorts the finite ones of `positions` into cells of `cell_px`, about the radius of the searches to come.
    pub(crate) fn new(positions: &'a [PixelPos], cell_px: f64) -> Self {
        let cell = |value: f64| (value / cell_px).floor() as i64;
        let mut members: Vec<_> = positions
            .iter()
            .enumerate()
            .filter(|(_, p)| p.x_px.is_finite() && p.y_px.is_finite())
            .map(|(index, p)| (cell(p.y_px), cell(p.x_px), index))
            .collect();
        members.sort_unstable();
        Self { positions, cell_px, members }
    }

    /// Calls `found` with index and distance of each position within `radius_px` of `centre`, in a fixed order.
    pub(crate) fn within(&self, centre: PixelPos, radius_px: f64, mut found: impl FnMut(usize, f64)) {
        let cell = |value: f64| (value / self.cell_px).floor() as i64;
        let (first, last) = (cell(centre.x_px - radius_px), cell(centre.x_px + radius_px));
        for row in cell(centre.y_px - radius_px)..=cell(centre.y_px + radius_px) {
            let start = self.members.partition_point(|member| (member.0, member.1) < (row, first));
            for &(_, _, index) in self.members[start..].iter().take_while(|m| m.0 == row && m.1 <= last) {
                let place = self.positions[index];
                let (dx, dy) = (place.x_px - centre.x_px, place.y_px - centre.y_px);
                let distance = (dx * dx + dy * dy).sqrt();
                if distance <= radius_px {
                    found(index, distance);
                }
            }
        }
    }
}

/// Sources with the radius of their light. The few with much light are kept apart, so that the search for all others stays
/// near.
pub(crate) struct Lit<'a> {
    positions: &'a [PixelPos],
    light_px: &'a [f64],
    near: Neighbours<'a>,
    wide: Vec<usize>,
}

/// Light beyond this is much, pixels.
const WIDE_PX: f64 = 16.0;

impl<'a> Lit<'a> {
    /// Positions, each with the radius of its light.
    pub(crate) fn new(positions: &'a [PixelPos], light_px: &'a [f64]) -> Self {
        let finite = |place: &PixelPos| place.x_px.is_finite() && place.y_px.is_finite();
        let is_wide = |k: &usize| light_px[*k] > WIDE_PX && finite(&positions[*k]);
        let wide = (0..positions.len()).filter(is_wide).collect();
        Self { positions, light_px, near: Neighbours::new(positions, WIDE_PX), wide }
    }

    /// Calls `found` with index and distance of each source whose light comes within `radius_px` of `centre`, and maybe of
    /// some others; in a fixed order.
    pub(crate) fn reaching(&self, centre: PixelPos, radius_px: f64, mut found: impl FnMut(usize, f64)) {
        self.near.within(centre, radius_px + WIDE_PX, |other, distance_px| {
            if self.light_px[other] <= WIDE_PX {
                found(other, distance_px);
            }
        });
        for &other in &self.wide {
            let place = self.positions[other];
            let (dx, dy) = (place.x_px - centre.x_px, place.y_px - centre.y_px);
            let reach_px = radius_px + self.light_px[other];
            if dx * dx + dy * dy <= reach_px * reach_px {
                found(other, (dx * dx + dy * dy).sqrt());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_are_found_as_by_trying_all() {
        let positions: Vec<PixelPos> =
            (0..300).map(|k| PixelPos::new(f64::from(k * 37 % 101) - 20.0, f64::from(k * 53 % 97) - 20.0)).collect();
        let neighbours = Neighbours::new(&positions, 5.0);
        for centre in &positions {
            let mut found = Vec::new();
            neighbours.within(*centre, 7.5, |index, _| found.push(index));
            found.sort_unstable();
            let all: Vec<usize> = (0..positions.len())
                .filter(|&k| {
                    let (dx, dy) = (positions[k].x_px - centre.x_px, positions[k].y_px - centre.y_px);
                    dx * dx + dy * dy <= 7.5 * 7.5
                })
                .collect();
            assert_eq!(found, all, "neighbours of {centre:?}");
        }
    }
    #[test]
    fn light_is_found_wherever_it_comes_from() {
        let positions: Vec<PixelPos> =
            (0..300).map(|k| PixelPos::new(f64::from(k * 37 % 401), f64::from(k * 53 % 397))).collect();
        let light_px: Vec<f64> = (0..300).map(|k| if k % 17 == 0 { 90.0 } else { f64::from(k % 13) }).collect();
        let lit = Lit::new(&positions, &light_px);
        for centre in &positions {
            let mut found = Vec::new();
            lit.reaching(*centre, 5.0, |index, distance_px| {
                if distance_px <= light_px[index] + 5.0 {
                    found.push(index);
                }
            });
            found.sort_unstable();
            let reaches = |k: &usize| {
                let (dx, dy) = (positions[*k].x_px - centre.x_px, positions[*k].y_px - centre.y_px);
                (dx * dx + dy * dy).sqrt() <= light_px[*k] + 5.0
            };
            assert_eq!(found, (0..300).filter(reaches).collect::<Vec<_>>(), "light around {centre:?}");
        }
    }
}
