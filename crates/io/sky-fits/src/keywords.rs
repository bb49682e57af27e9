//! The keywords that give an HDU its size, each as the number that the standard makes it.

use sky_image::{CardValue, Header};

use crate::{FitsErrorKind, Limits};

/// FITS standard 4.0, section 4.4.1.1.
const MAX_AXES: i64 = 999;

/// A whole number that must be there.
pub(crate) fn integer(header: &Header, keyword: &str, expected: &str) -> Result<i64, FitsErrorKind> {
    match header.get(keyword) {
        Some(CardValue::Integer(value)) => Ok(*value),
        Some(other) => Err(FitsErrorKind::header(keyword, format!("{other:?}"), expected)),
        None => Err(FitsErrorKind::header(keyword, "no such card", expected)),
    }
}

/// A whole number that is not negative; absent it is `default`.
pub(crate) fn count(header: &Header, keyword: &str, default: u64) -> Result<u64, FitsErrorKind> {
    if header.get(keyword).is_none() {
        return Ok(default);
    }
    let expected = "a whole number that is not negative";
    let value = integer(header, keyword, expected)?;
    u64::try_from(value).map_err(|_| FitsErrorKind::header(keyword, value.to_string(), expected))
}

/// BITPIX or ZBITPIX.
pub(crate) fn bitpix(header: &Header, keyword: &str) -> Result<i64, FitsErrorKind> {
    const EXPECTED: &str = "8, 16, 32, 64, -32 or -64";
    match integer(header, keyword, EXPECTED)? {
        known @ (8 | 16 | 32 | 64 | -32 | -64) => Ok(known),
        other => Err(FitsErrorKind::header(keyword, other.to_string(), EXPECTED)),
    }
}

/// NAXISn or ZNAXISn.
pub(crate) fn axes(header: &Header, keyword: &str) -> Result<Vec<u64>, FitsErrorKind> {
    let number = integer(header, keyword, "0 to 999")?;
    if !(0..=MAX_AXES).contains(&number) {
        return Err(FitsErrorKind::header(keyword, number.to_string(), "0 to 999"));
    }
    (1..=number)
        .map(|axis| {
            let keyword = format!("{keyword}{axis}");
            let length = integer(header, &keyword, "the length of an axis")?;
            u64::try_from(length).map_err(|_| FitsErrorKind::header(&keyword, length.to_string(), "0 or more"))
        })
        .collect()
}

/// Refuses an image beyond the limit.
pub(crate) fn check_pixels(width: u64, height: u64, limits: &Limits) -> Result<(), FitsErrorKind> {
    let pixels = width.saturating_mul(height);
    if pixels > limits.max_pixels {
        return Err(FitsErrorKind::TooLarge { what: "pixels", found: pixels, limit: limits.max_pixels });
    }
    Ok(())
}

/// Column of an LDAC catalogue's LDAC_IMHEAD that holds the cards of the image.
pub(crate) const HEADER_CARDS: &str = "Field Header Card";
