//! The kinds of frames and the words that programs use for them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a frame was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FrameType {
    /// The sky.
    Light,
    /// No light, no time.
    Bias,
    /// No light, the time of a light.
    Dark,
    /// An even surface.
    Flat,
    /// No light, the time of a flat.
    DarkFlat,
    /// The header has no word for the kind, or one that is not known. Such frames are listed; their kind is not guessed.
    Unknown,
}

/// The kind behind a program's word (`IMAGETYP` and its aliases), in any case: "Light Frame", "FLAT FIELD", "Dark Flat",
/// "Master Dark", "OFFSET", "SNAPSHOT".
pub fn normalise_type(word: &str) -> FrameType {
    let upper = word.trim().to_uppercase().replace(['_', '-'], " ");
    let mut bare = upper.strip_prefix("MASTER").unwrap_or(&upper).trim();
    for ending in [" FRAME", " FIELD"] {
        bare = bare.strip_suffix(ending).unwrap_or(bare).trim();
    }
    match bare {
        "LIGHT" | "SNAPSHOT" | "OBJECT" | "SCIENCE" => FrameType::Light,
        "BIAS" | "OFFSET" | "ZERO" => FrameType::Bias,
        "DARK" => FrameType::Dark,
        "FLAT" | "SKYFLAT" | "SKY FLAT" | "TWILIGHT FLAT" | "DOME FLAT" => FrameType::Flat,
        "DARKFLAT" | "DARK FLAT" | "FLATDARK" | "FLAT DARK" => FrameType::DarkFlat,
        _ => FrameType::Unknown,
    }
}

/// Whether the word speaks of a master: "Master Dark", "masterFlat".
pub fn is_master(word: &str) -> bool {
    word.trim().to_uppercase().starts_with("MASTER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_programs_are_known() {
        for (word, expected) in [
            ("LIGHT", FrameType::Light),
            ("Light Frame", FrameType::Light),
            ("Flat Field", FrameType::Flat),
            ("SNAPSHOT", FrameType::Light),
            ("Bias Frame", FrameType::Bias),
            ("offset", FrameType::Bias),
            ("Flat Dark", FrameType::DarkFlat),
            ("DARKFLAT", FrameType::DarkFlat),
            ("MasterFlat", FrameType::Flat),
            ("Master Light", FrameType::Light),
            ("Tricolor Image", FrameType::Unknown),
            ("", FrameType::Unknown),
        ] {
            assert_eq!(normalise_type(word), expected, "{word:?}");
        }
        assert!(is_master("Master Dark") && is_master("masterFlat") && !is_master("Dark Frame"));
    }
}
