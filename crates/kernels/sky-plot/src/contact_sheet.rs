//! A page of cutouts.

use ndarray::Array2;

use crate::axis::TITLE_SIZE;
use crate::cutout::{Stretch, grey};
use crate::font::text_width;
use crate::picture::{Ink, Mark, Picture, TextAnchor};

/// One cutout with its caption; its object is in the middle.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Pixels, NaN where there are none.
    pub pixels: Array2<f32>,
    /// Lines under it; a line wider than the cutout goes on in the next.
    pub caption: Vec<String>,
}

/// Cutouts in a row.
const COLUMNS: usize = 6;
/// Side of a cutout on the page, pixels.
const SIDE_PX: usize = 122;
/// Space around cutouts, pixels.
const GAP_PX: f64 = 12.0;
/// Height of the capitals of a caption, and from line to line, pixels.
const CAPTION_SIZE: f64 = 7.5;
const CAPTION_STEP: f64 = 13.0;

/// All stamps, six in a row, with marks that point to the middle of each. `note` stands under the title.
pub fn contact_sheet(title: &str, note: &str, stamps: &[Stamp]) -> Picture {
    let captions: Vec<Vec<String>> = stamps.iter().map(|stamp| wrap(&stamp.caption)).collect();
    let lines = captions.iter().map(Vec::len).max().unwrap_or(0);
    let (step_x, step_y) = (SIDE_PX as f64 + GAP_PX, SIDE_PX as f64 + GAP_PX + 6.0 + CAPTION_STEP * lines as f64);
    let rows = stamps.len().div_ceil(COLUMNS);
    let width = GAP_PX + COLUMNS as f64 * step_x;
    let top = 58.0;
    let mut picture = Picture::new(width as u32, (top + step_y * rows as f64 + 4.0) as u32, title);
    picture.text((0.5 * width, 24.0), TextAnchor::Middle, TITLE_SIZE, title);
    picture.text((0.5 * width, 44.0), TextAnchor::Middle, 9.0, note);
    for (index, (stamp, caption)) in stamps.iter().zip(&captions).enumerate() {
        let left = GAP_PX + step_x * (index % COLUMNS) as f64;
        let top = top + step_y * (index / COLUMNS) as f64;
        let side = stamp.pixels.nrows().max(stamp.pixels.ncols()).max(1);
        let zoom = (SIDE_PX / side).max(1);
        let image = grey(stamp.pixels.view(), Stretch::of(stamp.pixels.view()));
        let drawn = (side * zoom) as f64;
        picture.marks.push(Mark::Image { at: (left, top), zoom, image });
        pointers(&mut picture, left + 0.5 * drawn, top + 0.5 * drawn, 0.5 * drawn);
        for (line, text) in caption.iter().enumerate() {
            let baseline = top + drawn + 5.0 + CAPTION_STEP * (line + 1) as f64 - 3.0;
            picture.text((left, baseline), TextAnchor::Start, CAPTION_SIZE, text);
        }
    }
    picture
}

/// Lines that are no wider than a cutout.
fn wrap(caption: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for text in caption {
        let mut line = String::new();
        for c in text.chars() {
            line.push(c);
            if text_width(&line, CAPTION_SIZE) > SIDE_PX as f64 {
                line.pop();
                lines.push(std::mem::replace(&mut line, c.to_string()));
            }
        }
        lines.push(line);
    }
    lines
}

/// Two short lines from the right and from above that end beside the object.
fn pointers(picture: &mut Picture, x: f64, y: f64, half: f64) {
    let (from, to) = (0.55 * half, 0.25 * half);
    picture.line(vec![(x + to, y), (x + from, y)], Ink::Series(1), 1.5);
    picture.line(vec![(x, y - to), (x, y - from)], Ink::Series(1), 1.5);
}
