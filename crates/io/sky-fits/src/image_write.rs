//! Writing images: the same pixels and cards give the same bytes, no card holds a date.

use std::io::Write;

use sky_image::{CardValue, Header};

use crate::card_write::format_header;
use crate::hdu::padded;
use crate::{FitsError, FitsErrorKind, PixelData, Scaling, without_structure};

/// Name of a file that is written, in messages: the writer does not say which one it is.
pub(crate) const OUTPUT: &str = "output";

/// Writes a FITS file with one image: structural cards first, then those of `header` (its own structural cards are
/// left out), then the pixels.
///
/// Fails where a card cannot be written (a number that is not finite) or the writer refuses.
pub fn write_image(writer: &mut impl Write, header: &Header, pixels: PixelData<'_>) -> Result<(), FitsError> {
    write_image_scaled(writer, header, pixels, &Scaling::default())
}

/// The same as [`write_image`] for stored values that keep the scaling of the file that they came from.
pub fn write_image_scaled(
    writer: &mut impl Write,
    header: &Header,
    pixels: PixelData<'_>,
    scaling: &Scaling,
) -> Result<(), FitsError> {
    write(writer, &image_header(header, &pixels, scaling), &pixels).map_err(|kind| kind.of(OUTPUT, Some(0)))
}

fn image_header(header: &Header, pixels: &PixelData<'_>, scaling: &Scaling) -> Header {
    let (height, width) = pixels.dim();
    let mut all = Header::new();
    all.push("SIMPLE", CardValue::Logical(true), "conforms to FITS standard");
    all.push("BITPIX", CardValue::Integer(pixels.bitpix()), "array data type");
    all.push("NAXIS", CardValue::Integer(2), "number of array dimensions");
    all.push("NAXIS1", CardValue::Integer(width as i64), "");
    all.push("NAXIS2", CardValue::Integer(height as i64), "");
    let (bzero, blank) = match pixels {
        PixelData::U16(_) => (scaling.bzero + 32768.0 * scaling.bscale, scaling.blank.map(|blank| blank - 32768)),
        _ => (scaling.bzero, scaling.blank),
    };
    if bzero != 0.0 || scaling.bscale != 1.0 {
        all.push("BSCALE", CardValue::Real(scaling.bscale), "physical = BZERO + BSCALE * stored");
        all.push("BZERO", CardValue::Real(bzero), "");
    }
    if let (Some(blank), true) = (blank, pixels.bitpix() > 0) {
        all.push("BLANK", CardValue::Integer(blank), "stored value of undefined pixels");
    }
    for card in without_structure(header).cards() {
        all.push(&card.keyword, card.value.clone(), &card.comment);
    }
    all
}

fn write(writer: &mut impl Write, header: &Header, pixels: &PixelData<'_>) -> Result<(), FitsErrorKind> {
    writer.write_all(&format_header(header)?)?;
    let (height, _) = pixels.dim();
    let mut row = Vec::new();
    let mut written = 0_u64;
    for y in 0..height {
        row.clear();
        pixels.encode_row(y, &mut row);
        writer.write_all(&row)?;
        written += row.len() as u64;
    }
    pad(writer, written)
}

/// Zeros up to the end of the block.
pub(crate) fn pad(writer: &mut impl Write, written: u64) -> Result<(), FitsErrorKind> {
    writer.write_all(&vec![0; (padded(written) - written) as usize])?;
    Ok(())
}
