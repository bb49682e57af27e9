//! The kinds of frames and the words that programs use for them.

use sky_image::FrameKind;

/// The kind behind a program's word (`IMAGETYP` and its aliases), in any case: "Light Frame", "FLAT FIELD", "Dark Flat",
/// "Master Dark", "OFFSET", "SNAPSHOT".
pub fn normalise_type(word: &str) -> FrameKind {
    let upper = word.trim().to_uppercase().replace(['_', '-'], " ");
    let mut bare = upper.strip_prefix("MASTER").unwrap_or(&upper).trim();
    for ending in [" FRAME", " FIELD"] {
        bare = bare.strip_suffix(ending).unwrap_or(bare).trim();
    }
    match bare {
        "LIGHT" | "SNAPSHOT" | "OBJECT" | "SCIENCE" => FrameKind::Light,
        "BIAS" | "OFFSET" | "ZERO" => FrameKind::Bias,
        "DARK" => FrameKind::Dark,
        "FLAT" | "SKYFLAT" | "SKY FLAT" | "TWILIGHT FLAT" | "DOME FLAT" => FrameKind::Flat,
        "DARKFLAT" | "DARK FLAT" | "FLATDARK" | "FLAT DARK" => FrameKind::DarkFlat,
        _ => FrameKind::Unknown,
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
            ("LIGHT", FrameKind::Light),
            ("Light Frame", FrameKind::Light),
            ("Flat Field", FrameKind::Flat),
            ("SNAPSHOT", FrameKind::Light),
            ("Bias Frame", FrameKind::Bias),
            ("offset", FrameKind::Bias),
            ("Flat Dark", FrameKind::DarkFlat),
            ("DARKFLAT", FrameKind::DarkFlat),
            ("MasterFlat", FrameKind::Flat),
            ("Master Light", FrameKind::Light),
            ("Tricolor Image", FrameKind::Unknown),
            ("", FrameKind::Unknown),
        ] {
            assert_eq!(normalise_type(word), expected, "{word:?}");
        }
        assert!(is_master("Master Dark") && is_master("masterFlat") && !is_master("Dark Frame"));
    }
}
