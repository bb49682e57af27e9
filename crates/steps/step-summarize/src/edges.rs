//! The edge statistic: candidates in rings around the plate's centre against what the covered area lets expect.
//!
//! Defects crowd towards the edges of plates, stars do not (Watters et al. 2026; the 440 of vasco60 have z = 3.8 beyond 2 degrees).

use std::collections::BTreeMap;

use crate::chain::{Chain, facts};
use crate::rows::{KeptRow, OnPlate, Tile};

/// Arc seconds in a mm of a Schmidt plate (PLTSCALE).
const PLATE_SCALE_ARCSEC_MM: f64 = 67.2;
/// Places along each side of a tile at which its area is sampled.
const SAMPLES: usize = 100;

/// One ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ring {
    pub(crate) from_deg: f64,
    pub(crate) to_deg: f64,
    pub(crate) observed: u64,
    pub(crate) expected: f64,
}

impl Ring {
    /// Excess in standard deviations of a Poisson count; `None` where none is expected.
    pub(crate) fn z(&self) -> Option<f64> {
        (self.expected > 0.0).then(|| (self.observed as f64 - self.expected) / self.expected.sqrt())
    }
}

/// A tile as a rectangle of its plate, mm.
struct Rectangle {
    x: (f64, f64),
    y: (f64, f64),
}

/// Rings out to the farthest covered place. The area of an overlap on one plate counts once, that under masks is not taken out.
pub(crate) fn rings(chain: &Chain, tiles: &[Tile], rows: &[&KeptRow], ring_deg: f64) -> Vec<Ring> {
    let ring_of = |x_mm: f64, y_mm: f64| (libm::hypot(x_mm, y_mm) * PLATE_SCALE_ARCSEC_MM / 3600.0 / ring_deg) as usize;
    let mut area: BTreeMap<usize, f64> = BTreeMap::new();
    let mut done: BTreeMap<&str, Vec<Rectangle>> = BTreeMap::new();
    for tile in tiles {
        let size = facts(&chain.frames, &tile.id).map(|frame| (frame.width_px, frame.height_px)).or_else(|| {
            facts(&chain.catalog, &tile.id).and_then(|catalog| Some((catalog.width_px?, catalog.height_px?)))
        });
        let (Some(on_plate), Some((width, height))) = (tile.on_plate, size) else { continue };
        let before = done.entry(&tile.plate_id).or_default();
        sample(&on_plate, (width as f64, height as f64), before, |x, y, area_mm2| {
            *area.entry(ring_of(x, y)).or_default() += area_mm2;
        });
        before.push(rectangle(&on_plate, width as f64, height as f64));
    }
    let total: f64 = area.values().sum();
    let mut observed: BTreeMap<usize, u64> = BTreeMap::new();
    for (x, y) in rows.iter().map(|row| row.plate_mm).filter(|(x, y)| x.is_finite() && y.is_finite()) {
        *observed.entry(ring_of(x, y)).or_default() += 1;
    }
    let count: u64 = observed.values().sum();
    let last = area.keys().chain(observed.keys()).max().map_or(0, |last| last + 1);
    (0..last)
        .map(|ring| Ring {
            from_deg: ring as f64 * ring_deg,
            to_deg: (ring + 1) as f64 * ring_deg,
            observed: observed.get(&ring).copied().unwrap_or(0),
            expected: if total > 0.0 { count as f64 * area.get(&ring).copied().unwrap_or(0.0) / total } else { 0.0 },
        })
        .collect()
}

fn rectangle(on_plate: &OnPlate, width: f64, height: f64) -> Rectangle {
    let ends = |(start, slope): (f64, f64), pixels: f64| {
        let (a, b) = (start + 0.5 * slope, start + (pixels + 0.5) * slope);
        (a.min(b), a.max(b))
    };
    Rectangle { x: ends(on_plate.x, width), y: ends(on_plate.y, height) }
}

/// Gives each sampled place of a tile that no earlier tile of the plate covers, with the area that it stands for.
fn sample(on_plate: &OnPlate, (width, height): (f64, f64), before: &[Rectangle], mut give: impl FnMut(f64, f64, f64)) {
    let pixel_mm2 = (on_plate.x.1 * on_plate.y.1).abs();
    let area_mm2 = pixel_mm2 * width * height / (SAMPLES * SAMPLES) as f64;
    let inside = |value: f64, (low, high): (f64, f64)| value >= low && value <= high;
    for row in 0..SAMPLES {
        let y = on_plate.y.0 + on_plate.y.1 * (0.5 + height * (row as f64 + 0.5) / SAMPLES as f64);
        for column in 0..SAMPLES {
            let x = on_plate.x.0 + on_plate.x.1 * (0.5 + width * (column as f64 + 0.5) / SAMPLES as f64);
            if !before.iter().any(|rectangle| inside(x, rectangle.x) && inside(y, rectangle.y)) {
                give(x, y, area_mm2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OnPlate, rectangle, sample};

    #[test]
    fn overlapping_tiles_of_a_plate_count_once() {
        let on_plate = |shift: f64| OnPlate { x: (10.0 - shift, -0.025), y: (shift, 0.025) };
        let mut total = 0.0;
        let first = on_plate(0.0);
        sample(&first, (1000.0, 1000.0), &[], |_, _, area| total += area);
        assert!((total - 25.0 * 25.0).abs() < 1e-6, "{total} square mm of a tile of 25 mm");
        sample(&on_plate(12.5), (1000.0, 1000.0), &[rectangle(&first, 1000.0, 1000.0)], |_, _, area| total += area);
        assert!((total - 625.0 * 1.75).abs() < 5.0, "{total}: a quarter of the second tile lies on the first");
    }
}
