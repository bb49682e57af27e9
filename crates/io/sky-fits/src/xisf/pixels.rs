//! The pixels of one image of an XISF file.

use std::sync::OnceLock;

use ndarray::Array2;
use sky_image::{CardValue, Header};

use super::block::Location;
use super::document::{PREAMBLE_BYTES, images};
use super::element::{ImageElement, SampleFormat};
use super::failure::refuse;
use crate::pixel_source::{ImageFacts, PixelSource};
use crate::source::{Source, room};
use crate::window::Window;
use crate::{FitsError, FitsErrorKind, Limits, RawPixels, Scaling, without_structure};

/// An image of an opened XISF file.
#[derive(Debug)]
pub(crate) struct XisfPixels<'a> {
    source: Source<'a>,
    element: ImageElement,
    facts: ImageFacts,
    /// The unpacked block, once it has been asked for.
    unpacked: OnceLock<Vec<u8>>,
}

impl<'a> XisfPixels<'a> {
    /// The image of that 0-based number, or the first one. Only where `with_planes` an image of several channels counts.
    pub(crate) fn find(
        source: Source<'a>,
        limits: &Limits,
        wanted: Option<usize>,
        with_planes: bool,
    ) -> Result<Self, FitsError> {
        let name = source.name().to_owned();
        Self::found(source, limits, wanted, with_planes).map_err(|kind| kind.of(&name, wanted))
    }

    fn found(
        source: Source<'a>,
        limits: &Limits,
        wanted: Option<usize>,
        with_planes: bool,
    ) -> Result<Self, FitsErrorKind> {
        let xml = xml_of(&source, limits)?;
        let mut others = Vec::new();
        for (number, image) in images(&xml, limits)?.into_iter().enumerate() {
            let element = image.element;
            let is_wanted = wanted.is_none_or(|wanted| wanted == number);
            if !is_wanted || (element.channels > 1 && !with_planes) {
                others.push(format!("image {}x{}x{}", element.width, element.height, element.channels));
                continue;
            }
            if let Location::Attachment { position, bytes } = element.block.location {
                let expected_bytes = position.saturating_add(bytes);
                if expected_bytes > source.length() {
                    return Err(FitsErrorKind::Truncated { expected_bytes, found_bytes: source.length() });
                }
            }
            let facts = ImageFacts {
                header: header_of(&image.header, &element),
                bitpix: element.format.bitpix(),
                scaling: Scaling::default(),
                bounds: element.bounds,
                shape: (element.height, element.width),
                planes: element.channels,
                hdu_index: number,
            };
            return Ok(Self { source, element, facts, unpacked: OnceLock::new() });
        }
        Err(FitsErrorKind::NoImage { found: others.join("; ") })
    }

    /// The bytes of the whole block.
    fn block(&self, proves: bool) -> Result<&[u8], FitsErrorKind> {
        if let (Some(unpacked), false) = (self.unpacked.get(), proves) {
            return Ok(unpacked);
        }
        let unpacked = self.element.block.read(&self.source, proves)?;
        Ok(self.unpacked.get_or_init(|| unpacked))
    }

    /// The pixels of a window, decoded one by one.
    fn decoded<T, const N: usize>(
        &self,
        window: &Window,
        proves: bool,
        decode: impl Fn([u8; N]) -> T,
    ) -> Result<Array2<T>, FitsErrorKind> {
        let ImageElement { width, height, channels, is_planar, .. } = self.element;
        let is_big_endian = self.element.block.is_big_endian;
        let number = |bytes: &[u8]| {
            let mut pixel = [0; N];
            pixel.copy_from_slice(&bytes[..N]);
            if is_big_endian {
                pixel.reverse();
            }
            decode(pixel)
        };
        // The first pixel of a row of the window and the step from pixel to pixel, in pixels of the block.
        let step = if is_planar { 1 } else { channels };
        let first = |row: usize| match is_planar {
            true => (window.plane * height + row) * width + window.columns.start,
            false => (row * width + window.columns.start) * channels + window.plane,
        };
        let mut pixels = room("pixels", window.rows.len() as u64 * window.columns.len() as u64)?;
        // A sum is one of the whole block.
        let proves = proves && self.element.block.has_checksum();
        let block = if self.element.is_plain() && !proves { None } else { Some(self.block(proves)?) };
        let mut buffer = Vec::new();
        for row in if window.is_empty() { 0..0 } else { window.rows.clone() } {
            let start = first(row) * N;
            let bytes = ((window.columns.len() - 1) * step + 1) * N;
            let row = match (block, &self.element.block.location) {
                (Some(block), _) => &block[start..start + bytes],
                (None, Location::Attachment { position, .. }) => {
                    self.source.bytes_at(position + start as u64, bytes, &mut buffer)?
                }
                (None, _) => return Err(refuse("location", "data in the header", "data that were read")),
            };
            pixels.extend(row.chunks(step * N).map(number));
        }
        let found = pixels.len();
        Array2::from_shape_vec(window.dim(), pixels)
            .map_err(|_| refuse("data of Image", format!("{found} pixels"), "those of its geometry"))
    }
}

