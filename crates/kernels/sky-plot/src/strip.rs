//! Strips of a night: one column a frame, one row a quantity, with its limits and the verdict.

use crate::axis::{LABEL_SIZE, TICK_SIZE, TITLE_SIZE, Ticks};
use crate::picture::{Ink, Mark, Picture, TextAnchor};

/// One quantity of all frames, in the order of the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct StripRow {
    /// Name with its unit.
    pub name: String,
    /// Value of each frame; NaN where there is none.
    pub values: Vec<f64>,
    /// Smallest value that is kept.
    pub least: Option<f64>,
    /// Largest value that is kept.
    pub greatest: Option<f64>,
    /// Whether a frame broke a limit of this quantity.
    pub broken: Vec<bool>,
}

/// Page and rows, pixels.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 132.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 64.0;
const VERDICT_HEIGHT: f64 = 18.0;
const ROW_HEIGHT: f64 = 74.0;
const GAP: f64 = 14.0;
const BOTTOM: f64 = 34.0;
/// Colours: kept and rejected.
const KEPT: Ink = Ink::Series(2);
const REJECTED: Ink = Ink::Series(1);
/// A limit.
const LIMIT: Ink = Ink::Series(0);

/// A strip picture. `kept`: verdict on each frame; `reference`: column of the frame that the others are laid on.
pub fn strip(title: &str, kept: &[bool], reference: Option<usize>, rows: &[StripRow]) -> Picture {
    let height = TOP + VERDICT_HEIGHT + rows.len() as f64 * (ROW_HEIGHT + GAP) + BOTTOM;
    let mut picture = Picture::new(WIDTH as u32, height as u32, title);
    picture.text((0.5 * WIDTH, 22.0), TextAnchor::Middle, TITLE_SIZE, title);
    let step = (WIDTH - LEFT - RIGHT) / kept.len().max(1) as f64;
    let column = |at: usize| LEFT + step * at as f64;
    verdicts(&mut picture, kept, reference, step, &column);
    for (index, row) in rows.iter().enumerate() {
        let top = TOP + VERDICT_HEIGHT + GAP + index as f64 * (ROW_HEIGHT + GAP);
        draw_row(&mut picture, row, kept, top, step, &column);
    }
    let foot = height - BOTTOM + 22.0;
    picture.text((0.5 * (LEFT + WIDTH - RIGHT), foot), TextAnchor::Middle, LABEL_SIZE, "frames in the order of time");
    picture
}

fn verdicts(picture: &mut Picture, kept: &[bool], reference: Option<usize>, step: f64, column: &dyn Fn(usize) -> f64) {
    picture.text((LEFT - 9.0, TOP + 13.0), TextAnchor::End, TICK_SIZE, "verdict");
    for (at, is_kept) in kept.iter().enumerate() {
        let margin = if step > 4.0 { 1.0 } else { 0.0 };
        let corners = [column(at) + margin, TOP, column(at) + step - margin, TOP + VERDICT_HEIGHT];
        picture.marks.push(Mark::Rect { corners, ink: if *is_kept { KEPT } else { REJECTED } });
    }
    if let Some(at) = reference {
        picture.text((column(at) + 0.5 * step, TOP - 6.0), TextAnchor::Middle, TICK_SIZE, "reference");
    }
    // The key stands in the empty corner beside the title.
    for (index, (name, ink)) in [("kept", KEPT), ("rejected", REJECTED), ("limit", LIMIT)].into_iter().enumerate() {
        let x = LEFT - 118.0 + 86.0 * index as f64;
        let (y, side) = (40.0, 8.0);
        picture.marks.push(Mark::Rect { corners: [x, y - side, x + side, y], ink });
        picture.text((x + 12.0, y), TextAnchor::Start, TICK_SIZE, name);
    }
}

