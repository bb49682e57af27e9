//! A funnel: how many rows each stage leaves.

use crate::axis::{LABEL_SIZE, TICK_SIZE, TITLE_SIZE};
use crate::font;
use crate::picture::{Ink, Mark, Picture, TextAnchor};

/// One stage of a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What the stage is.
    pub name: String,
    /// Rows that it leaves.
    pub count: u64,
}

/// Height of a bar and the step to the next, pixels.
const BAR_PX: f64 = 18.0;
const STEP_PX: f64 = 28.0;
/// Widest column of names, pixels.
const NAMES_PX: f64 = 330.0;

/// Bars on a logarithmic scale, one a stage, with the count and what it lost; 800 pixels wide.
pub fn funnel(title: &str, stages: &[Stage]) -> Picture {
    let height = 60.0 + STEP_PX * stages.len() as f64 + 16.0;
    let mut picture = Picture::new(800, height as u32, title);
    picture.text((400.0, 26.0), TextAnchor::Middle, TITLE_SIZE, title);
    let widest = stages.iter().map(|stage| font::text_width(&stage.name, LABEL_SIZE)).fold(0.0, f64::max);
    let left = 24.0 + widest.min(NAMES_PX);
    let most = stages.iter().map(|stage| stage.count).max().unwrap_or(0);
    // log10(1 + n), so that one row is seen and none is not; room for the numbers on the right.
    let length = |count: u64| {
        (790.0 - 150.0 - left) * libm::log10(1.0 + count as f64) / libm::log10(2.0_f64.max(1.0 + most as f64))
    };
    for (index, stage) in stages.iter().enumerate() {
        let top = 46.0 + STEP_PX * index as f64;
        let baseline = top + 0.5 * (BAR_PX + LABEL_SIZE);
        picture.text((left - 8.0, baseline), TextAnchor::End, LABEL_SIZE, &stage.name);
        let right = left + length(stage.count);
        if stage.count > 0 {
            picture.marks.push(Mark::Rect { corners: [left, top, right, top + BAR_PX], ink: Ink::Series(0) });
        }
        let lost = index
            .checked_sub(1)
            .and_then(|before| stages[before].count.checked_sub(stage.count))
            .filter(|lost| *lost > 0);
        let label = match lost {
            Some(lost) => format!("{}  (-{lost})", stage.count),
            None => stage.count.to_string(),
        };
        picture.text((right + 8.0, baseline), TextAnchor::Start, TICK_SIZE + 1.0, &label);
    }
    picture.line(vec![(left, 40.0), (left, height - 16.0)], Ink::Axis, 1.0);
    picture
}
