//! A page of an explanation: labelled lines that fit a narrow terminal.

use serde::Serialize;

/// Width of the labels, characters.
const LABEL_WIDTH: usize = 16;

/// What is explained, and the lines.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Page {
    title: String,
    lines: Vec<Line>,
}

/// One labelled line.
#[derive(Clone, Debug, Serialize)]
struct Line {
    label: String,
    text: String,
}

impl Page {
    /// An empty page.
    pub(crate) const fn new(title: String) -> Self {
        Self { title, lines: Vec::new() }
    }

    /// Adds a line; an empty label goes on with the one above.
    pub(crate) fn push(&mut self, label: &str, text: impl Into<String>) {
        self.lines.push(Line { label: label.to_owned(), text: text.into() });
    }

    /// Whether nothing was said.
    pub(crate) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// For people.
    pub(crate) fn to_text(&self) -> String {
        let lines = self.lines.iter().map(|line| format!("{:<LABEL_WIDTH$} {}", line.label, line.text));
        std::iter::once(self.title.clone()).chain(lines).collect::<Vec<_>>().join("\n")
    }
}