fn draw_row(picture: &mut Picture, row: &StripRow, kept: &[bool], top: f64, step: f64, column: &dyn Fn(usize) -> f64) {
    let (right, bottom) = (WIDTH - RIGHT, top + ROW_HEIGHT);
    let (low, high) = range(row);
    let place = |value: f64| bottom - (value - low) / (high - low) * ROW_HEIGHT;
    let ticks = Ticks::new(low, high, 3, 0.0);
    for value in &ticks.values {
        let y = libm::round(place(*value)) + 0.5;
        picture.line(vec![(LEFT, y), (right, y)], Ink::Grid, 1.0);
        picture.text((LEFT - 9.0, y + 0.5 * TICK_SIZE), TextAnchor::End, TICK_SIZE, &ticks.label(*value));
    }
    let edge = |value: f64| libm::round(value) + 0.5;
    let corners = [(LEFT, top), (right, top), (right, bottom), (LEFT, bottom), (LEFT, top)];
    picture.line(corners.iter().map(|(x, y)| (edge(*x), edge(*y))).collect(), Ink::Axis, 1.0);
    for limit in [row.least, row.greatest].into_iter().flatten().filter(|limit| (low..=high).contains(limit)) {
        picture.line(vec![(LEFT, place(limit)), (right, place(limit))], LIMIT, 1.5);
    }
    let radius = (0.3 * step).clamp(1.0, 4.0);
    for (ink, wanted) in [(KEPT, true), (REJECTED, false)] {
        let dots = |is_broken: bool| -> Vec<(f64, f64)> {
            (0..row.values.len())
                .filter(|at| row.values[*at].is_finite() && kept.get(*at) == Some(&wanted))
                .filter(|at| row.broken.get(*at).copied().unwrap_or(false) == is_broken)
                .map(|at| (column(at) + 0.5 * step, place(row.values[at])))
                .collect()
        };
        picture.marks.push(Mark::Discs { centres: dots(false), radius, ink });
        // A frame that broke this very limit has a ring around its dot.
        let broken = dots(true);
        picture.marks.push(Mark::Discs { centres: broken.clone(), radius, ink });
        picture.marks.push(Mark::Rings { centres: broken, radius: radius + 3.0, ink });
    }
    picture.marks.push(Mark::Text {
        at: (20.0, 0.5 * (top + bottom)),
        anchor: TextAnchor::Middle,
        size: TICK_SIZE,
        text: row.name.clone(),
        upwards: true,
    });
}

/// Values and limits with a margin; a limit far beyond all values is not drawn, so that the values can be told apart.
fn range(row: &StripRow) -> (f64, f64) {
    let finite = || row.values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let spread = (high - low).max(0.02 * high.abs()).max(1e-6);
    let near = |limit: &f64| *limit > low - 3.0 * spread && *limit < high + 3.0 * spread;
    let limits = || [row.least, row.greatest].into_iter().flatten().filter(near);
    let (low, high) = (limits().fold(low, f64::min), limits().fold(high, f64::max));
    let margin = 0.1 * (high - low).max(spread);
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_near_the_values_are_drawn_and_missing_values_are_not() {
        let row = StripRow {
            name: "FWHM, px".to_owned(),
            values: vec![3.0, f64::NAN, 3.4],
            least: None,
            greatest: Some(3.3),
            broken: vec![false, false, true],
        };
        let (low, high) = range(&row);
        assert!(low < 3.0 && high > 3.4);
        let picture = strip("night", &[true, false, false], Some(0), std::slice::from_ref(&row));
        let drawn: usize = picture
            .marks
            .iter()
            .map(|mark| match mark {
                Mark::Discs { centres, .. } => centres.len(),
                _ => 0,
            })
            .sum();
        assert_eq!(drawn, 2, "one dot a value");
        let far = StripRow { greatest: Some(40.0), ..row };
        assert!(range(&far).1 < 5.0, "a limit of 40 px would press the values flat");
        let svg = strip("night", &[], None, &[far]).to_svg().expect("a night without frames is drawn");
        assert!(!svg.contains("NaN"));
    }
}
