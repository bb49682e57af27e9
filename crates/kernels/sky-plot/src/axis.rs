//! Axes: ticks at round numbers, and the frame that turns values into pixels.

use crate::font;
use crate::picture::{Ink, Mark, Picture, TextAnchor};

/// Height of capitals of titles, labels and tick marks, pixels.
pub(crate) const TITLE_SIZE: f64 = 13.0;
pub(crate) const LABEL_SIZE: f64 = 11.0;
pub(crate) const TICK_SIZE: f64 = 9.5;
/// Margins around the frame, pixels: left, top, right, bottom.
const MARGINS: [f64; 4] = [84.0, 54.0, 24.0, 58.0];
/// Baselines of the title and of the legend under it, pixels.
const TITLE_BASELINE: f64 = 24.0;
const LEGEND_BASELINE: f64 = 45.0;

/// Ticks at multiples of 1, 2 or 5 times a power of ten.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) values: Vec<f64>,
    pub(crate) decimals: usize,
}

impl Ticks {
    /// At most `most` ticks from `low` to `high` (`low` < `high`, finite); never nearer than `smallest`.
    pub(crate) fn new(low: f64, high: f64, most: usize, smallest: f64) -> Self {
        let raw = ((high - low) / most.max(1) as f64).max(smallest);
        let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= raw * 0.999_999).unwrap_or(raw);
        let first = libm::ceil(low / step - 1e-9) as i64;
        let last = libm::floor(high / step + 1e-9) as i64;
        let decimals = (-libm::floor(libm::log10(step) + 1e-9)).max(0.0) as usize;
        Self { values: (first..=last).map(|k| k as f64 * step).collect(), decimals }
    }

    pub(crate) fn label(&self, value: f64) -> String {
        let text = format!("{value:.*}", self.decimals);
        if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
            text.trim_start_matches('-').to_owned()
        } else {
            text
        }
    }
}

/// The frame of a plot: its pixels and the values at its edges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Left, top, right, bottom, pixels.
    pub(crate) edges: [f64; 4],
    /// Values at left and right; right may be smaller.
    pub(crate) x: (f64, f64),
    /// Values at bottom and top.
    pub(crate) y: (f64, f64),
}

impl Frame {
    /// The frame that fills a picture but for the margins.
    pub(crate) fn new(picture: &Picture, x: (f64, f64), y: (f64, f64)) -> Self {
        let [left, top, right, bottom] = MARGINS;
        let edges = [left, top, f64::from(picture.width) - right, f64::from(picture.height) - bottom];
        Self { edges, x, y }
    }

    /// Shrinks the frame so that a value has the same length along both axes, keeping its middle.
    pub(crate) fn equal_scale(mut self) -> Self {
        let [left, top, right, bottom] = self.edges;
        let scale = ((right - left) / (self.x.1 - self.x.0).abs()).min((bottom - top) / (self.y.1 - self.y.0).abs());
        let (width, height) = (scale * (self.x.1 - self.x.0).abs(), scale * (self.y.1 - self.y.0).abs());
        let (cx, cy) = (0.5 * (left + right), 0.5 * (top + bottom));
        self.edges = [cx - 0.5 * width, cy - 0.5 * height, cx + 0.5 * width, cy + 0.5 * height].map(libm::round);
        self
    }

