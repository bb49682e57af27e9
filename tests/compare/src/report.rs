//! What a part of the comparison found.

/// Whether a figure reaches its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Met,
    /// It does not.
    Missed,
    /// There is no goal; the figure is shown.
    Shown,
    /// It could not be measured here; the row says why.
    NotMeasured,
}

/// One figure with its goal.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What is to be reached.
    pub goal: String,
    /// What was found.
    pub measured: String,
    /// Whether that is enough.
    pub verdict: Verdict,
}

/// Figures without goals.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}

/// One part of the comparison.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its heading.
    pub title: String,
    /// What was done, in one or two sentences.
    pub about: String,
    /// Figures with goals.
    pub rows: Vec<Row>,
    /// Further figures.
    pub tables: Vec<Table>,
    /// Names of plots in `docs/comparison/` with their captions.
    pub plots: Vec<(String, String)>,
}

impl Row {
    /// A figure that reaches its goal, or does not.
    pub fn judged(what: impl Into<String>, goal: impl Into<String>, measured: impl Into<String>, met: bool) -> Self {
        let verdict = if met { Verdict::Met } else { Verdict::Missed };
        Self { what: what.into(), goal: goal.into(), measured: measured.into(), verdict }
    }

    /// A figure without a goal.
    pub fn shown(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), goal: "shown".into(), measured: measured.into(), verdict: Verdict::Shown }
    }

    /// A goal that was not measured, and why.
    pub fn not_measured(what: impl Into<String>, goal: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), goal: goal.into(), measured: why.into(), verdict: Verdict::NotMeasured }
    }
}

impl Verdict {
    /// As the page says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "**missed**",
            Self::Shown => "",
            Self::NotMeasured => "not measured",
        }
    }
}

impl Table {
    /// An empty table.
    pub fn new(title: impl Into<String>, head: &[&str]) -> Self {
        Self { title: title.into(), head: head.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }
}
