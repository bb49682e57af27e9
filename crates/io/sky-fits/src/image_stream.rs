//! Writing an image row by row, for one that is too large to be held: a header, then its pixels in the order of the file.

use std::io::Write;

use sky_image::{CardValue, Header};

use crate::card_write::format_header;
use crate::image_write::{OUTPUT, pad};
use crate::{FitsError, FitsErrorKind, without_structure};

/// Type of the pixels of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamType {
    /// BITPIX 8.
    U8,
    /// BITPIX 16 with BZERO 32768.
    U16,
    /// BITPIX -32.
    F32,
}

/// An image that is being written: of two axes, or of three where it has planes.
#[derive(Debug)]
pub struct ImageStream<W> {
    writer: W,
    kind: StreamType,
    written: u64,
    expected: u64,
    bytes: Vec<u8>,
}

impl<W: Write> ImageStream<W> {
    /// Writes the header: structural cards first, then those of `header` (its own structural cards are left out).
    ///
    /// Fails where a card cannot be written or the writer refuses.
    pub fn begin(
        mut writer: W,
        header: &Header,
        kind: StreamType,
        (height, width): (usize, usize),
        planes: usize,
    ) -> Result<Self, FitsError> {
        let mut all = Header::new();
        all.push("SIMPLE", CardValue::Logical(true), "conforms to FITS standard");
        let bitpix = match kind {
            StreamType::U8 => 8,
            StreamType::U16 => 16,
            StreamType::F32 => -32,
        };
        all.push("BITPIX", CardValue::Integer(bitpix), "array data type");
        let axes = [width, height, planes];
        let axes = if planes > 1 { &axes[..] } else { &axes[..2] };
        all.push("NAXIS", CardValue::Integer(axes.len() as i64), "number of array dimensions");
        for (index, length) in axes.iter().enumerate() {
            all.push(&format!("NAXIS{}", index + 1), CardValue::Integer(*length as i64), "");
        }
        if kind == StreamType::U16 {
            all.push("BSCALE", CardValue::Real(1.0), "physical = BZERO + BSCALE * stored");
            all.push("BZERO", CardValue::Real(32768.0), "");
        }
        for card in without_structure(header).cards() {
            all.push(&card.keyword, card.value.clone(), &card.comment);
        }
        let cards = format_header(&all).map_err(fail)?;
        writer.write_all(&cards).map_err(|error| fail(error.into()))?;
        let expected = (width as u64) * (height as u64) * (planes as u64);
        Ok(Self { writer, kind, written: 0, expected, bytes: Vec::new() })
    }

    /// Writes the next pixels, `f32` as they are; whole types round them and clip at their ends.
    pub fn f32(&mut self, pixels: &[f32]) -> Result<(), FitsError> {
        self.bytes.clear();
        match self.kind {
            StreamType::F32 => self.bytes.extend(pixels.iter().flat_map(|value| value.to_be_bytes())),
            StreamType::U16 => self.bytes.extend(
                // `as` takes NaN to 0 and clips.
                pixels.iter().flat_map(|value| ((value + 0.5).floor() as u16 ^ 0x8000).to_be_bytes()),
            ),
            StreamType::U8 => self.bytes.extend(pixels.iter().map(|value| (value + 0.5).floor() as u8)),
        }
        self.put(pixels.len())
    }

    /// Writes the next pixels of whole numbers.
    pub fn u16(&mut self, pixels: &[u16]) -> Result<(), FitsError> {
        self.bytes.clear();
        match self.kind {
            StreamType::F32 => {
                self.bytes.extend(pixels.iter().flat_map(|value| f32::from(*value).to_be_bytes()));
            }
            StreamType::U16 => self.bytes.extend(pixels.iter().flat_map(|value| (value ^ 0x8000).to_be_bytes())),
            StreamType::U8 => self.bytes.extend(pixels.iter().map(|value| u8::try_from(*value).unwrap_or(u8::MAX))),
        }
        self.put(pixels.len())
    }

    /// Ends the file with its padding.
    ///
    /// Fails where other than all pixels were written.
    pub fn finish(mut self) -> Result<W, FitsError> {
        if self.written != self.expected {
            let found = format!("{} pixels written of {}", self.written, self.expected);
            return Err(fail(FitsErrorKind::header("NAXIS", found, "all pixels of the image")));
        }
        let bytes_each = match self.kind {
            StreamType::U8 => 1,
            StreamType::U16 => 2,
            StreamType::F32 => 4,
        };
        pad(&mut self.writer, self.written * bytes_each).map_err(fail)?;
        self.writer.flush().map_err(|error| fail(error.into()))?;
        Ok(self.writer)
    }

    fn put(&mut self, pixels: usize) -> Result<(), FitsError> {
        self.written += pixels as u64;
        self.writer.write_all(&self.bytes).map_err(|error| fail(error.into()))
    }
}

fn fail(kind: FitsErrorKind) -> FitsError {
    kind.of(OUTPUT, Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageOptions, ImageReader};

    #[test]
    fn planes_written_in_pieces_are_read_back() {
        let pixels: Vec<f32> = (0..24).map(|i| i as f32 * 100.5 - 3.0).collect();
        let mut stream = ImageStream::begin(Vec::new(), &Header::new(), StreamType::F32, (3, 4), 2).expect("a header");
        stream.f32(&pixels[..10]).expect("memory");
        stream.f32(&pixels[10..]).expect("memory");
        let bytes = stream.finish().expect("all pixels");
        for plane in 0..2 {
            let options = ImageOptions { plane: Some(plane), ..ImageOptions::default() };
            let image = ImageReader::open_bytes(&bytes, &options).and_then(|reader| reader.read()).expect("an image");
            let expected = &pixels[12 * plane..12 * (plane + 1)];
            assert!(image.pixels.iter().zip(expected).all(|(a, b)| a == b), "plane {plane}");
        }
    }

    #[test]
    fn whole_numbers_keep_their_range_and_a_missing_row_is_told() {
        let mut stream = ImageStream::begin(Vec::new(), &Header::new(), StreamType::U16, (1, 3), 1).expect("a header");
        stream.u16(&[0, 40_000, 65_535]).expect("memory");
        let bytes = stream.finish().expect("all pixels");
        let image = ImageReader::open_bytes(&bytes, &ImageOptions::default()).and_then(|reader| reader.read());
        let found: Vec<f32> = image.expect("an image").pixels.iter().copied().collect();
        assert_eq!(found, [0.0, 40_000.0, 65_535.0]);
        let stream = ImageStream::begin(Vec::new(), &Header::new(), StreamType::U8, (2, 3), 1).expect("a header");
        assert!(stream.finish().is_err(), "nothing was written");
    }
}