    pub(crate) fn pixel(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, top, right, bottom] = self.edges;
        let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        (left + share(x, self.x) * (right - left), bottom - share(y, self.y) * (bottom - top))
    }

    /// Title, box, ticks, grid and labels.
    pub(crate) fn draw(
        &self,
        picture: &mut Picture,
        x_label: &str,
        y_label: &str,
        x_ticks: &Ticks,
        y_ticks: &Ticks,
        x_name: impl Fn(f64) -> String,
    ) {
        let [left, top, right, bottom] = self.edges;
        let title = picture.title.clone();
        picture.text((0.5 * f64::from(picture.width), TITLE_BASELINE), TextAnchor::Middle, TITLE_SIZE, &title);
        for value in &x_ticks.values {
            let x = libm::round(self.pixel(*value, self.y.0).0) + 0.5;
            picture.line(vec![(x, top), (x, bottom)], Ink::Grid, 1.0);
            picture.line(vec![(x, bottom), (x, bottom + 5.0)], Ink::Axis, 1.0);
            picture.text((x, bottom + 10.0 + TICK_SIZE), TextAnchor::Middle, TICK_SIZE, &x_name(*value));
        }
        let mut widest = 0.0_f64;
        for value in &y_ticks.values {
            let y = libm::round(self.pixel(self.x.0, *value).1) + 0.5;
            let name = y_ticks.label(*value);
            widest = widest.max(font::text_width(&name, TICK_SIZE));
            picture.line(vec![(left, y), (right, y)], Ink::Grid, 1.0);
            picture.line(vec![(left - 5.0, y), (left, y)], Ink::Axis, 1.0);
            picture.text((left - 9.0, y + 0.5 * TICK_SIZE), TextAnchor::End, TICK_SIZE, &name);
        }
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        picture.line(
            corners.iter().map(|(x, y)| (libm::round(*x) + 0.5, libm::round(*y) + 0.5)).collect(),
            Ink::Axis,
            1.0,
        );
        picture.text(
            (0.5 * (left + right), bottom + 20.0 + TICK_SIZE + LABEL_SIZE),
            TextAnchor::Middle,
            LABEL_SIZE,
            x_label,
        );
        let at = ((left - 18.0 - widest).max(4.0 + LABEL_SIZE), 0.5 * (top + bottom));
        picture.marks.push(Mark::Text {
            at,
            anchor: TextAnchor::Middle,
            size: LABEL_SIZE,
            text: y_label.to_owned(),
            upwards: true,
        });
    }
}

/// Names of series with their marks, in a row under the title.
pub(crate) fn legend(picture: &mut Picture, names: &[(String, Mark)]) {
    let gap = 26.0;
    let widths: Vec<f64> = names.iter().map(|(name, _)| font::text_width(name, TICK_SIZE) + gap).collect();
    let mut x = 0.5 * (f64::from(picture.width) - widths.iter().sum::<f64>()) + 8.0;
    for ((name, mark), width) in names.iter().zip(widths) {
        let mut mark = mark.clone();
        if let Mark::Discs { centres, .. } | Mark::Rings { centres, .. } = &mut mark {
            *centres = vec![(x - 8.0, LEGEND_BASELINE - 0.5 * TICK_SIZE)];
        }
        if let Mark::Line { points, .. } = &mut mark {
            *points = vec![(x - 16.0, LEGEND_BASELINE - 0.5 * TICK_SIZE), (x - 3.0, LEGEND_BASELINE - 0.5 * TICK_SIZE)];
        }
        picture.marks.push(mark);
        picture.text((x + 1.0, LEGEND_BASELINE), TextAnchor::Start, TICK_SIZE, name);
        x += width;
    }
}

#[cfg(test)]
mod tests {
    use super::Ticks;

    #[test]
    fn ticks_are_round_numbers_inside_the_range() {
        let ticks = Ticks::new(0.13, 0.92, 5, 0.0);
        assert_eq!(ticks.values.iter().map(|v| ticks.label(*v)).collect::<Vec<_>>(), ["0.2", "0.4", "0.6", "0.8"]);
        let ticks = Ticks::new(-2500.0, 2500.0, 6, 0.0);
        assert_eq!(
            ticks.values.iter().map(|v| ticks.label(*v)).collect::<Vec<_>>(),
            ["-2000", "-1000", "0", "1000", "2000"]
        );
        assert_eq!(Ticks::new(0.0, 2.0, 8, 1.0).values, [0.0, 1.0, 2.0], "counts have no halves");
    }
}
