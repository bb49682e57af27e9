//! The words of a verdict: on a tile, on a row, and of a catalogue on a row. Each is declared here once; columns, facts and pages
//! take their names from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{Reason, Status};

/// Reason of a tile that no image shows.
const NO_COVERAGE: &str = "no_coverage";

/// What became of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TileState {
    /// It has a verdict: its area is searched area.
    Searched,
    /// It has none: its reason says why. Its area is no searched area.
    Blocked,
    /// There is no image of it.
    NoCoverage,
}

impl TileState {
    /// The state from the tile's units, one for each step that has it, in the order of the chain: searched where the last one is
    /// done, else as the first one says that is not done.
    pub fn of<'a>(units: impl IntoIterator<Item = (Status, Option<&'a Reason>)>) -> Self {
        let broken = units.into_iter().find(|(status, _)| *status != Status::Done);
        match broken {
            None => Self::Searched,
            Some((Status::NoWork, Some(reason))) if reason.kind == NO_COVERAGE => Self::NoCoverage,
            Some(_) => Self::Blocked,
        }
    }

    /// The name in tables and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Searched => "searched",
            Self::Blocked => "blocked",
            Self::NoCoverage => "no_coverage",
        }
    }
}

/// What became of a detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// It passed every rule.
    Kept,
    /// A rule dropped it; its reasons name the rules in their order.
    Dropped,
}

impl RowState {
    /// Both, in the order of the tables.
    pub const ALL: [Self; 2] = [Self::Kept, Self::Dropped];

    /// The name: also the role of the table that holds such rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Dropped => "dropped",
        }
    }
}

/// What a kept detection counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowClass {
    /// Every catalogue that the verdict needs was asked, and none has it.
    Candidate,
    /// A catalogue that the verdict needs is missing, as the configuration allows: the row is in none of the others.
    Unconfirmed,
    /// An unmatched source of like brightness lies within what a motion can bridge.
    Moved,
}

impl RowClass {
    /// The name in tables and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Unconfirmed => "unconfirmed",
            Self::Moved => "moved",
        }
    }
}

/// Whether a verdict had every catalogue that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VetoStatus {
    /// All were there.
    Complete,
    /// At least one is missing, as the configuration allows.
    Unknown,
}

impl VetoStatus {
    /// Whether all were there.
    pub const fn of(is_complete: bool) -> Self {
        if is_complete { Self::Complete } else { Self::Unknown }
    }

    /// The name in tables and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Unknown => "unknown",
        }
    }
}

/// A catalogue's word on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatalogWord {
    /// It has a source within the radius.
    Matched,
    /// It covers the place and has none.
    Unmatched,
    /// The place lies outside what it covers.
    NotCovered,
    /// It was not asked, or gave no answer.
    NotAsked,
}

impl CatalogWord {
    /// The name in tables and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Unmatched => "unmatched",
            Self::NotCovered => "not_covered",
            Self::NotAsked => "not_asked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_what_the_first_unit_says_that_is_not_done() {
        let no_image = Reason::new("no_coverage", "the survey has no image here");
        let rejected = Reason::new("rejected", "the frame was left out");
        let blocked = Reason::blocked("download", "tile_a", "download: no image");
        for (units, state) in [
            (vec![(Status::Done, None), (Status::Done, None)], TileState::Searched),
            (vec![(Status::NoWork, Some(&no_image)), (Status::Blocked, Some(&blocked))], TileState::NoCoverage),
            (vec![(Status::Done, None), (Status::Failed, None), (Status::Blocked, Some(&blocked))], TileState::Blocked),
            (vec![(Status::NoWork, Some(&rejected))], TileState::Blocked),
        ] {
            assert_eq!(TileState::of(units.clone()), state, "{units:?}");
        }
    }

    #[test]
    fn names_are_those_of_manifests() {
        let json = |value: serde_json::Value| value.as_str().map(str::to_owned);
        for row in RowState::ALL {
            assert_eq!(json(serde_json::json!(row)).as_deref(), Some(row.name()));
        }
        for word in [CatalogWord::Matched, CatalogWord::Unmatched, CatalogWord::NotCovered, CatalogWord::NotAsked] {
            assert_eq!(json(serde_json::json!(word)).as_deref(), Some(word.name()));
        }
        for tile in [TileState::Searched, TileState::Blocked, TileState::NoCoverage] {
            assert_eq!(json(serde_json::json!(tile)).as_deref(), Some(tile.name()));
        }
        for class in [RowClass::Candidate, RowClass::Unconfirmed, RowClass::Moved] {
            assert_eq!(json(serde_json::json!(class)).as_deref(), Some(class.name()));
        }
    }
}
