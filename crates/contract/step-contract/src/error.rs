//! One error type for what breaks the contract: file, pointer, found, expected and cure.

use std::fmt;
use std::path::{Path, PathBuf};

/// What to do with a manifest that is not as it should be.
pub(crate) const CURE: &str = "run the step that wrote it again, or mend the file";
/// Longer texts are cut in messages, characters.
const MAX_SHOWN_CHARS: usize = 300;

/// A manifest, a configuration or a unit is not as its schema says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError {
    /// The file (or what was checked, where it is none).
    pub file: PathBuf,
    /// JSON pointer of the value.
    pub pointer: String,
    /// What is there.
    pub found: String,
    /// What the contract asks for.
    pub expected: String,
    /// What to do.
    pub cure: &'static str,
    /// How many more problems the document has.
    pub more: usize,
}

/// A rule of a product that no schema can say, and how a done unit breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// Kind of the reason.
    pub kind: &'static str,
    /// JSON pointer of the value in the unit.
    pub pointer: String,
    /// What is there.
    pub found: String,
    /// What the rule asks for.
    pub expected: String,
}

impl fmt::Display for ContractError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, pointer, found, expected, cure, more } = self;
        write!(formatter, "{}: ", file.display())?;
        if !pointer.is_empty() {
            write!(formatter, "at {}: ", shown(pointer))?;
        }
        write!(formatter, "found {}, expected {}", shown(found), shown(expected))?;
        if *more > 0 {
            write!(formatter, " (and {more} more problems)")?;
        }
        if !cure.is_empty() {
            write!(formatter, "; {cure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ContractError {}

/// A text for a message: one line, cut where it is long.
fn shown(text: &str) -> String {
    let line = text.replace(|symbol: char| symbol.is_control(), " ");
    match line.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((cut, _)) => format!("{}...", &line[..cut]),
        None => line,
    }
}

/// An error of that file whose place, finding and expectation the caller fills in.
pub(crate) fn broken(path: &Path, cure: &'static str) -> ContractError {
    ContractError {
        file: path.to_owned(),
        pointer: String::new(),
        found: String::new(),
        expected: String::new(),
        cure,
        more: 0,
    }
}

/// The error of a rule of the product that a unit of that file breaks.
pub(crate) fn of_rule(path: &Path, rule: BrokenRule) -> ContractError {
    ContractError {
        pointer: rule.pointer,
        found: rule.found,
        expected: format!("{} ({})", rule.expected, rule.kind),
        ..broken(path, CURE)
    }
}

/// The JSON pointer of a path of serde.
pub(crate) fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    pointer
}
