//! The XML header: its images, with their keywords.

use std::collections::BTreeMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use sky_image::{CardValue, Header};

use super::block::{Encoding, Location};
use super::element::ImageElement;
use super::failure::refuse;
use crate::card_read::parse_value;
use crate::{FitsErrorKind, Limits};

/// Elements inside elements: real files have five.
const MAX_DEPTH: usize = 64;
/// What stands in front of the XML: signature, its length, four bytes of nothing.
pub(super) const PREAMBLE_BYTES: u64 = 16;
/// Keywords that would scale pixels which XISF never scales, or give a size that its geometry gives.
const NOT_OF_XISF: &[&str] = &["BSCALE", "BZERO", "BLANK"];

/// An image of the file.
#[derive(Clone, Debug)]
pub(super) struct DocumentImage {
    pub(super) element: ImageElement,
    /// FITS keywords, in order.
    pub(super) header: Header,
}

/// Reads the images of a header.
///
/// Fails where it is no well-formed XML without document type, nests too deep, or an image cannot be.
pub(super) fn images(xml: &str, limits: &Limits) -> Result<Vec<DocumentImage>, FitsErrorKind> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<String> = Vec::new();
    let mut images: Vec<DocumentImage> = Vec::new();
    let mut text = String::new();
    let mut encoding = None;
    let wrong = |what: String| refuse("XML header", what, "well-formed XML");
    loop {
        let event = reader.read_event().map_err(|error| wrong(error.to_string()))?;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().into_inner().to_owned();
                let parent = open.last().map(String::as_str);
                if open.len() >= MAX_DEPTH {
                    return Err(wrong(format!("elements inside each other more than {MAX_DEPTH} deep")));
                }
                if open.is_empty() && name != "xisf" {
                    return Err(refuse("XML header", format!("a root element {name}"), "xisf"));
                }
                match (parent, name.as_str()) {
                    (Some("xisf"), "Image") => {
                        if images.len() >= limits.max_hdus {
                            let limit = limits.max_hdus as u64;
                            return Err(FitsErrorKind::TooLarge { what: "images", found: limit + 1, limit });
                        }
                        let element = ImageElement::of(&attributes(&start)?, limits)?;
                        text.clear();
                        encoding = match element.block.location {
                            Location::Inline(encoding) => Some(encoding),
                            _ => None,
                        };
                        images.push(DocumentImage { element, header: Header::new() });
                    }
                    (Some("Image"), "FITSKeyword") => {
                        if let Some(image) = images.last_mut() {
                            push_keyword(&mut image.header, &attributes(&start)?);
                        }
                    }
                    (Some("Image"), "Data") => {
                        if let Some(image) = images.last_mut()
                            && image.element.block.location == Location::Embedded
                        {
                            let attributes = attributes(&start)?;
                            let named = attributes.get("encoding").map_or("", String::as_str);
                            encoding = Some(Encoding::parse(named)?);
                            text.clear();
                            image.element.block.packed_as(&attributes)?;
                        }
                    }
                    _ => {}
                }
                if !is_empty {
                    open.push(name);
                }
            }
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                let ends_block = match encoding {
                    Some(_) => name == "Data" || name == "Image",
                    None => false,
                };
                if ends_block && let (Some(image), Some(encoding)) = (images.last_mut(), encoding.take()) {
                    image.element.block.written_as(encoding, std::mem::take(&mut text));
                }
            }
            Event::Text(piece)
                if encoding.is_some() && matches!(open.last().map(String::as_str), Some("Image" | "Data")) =>
            {
                text.push_str(&piece.into_inner());
            }
            Event::DocType(_) => return Err(wrong("a document type".to_owned())),
            Event::Eof if open.is_empty() => return Ok(images),
            Event::Eof => return Err(wrong(format!("the end inside <{}>", open.join("><")))),
            _ => {}
        }
    }
}

fn attributes(start: &BytesStart<'_>) -> Result<BTreeMap<String, String>, FitsErrorKind> {
    let wrong = |what: String| refuse("XML header", what, "well-formed attributes");
    start
        .attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(|error| wrong(error.to_string()))?;
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| wrong(error.to_string()))?;
            Ok((attribute.key.local_name().into_inner().to_owned(), value.into_owned()))
        })
        .collect()
}

/// A FITS keyword as a card; strings keep the quotes of FITS in XISF.
fn push_keyword(header: &mut Header, attributes: &BTreeMap<String, String>) {
    let text = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
    let name = text("name").trim().to_ascii_uppercase();
    if NOT_OF_XISF.contains(&name.as_str()) {
        return;
    }
    if matches!(name.as_str(), "COMMENT" | "HISTORY" | "") {
        let words = if text("comment").is_empty() { text("value") } else { text("comment") };
        header.push(&name, CardValue::None, words.trim_end());
        return;
    }
    // What stands behind a slash in a value without quotes is no comment here.
    let (value, rest) = parse_value(text("value"));
    let is_quoted = text("value").trim_start().starts_with('\'');
    let value = if rest.is_empty() || is_quoted { value } else { CardValue::Text(text("value").trim().to_owned()) };
    header.push(&name, value, text("comment").trim());
}
