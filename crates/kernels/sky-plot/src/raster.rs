//! Draws a picture into pixels and writes them as PNG.

use crate::cutout::GreyImage;
use crate::font;
use crate::picture::{Ink, Mark, Picture, TextAnchor};

/// A picture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The PNG encoder refused it.
    #[error("a picture of {width} x {height} pixels could not be encoded: {source}")]
    Encode {
        /// Width, pixels.
        width: u32,
        /// Height, pixels.
        height: u32,
        /// The encoder's reason.
        source: png::EncodingError,
    },
}

/// Light colours, as the style of the SVG has them.
pub(crate) fn colour(ink: Ink) -> [u8; 3] {
    match ink {
        Ink::Axis => [0x44, 0x44, 0x44],
        Ink::Grid => [0xdd, 0xdd, 0xdd],
        Ink::Text => [0x22, 0x22, 0x22],
        Ink::Series(index) => {
            [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00], [0x00, 0x9e, 0x73], [0xcc, 0x79, 0xa7], [0x56, 0xb4, 0xe9]]
                [index % 5]
        }
    }
}

impl Picture {
    /// The picture as PNG, RGB on white.
    pub fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        let mut page = Page::new(self.width as usize, self.height as usize);
        for mark in &self.marks {
            page.draw(mark);
        }
        encode(self.width, self.height, png::ColorType::Rgb, &page.bytes)
    }
}

impl GreyImage {
    /// The image as an 8-bit grey PNG.
    pub fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        encode(self.width as u32, self.height as u32, png::ColorType::Grayscale, &self.pixels)
    }
}

pub(crate) fn encode(width: u32, height: u32, colour: png::ColorType, bytes: &[u8]) -> Result<Vec<u8>, PlotError> {
    let mut out = Vec::new();
    let write = || {
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(bytes)
    };
    let mut write = write;
    write().map_err(|source| PlotError::Encode { width, height, source })?;
    Ok(out)
}

/// Pixels, three bytes each.
struct Page {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Page {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, bytes: vec![0xff; 3 * width * height] }
    }

    fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Line { points, ink, width } => {
                let strokes: Vec<_> = points.windows(2).map(|ends| [ends[0], ends[1]]).collect();
                self.strokes(&strokes, *width, colour(*ink));
            }
            Mark::Rect { corners, ink } => self.rectangle(*corners, colour(*ink)),
            Mark::Discs { centres, radius, ink } => {
                for centre in centres {
                    self.strokes(&[[*centre, *centre]], 2.0 * radius, colour(*ink));
                }
            }
            Mark::Rings { centres, radius, ink } => {
                for (x, y) in centres {
                    self.shade(
                        [x - radius - 2.0, y - radius - 2.0, x + radius + 2.0, y + radius + 2.0],
                        colour(*ink),
                        |px, py| {
                            let off = libm::hypot(px - x, py - y) - radius;
                            (1.25 - off.abs()).clamp(0.0, 1.0)
                        },
                    );
                }
            }
            Mark::Text { at, anchor, size, text, upwards } => self.text(*at, *anchor, *size, text, *upwards),
            Mark::Image { at, zoom, image } => self.image(*at, *zoom, image),
        }
    }

    fn text(&mut self, (x, y): (f64, f64), anchor: TextAnchor, size: f64, text: &str, upwards: bool) {
        let (strokes, width) = font::strokes(text, size);
        let length = font::text_width(text, size);
        let start = match anchor {
            TextAnchor::Start => 0.0,
            TextAnchor::Middle => -0.5 * length,
            TextAnchor::End => -length,
        };
        let place = |(px, py): (f64, f64)| {
            let along = px + start;
            if upwards { (x + py, y - along) } else { (x + along, y + py) }
        };
        let placed: Vec<_> = strokes.iter().map(|[a, b]| [place(*a), place(*b)]).collect();
        self.strokes(&placed, width, colour(Ink::Text));
    }

    /// Round-ended strokes that cover each pixel once, however many meet in it.
    fn strokes(&mut self, strokes: &[[(f64, f64); 2]], width: f64, colour: [u8; 3]) {
        let reach = 0.5 * width + 1.0;
        for (index, [a, b]) in strokes.iter().enumerate() {
            let bounds = [a.0.min(b.0) - reach, a.1.min(b.1) - reach, a.0.max(b.0) + reach, a.1.max(b.1) + reach];
            let cover = |stroke: &[(f64, f64); 2], x: f64, y: f64| {
                (0.5 * width + 0.5 - distance(stroke[0], stroke[1], x, y)).clamp(0.0, 1.0)
            };
            let first = index.saturating_sub(6);
            self.shade(bounds, colour, |x, y| {
                let share = cover(&strokes[index], x, y);
                // The strokes just before, which meet this one, have already coloured their share.
                let before = strokes[first..index].iter().map(|stroke| cover(stroke, x, y)).fold(0.0, f64::max);
                if share <= before { 0.0 } else { (share - before) / (1.0 - before) }
            });
        }
    }

    fn rectangle(&mut self, [left, top, right, bottom]: [f64; 4], colour: [u8; 3]) {
        let overlap = |low: f64, high: f64, at: f64| (high.min(at + 0.5) - low.max(at - 0.5)).clamp(0.0, 1.0);
        self.shade([left - 1.0, top - 1.0, right + 1.0, bottom + 1.0], colour, |x, y| {
            overlap(left, right, x) * overlap(top, bottom, y)
        });
    }

    fn image(&mut self, (left, top): (f64, f64), zoom: usize, image: &GreyImage) {
        let bounds = [left, top, left + (image.width * zoom) as f64 - 1.0, top + (image.height * zoom) as f64 - 1.0];
        let (first_x, first_y) = (libm::round(left) as usize, libm::round(top) as usize);
        for y in first_y..(libm::round(bounds[3]) as usize + 1).min(self.height) {
            for x in first_x..(libm::round(bounds[2]) as usize + 1).min(self.width) {
                let value = image.pixels[(y - first_y) / zoom * image.width + (x - first_x) / zoom];
                self.bytes[3 * (y * self.width + x)..][..3].fill(value);
            }
        }
    }

    /// Mixes `colour` into the pixels between left, top, right and bottom by the share that `cover` gives of a pixel's centre.
    fn shade(&mut self, [left, top, right, bottom]: [f64; 4], colour: [u8; 3], cover: impl Fn(f64, f64) -> f64) {
        let range = |low: f64, high: f64, count: usize| {
            let first = libm::floor(low).max(0.0) as usize;
            let end = libm::ceil(high).clamp(-1.0, count as f64 - 1.0) + 1.0;
            first..end as usize
        };
        for y in range(top, bottom, self.height) {
            for x in range(left, right, self.width) {
                let share = cover(x as f64 + 0.5, y as f64 + 0.5);
                if share > 0.0 {
                    for (byte, wanted) in self.bytes[3 * (y * self.width + x)..].iter_mut().zip(colour) {
                        let mixed = f64::from(*byte) + share * (f64::from(wanted) - f64::from(*byte));
                        *byte = libm::round(mixed) as u8;
                    }
                }
            }
        }
    }
}

/// Distance of a point from a segment.
fn distance(a: (f64, f64), b: (f64, f64), x: f64, y: f64) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let along = ((x - a.0) * dx + (y - a.1) * dy) / (dx * dx + dy * dy).max(1e-12);
    let t = along.clamp(0.0, 1.0);
    libm::hypot(x - a.0 - t * dx, y - a.1 - t * dy)
}
