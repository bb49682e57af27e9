//! What is drawn: marks on a page of pixels, x to the right, y downwards.

use crate::cutout::GreyImage;

/// What a mark is for; each back end has its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Axes, ticks and outlines.
    Axis,
    /// Grid lines and other faint help.
    Grid,
    /// Words and numbers.
    Text,
    /// Data series, in order; colours can be told apart by the colour-blind (Okabe & Ito 2008) and repeat after five.
    Series(usize),
}

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextAnchor {
    /// At its beginning.
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// One thing on the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// Straight lines from point to point.
    Line {
        /// Points.
        points: Vec<(f64, f64)>,
        /// Colour.
        ink: Ink,
        /// Width, pixels.
        width: f64,
    },
    /// A filled rectangle.
    Rect {
        /// Left, top, right, bottom.
        corners: [f64; 4],
        /// Colour.
        ink: Ink,
    },
    /// Filled discs of one size.
    Discs {
        /// Centres.
        centres: Vec<(f64, f64)>,
        /// Radius, pixels.
        radius: f64,
        /// Colour.
        ink: Ink,
    },
    /// Rings of one size.
    Rings {
        /// Centres.
        centres: Vec<(f64, f64)>,
        /// Radius, pixels.
        radius: f64,
        /// Colour.
        ink: Ink,
    },
    /// A line of text.
    Text {
        /// Where its baseline is held.
        at: (f64, f64),
        /// Which part of it is held there.
        anchor: TextAnchor,
        /// Height of a capital letter, pixels.
        size: f64,
        /// The text.
        text: String,
        /// Whether it runs upwards.
        upwards: bool,
    },
    /// A grey image, each of its pixels a square.
    Image {
        /// Left and top.
        at: (f64, f64),
        /// Side of a pixel of the image on the page.
        zoom: usize,
        /// The image.
        image: GreyImage,
    },
}

/// A page of marks, later ones over earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// What it shows, for its title element.
    pub title: String,
    /// Marks in drawing order.
    pub marks: Vec<Mark>,
}

impl Picture {
    /// An empty page.
    pub fn new(width: u32, height: u32, title: &str) -> Self {
        Self { width, height, title: title.to_owned(), marks: Vec::new() }
    }

    /// Adds a line.
    pub fn line(&mut self, points: Vec<(f64, f64)>, ink: Ink, width: f64) {
        self.marks.push(Mark::Line { points, ink, width });
    }

    /// Adds a text along a row.
    pub fn text(&mut self, at: (f64, f64), anchor: TextAnchor, size: f64, text: &str) {
        self.marks.push(Mark::Text { at, anchor, size, text: text.to_owned(), upwards: false });
    }
}