impl PixelSource for XisfPixels<'_> {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn physical(&self, window: &Window, proves: bool) -> Result<Array2<f32>, FitsErrorKind> {
        match self.element.format {
            SampleFormat::UInt8 => self.decoded(window, proves, |bytes: [u8; 1]| f32::from(bytes[0])),
            SampleFormat::UInt16 => self.decoded(window, proves, |bytes| f32::from(u16::from_le_bytes(bytes))),
            SampleFormat::UInt32 => self.decoded(window, proves, |bytes| u32::from_le_bytes(bytes) as f32),
            SampleFormat::Float32 => self.decoded(window, proves, f32::from_le_bytes),
            SampleFormat::Float64 => self.decoded(window, proves, |bytes| f64::from_le_bytes(bytes) as f32),
        }
    }

    fn raw(&self, window: &Window, proves: bool) -> Result<RawPixels, FitsErrorKind> {
        Ok(match self.element.format {
            SampleFormat::UInt8 => RawPixels::U8(self.decoded(window, proves, |bytes: [u8; 1]| bytes[0])?),
            SampleFormat::UInt16 => RawPixels::U16(self.decoded(window, proves, u16::from_le_bytes)?),
            SampleFormat::UInt32 => {
                RawPixels::I64(self.decoded(window, proves, |bytes| i64::from(u32::from_le_bytes(bytes)))?)
            }
            SampleFormat::Float32 => RawPixels::F32(self.decoded(window, proves, f32::from_le_bytes)?),
            SampleFormat::Float64 => RawPixels::F64(self.decoded(window, proves, f64::from_le_bytes)?),
        })
    }

    fn finish(&self) -> Result<(), FitsError> {
        Ok(())
    }

    fn fail(&self, kind: FitsErrorKind) -> FitsError {
        kind.of(self.source.name(), Some(self.facts.hdu_index))
    }
}

/// The XML of the header. Its length is held against the file and the limits before it is read.
fn xml_of(source: &Source<'_>, limits: &Limits) -> Result<String, FitsErrorKind> {
    let mut preamble = [0; PREAMBLE_BYTES as usize];
    if source.length() < PREAMBLE_BYTES {
        return Err(FitsErrorKind::Truncated { expected_bytes: PREAMBLE_BYTES, found_bytes: source.length() });
    }
    source.read_at(0, &mut preamble)?;
    let bytes = u64::from(u32::from_le_bytes([preamble[8], preamble[9], preamble[10], preamble[11]]));
    if bytes > limits.max_header_bytes {
        return Err(FitsErrorKind::TooLarge { what: "header bytes", found: bytes, limit: limits.max_header_bytes });
    }
    let expected_bytes = PREAMBLE_BYTES + bytes;
    if expected_bytes > source.length() {
        return Err(FitsErrorKind::Truncated { expected_bytes, found_bytes: source.length() });
    }
    let xml = String::from_utf8(source.read_vec(PREAMBLE_BYTES, bytes)?).map_err(|error| {
        refuse("XML header", format!("a byte at {} that is no UTF-8", error.utf8_error().valid_up_to()), "UTF-8")
    })?;
    // The length may be that of the room kept for the header: zeros behind its end.
    Ok(xml.trim_end_matches('\0').to_owned())
}

/// The keywords behind the cards that say the size, as of a FITS image.
fn header_of(keywords: &Header, element: &ImageElement) -> Header {
    let mut header = Header::new();
    header.push("SIMPLE", CardValue::Logical(true), "");
    header.push("BITPIX", CardValue::Integer(element.format.bitpix()), "");
    let axes = [element.width, element.height, element.channels];
    let axes = if element.channels > 1 { &axes[..] } else { &axes[..2] };
    header.push("NAXIS", CardValue::Integer(axes.len() as i64), "");
    for (index, axis) in axes.iter().enumerate() {
        header.push(&format!("NAXIS{}", index + 1), CardValue::Integer(*axis as i64), "");
    }
    for card in without_structure(keywords).cards() {
        header.push(&card.keyword, card.value.clone(), &card.comment);
    }
    header
}
