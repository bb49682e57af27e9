//! Headers for the tests of kernels, which know no files: a reader of good headers, without the care of `sky-fits`.

use std::io::Read as _;
use std::path::Path;

use sky_image::{CardValue, Header};

/// Length of a header card.
const CARD: usize = 80;
/// Length of a block of a tar file.
const BLOCK: usize = 512;

/// The cards up to END of FITS bytes or of 80-character cards without padding. A text that begins with `#` is read with
/// one card a line, lines with `#` left out. Gzipped bytes are unpacked.
pub fn header_from_cards(bytes: &[u8]) -> Header {
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) { gunzip(bytes) } else { bytes.to_vec() };
    let cards: Vec<String> = if bytes.starts_with(b"#") {
        String::from_utf8_lossy(&bytes).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    } else {
        bytes.chunks(CARD).map(|card| String::from_utf8_lossy(card).into_owned()).collect()
    };
    let mut header = Header::new();
    for card in cards.iter().take_while(|card| card.trim_end() != "END") {
        let Some((keyword, rest)) = card.split_once("= ") else { continue };
        if keyword.len() <= 8 {
            header.push(keyword.trim(), value(rest), "");
        }
    }
    header
}

/// A header from JSON, as the plate archive of `a_dss` keeps it: `{"header": {keyword: value}}`.
pub fn header_from_json(text: &str) -> Header {
    let json: serde_json::Value = serde_json::from_str(text).expect("the header is JSON");
    let mut header = Header::new();
    for (keyword, value) in json["header"].as_object().expect("the JSON has a member \"header\"") {
        let value = match value {
            serde_json::Value::Bool(value) => CardValue::Logical(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => CardValue::Integer(integer),
                None => CardValue::Real(number.as_f64().expect("a JSON number")),
            },
            serde_json::Value::String(text) => CardValue::Text(text.clone()),
            _ => CardValue::None,
        };
        header.push(keyword, value, "");
    }
    header
}

/// Names and texts of the files in a gzipped tar file.
pub fn tar_gz_members(path: &Path) -> Vec<(String, String)> {
    let bytes = gunzip(&read(path));
    let mut members = Vec::new();
    let mut start = 0;
    while bytes.get(start).is_some_and(|byte| *byte != 0) {
        let text =
            |range: std::ops::Range<usize>| String::from_utf8_lossy(&bytes[start + range.start..start + range.end]);
        let name = text(0..100).trim_end_matches('\0').to_owned();
        let size = usize::from_str_radix(text(124..135).trim_matches(['\0', ' ']), 8).expect("an octal size");
        let content = start + BLOCK..start + BLOCK + size;
        members.push((name, String::from_utf8_lossy(&bytes[content]).into_owned()));
        start += BLOCK + size.div_ceil(BLOCK) * BLOCK;
    }
    members
}

/// The text of a gzipped file.
pub fn gunzipped(path: &Path) -> String {
    String::from_utf8(gunzip(&read(path))).expect("the file is text")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{} can be read: {error}", path.display()))
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut unpacked).expect("the gzip stream is whole");
    unpacked
}

fn value(rest: &str) -> CardValue {
    let rest = rest.trim();
    if let Some(text) = rest.strip_prefix('\'') {
        return CardValue::Text(text.split('\'').next().unwrap_or_default().trim_end().to_owned());
    }
    let word = rest.split('/').next().unwrap_or_default().trim();
    match word {
        "T" => CardValue::Logical(true),
        "F" => CardValue::Logical(false),
        "" => CardValue::None,
        _ => word
            .parse::<i64>()
            .map(CardValue::Integer)
            .or_else(|_| word.replace('D', "E").parse::<f64>().map(CardValue::Real))
            .unwrap_or(CardValue::None),
    }
}
