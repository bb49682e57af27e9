//! The header of an image compressed by tiles: everything that a decoder would believe is checked here.

use sky_image::{CardValue, Header};

use crate::keywords::{axes, bitpix, check_pixels, count, integer};
use crate::{FitsErrorKind, HduKind, Limits};

/// Compressions that are known.
const KNOWN: &[&str] = &["RICE_1", "RICE_ONE", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1", "NOCOMPRESS"];
/// Ways to round floats before compression that are known.
const QUANTIZATIONS: &[&str] = &["NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2", "NONE"];

/// Shape of the image, once every keyword of the compression is possible.
pub(crate) fn kind_of(header: &Header, rows: u64, limits: &Limits) -> Result<HduKind, FitsErrorKind> {
    let bitpix = bitpix(header, "ZBITPIX")?;
    let axes = axes(header, "ZNAXIS")?;
    let mut pixels = 1_u64;
    let mut tiles = 1_u64;
    for (index, axis) in axes.iter().enumerate() {
        let number = index + 1;
        if *axis == 0 {
            return Err(FitsErrorKind::header(&format!("ZNAXIS{number}"), "0", "1 or more"));
        }
        let keyword = format!("ZTILE{number}");
        let tile = count(header, &keyword, if index == 0 { *axis } else { 1 })?;
        if !(1..=*axis).contains(&tile) {
            return Err(FitsErrorKind::header(&keyword, tile.to_string(), format!("1 to {axis}")));
        }
        pixels = pixels.saturating_mul(*axis);
        tiles = tiles.saturating_mul(axis.div_ceil(tile));
    }
    check_pixels(pixels, 1, limits)?;
    if tiles != rows {
        return Err(FitsErrorKind::header("NAXIS2", format!("{rows} rows for {tiles} tiles"), "one row for each tile"));
    }
    let compression = header.text("ZCMPTYPE").unwrap_or_default();
    if !KNOWN.contains(&compression) {
        return Err(FitsErrorKind::header("ZCMPTYPE", format!("{compression:?}"), KNOWN.join(", ")));
    }
    check_parameters(header)?;
    Ok(HduKind::CompressedImage { bitpix, axes })
}

/// ZVALn that a decoder divides by, and what it would pass over without a word.
fn check_parameters(header: &Header) -> Result<(), FitsErrorKind> {
    if let Some(value) = header.get("ZQUANTIZ") {
        let known = header.text("ZQUANTIZ").is_some_and(|name| QUANTIZATIONS.contains(&name));
        if !known {
            return Err(FitsErrorKind::header("ZQUANTIZ", format!("{value:?}"), QUANTIZATIONS.join(", ")));
        }
    }
    for keyword in ["ZBLANK", "ZDITHER0"] {
        if header.get(keyword).is_some() {
            integer(header, keyword, "a whole number")?;
        }
    }
    if header.get("ZMASKCMP").is_some() {
        return Err(FitsErrorKind::Unsupported { what: "a mask of undefined pixels (ZMASKCMP)".to_owned() });
    }
    for number in 1..=9 {
        let allowed: &[i64] = match header.text(&format!("ZNAME{number}")) {
            Some("BLOCKSIZE") => &[16, 32],
            Some("BYTEPIX") => &[1, 2, 4, 8],
            _ => continue,
        };
        let keyword = format!("ZVAL{number}");
        let value = integer(header, &keyword, "a whole number")?;
        if !allowed.contains(&value) {
            return Err(FitsErrorKind::header(&keyword, value.to_string(), format!("one of {allowed:?}")));
        }
    }
    Ok(())
}

/// The header of the image that a compressed HDU stands for: BITPIX and NAXIS are those of the image.
pub(crate) fn image_header(header: &Header, bitpix: i64, axes: &[u64]) -> Header {
    let mut image = crate::without_structure(header);
    image.set("BITPIX", CardValue::Integer(bitpix), "");
    image.set("NAXIS", CardValue::Integer(axes.len() as i64), "");
    for (index, axis) in axes.iter().enumerate() {
        image.set(&format!("NAXIS{}", index + 1), CardValue::Integer(*axis as i64), "");
    }
    for keyword in ["BSCALE", "BZERO", "BLANK"] {
        if let Some(card) = header.cards().iter().find(|card| card.keyword == keyword) {
            image.set(keyword, card.value.clone(), &card.comment);
        }
    }
    image
}
