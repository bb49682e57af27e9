//! Signs that a file is no raw frame.

use sky_image::{CardValue, Header};

use super::alias::{Key, Source, Sourced, number};
use super::frame_type::is_master;

/// Why a file is a stack and no raw frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackSign {
    /// A count of frames above 1: keyword and count.
    Count(&'static str, u64),
    /// Three planes, as stacks of colour cameras have.
    Planes(u64),
    /// The kind of frame says master or integration.
    Master,
    /// A program that only writes results: its name.
    Program(String),
}

/// Why a file is no longer what the camera gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessingSign {
    /// Bias, dark or flat are applied: the words of the header.
    Calibrated(String),
    /// Laid on another frame: the words of the header.
    Resampled(String),
    /// Written anew by a program that takes no frames: its name.
    Program(String),
}

/// Programs that take no frames: what they write has gone through them.
const PROCESSORS: [&str; 6] = ["PixInsight", "Siril", "DeepSkyStacker", "Astro Pixel Processor", "GIMP", "GraXpert"];
/// Words of HISTORY and COMMENT of a program that laid a frame on another one.
const ALIGNED: [&str; 5] = ["aligned img", "staralignment", "resampled", "reprojected", "drizzle"];
/// Words of HISTORY of a program that calibrated.
const CALIBRATED: [&str; 4] = ["process calibrate", "imagecalibration", "dark subtracted", "flat field corrected"];

/// Signs that a program changed the pixels after the camera.
pub(super) fn processing_signs(header: &Header, software: Option<&Sourced<String>>) -> Vec<ProcessingSign> {
    let mut signs = Vec::new();
    // MaxIm DL: B, D and F of the steps that were applied.
    if let Some(CardValue::Text(steps)) = header.get("CALSTAT")
        && steps.trim().chars().any(|step| "BDF".contains(step))
    {
        signs.push(ProcessingSign::Calibrated(format!("CALSTAT = {}", steps.trim())));
    }
    let told = |words: &[&str]| {
        let notes = header.cards().iter().filter(|card| card.keyword == "HISTORY" || card.keyword == "COMMENT");
        let mut found = notes.filter(|card| {
            let text = card.comment.to_ascii_lowercase();
            words.iter().any(|word| text.contains(word))
        });
        found.next().map(|card| format!("{} {}", card.keyword, card.comment.trim()))
    };
    if signs.is_empty()
        && let Some(words) = told(&CALIBRATED)
    {
        signs.push(ProcessingSign::Calibrated(words));
    }
    if let Some(words) = told(&ALIGNED) {
        signs.push(ProcessingSign::Resampled(words));
    }
    let modified = header.get("SWMODIFY").and_then(|value| match value {
        CardValue::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let programs = software.map(|software| software.value.as_str()).into_iter().chain(modified);
    let processor = programs.into_iter().find(|name| PROCESSORS.iter().any(|known| name.trim().starts_with(known)));
    if let Some(name) = processor {
        signs.push(ProcessingSign::Program(name.trim().to_owned()));
    }
    signs
}

/// Signs that the file is a stack.
pub(super) fn stack_signs(
    header: &Header,
    axes: &[u64],
    type_word: Option<&Sourced<String>>,
    software: Option<&Sourced<String>>,
) -> Vec<StackSign> {
    let mut signs = Vec::new();
    if let Some(Sourced { value, source: Source::Header(keyword) }) = number(header, Key::StackCount)
        && value > 1.0
    {
        signs.push(StackSign::Count(keyword, value as u64));
    }
    if axes.len() > 2 && axes[2..].iter().product::<u64>() > 1 {
        signs.push(StackSign::Planes(axes[2..].iter().product()));
    }
    if type_word.is_some_and(|word| is_master(&word.value)) {
        signs.push(StackSign::Master);
    }
    if let Some(software) = software
        && software.value.starts_with("Astro Pixel Processor")
    {
        signs.push(StackSign::Program(software.value.clone()));
    }
    let integrated = header.cards().iter().filter(|card| card.keyword == "HISTORY").find_map(|card| {
        // PixInsight, which calls the result by the kind of its frames.
        let (_, count) = card.comment.split_once("ImageIntegration.numberOfImages:")?;
        count.trim().parse::<u64>().ok().filter(|count| *count > 1)
    });
    if let Some(count) = integrated {
        signs.push(StackSign::Count("HISTORY", count));
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(cards: &[(&str, &str, &str)]) -> Header {
        let mut header = Header::new();
        for (keyword, text, comment) in cards {
            let value = if text.is_empty() { CardValue::None } else { CardValue::Text((*text).to_owned()) };
            header.push(keyword, value, comment);
        }
        header
    }

    #[test]
    fn what_a_program_did_to_the_pixels_is_told() {
        let of = |cards: &[(&str, &str, &str)], program: Option<&str>| {
            let software = program.map(|name| Sourced { value: name.to_owned(), source: Source::Default });
            processing_signs(&header(cards), software.as_ref())
        };
        assert_eq!(of(&[("CALSTAT", "BDF", "")], None), [ProcessingSign::Calibrated("CALSTAT = BDF".to_owned())]);
        let history = [("HISTORY", "", " Process Calibrate")];
        assert_eq!(of(&history, None), [ProcessingSign::Calibrated("HISTORY Process Calibrate".to_owned())]);
        let comment = [("COMMENT", "", "aligned img /home/me/a.fit")];
        assert!(matches!(of(&comment, None)[..], [ProcessingSign::Resampled(_)]));
        assert!(matches!(of(&[], Some("PixInsight 1.8.8-5"))[..], [ProcessingSign::Program(_)]));
        assert_eq!(of(&[("HISTORY", "", "Modified by KStars")], Some("N.I.N.A. 3.1")), []);
    }

    #[test]
    fn an_integration_of_pixinsight_says_how_many() {
        let history = header(&[("HISTORY", "", "ImageIntegration.numberOfImages: 20")]);
        assert_eq!(stack_signs(&history, &[10, 10], None, None), [StackSign::Count("HISTORY", 20)]);
    }
}
