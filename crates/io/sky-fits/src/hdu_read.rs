//! What a header says of its HDU, and what it cannot say.

use sky_image::{CardValue, Header};

use crate::bintable::row_layout;
use crate::compressed;
use crate::keywords::{axes, bitpix, check_pixels, count, integer};
use crate::{FitsErrorKind, HduKind, Limits};

/// Bytes of the data unit that a header describes, without padding.
///
/// Fails where a structural keyword is missing or impossible.
pub fn required_length(header: &Header) -> Result<u64, FitsErrorKind> {
    let too_large = || FitsErrorKind::header("NAXIS", "a product of axes beyond 2^63", "axes that fit a file");
    let axes = axes(header, "NAXIS")?;
    let bitpix = bitpix(header, "BITPIX")?;
    if axes.is_empty() {
        return Ok(0);
    }
    let product = |axes: &[u64]| axes.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
    let is_extension = header.get("XTENSION").is_some();
    let is_groups = is_random_groups(header, &axes);
    let elements = product(if is_groups { &axes[1..] } else { &axes });
    let (parameters, groups) =
        if is_extension || is_groups { (count(header, "PCOUNT", 0)?, count(header, "GCOUNT", 1)?) } else { (0, 1) };
    elements
        .and_then(|elements| {
            elements.checked_add(parameters)?.checked_mul(groups)?.checked_mul(bitpix.unsigned_abs() / 8)
        })
        .filter(|bytes| *bytes < 1 << 62)
        .ok_or_else(too_large)
}

/// Reads what a header says of its HDU; refuses what cannot be.
pub(crate) fn kind_of(header: &Header, limits: &Limits) -> Result<HduKind, FitsErrorKind> {
    let axes = axes(header, "NAXIS")?;
    let bitpix = bitpix(header, "BITPIX")?;
    let kind = match header.text("XTENSION") {
        None if is_random_groups(header, &axes) => HduKind::Other("random groups".to_owned()),
        None => HduKind::Image { bitpix, axes },
        Some("IMAGE" | "IUEIMAGE") => {
            for (keyword, only) in [("PCOUNT", 0), ("GCOUNT", 1)] {
                let value = count(header, keyword, only)?;
                if value != only {
                    let expected = format!("{only} in an image extension");
                    return Err(FitsErrorKind::header(keyword, value.to_string(), expected));
                }
            }
            HduKind::Image { bitpix, axes }
        }
        Some("BINTABLE" | "A3DTABLE") => {
            let (row_bytes, rows, columns) = table_shape(header, bitpix, &axes)?;
            let layout = row_layout(header, columns)?;
            if layout.row_bytes != row_bytes {
                let found = format!("{row_bytes}, but the TFORMn add up to {}", layout.row_bytes);
                return Err(FitsErrorKind::header("NAXIS1", found, "the width of a row"));
            }
            if header.get("ZIMAGE") == Some(&CardValue::Logical(true)) {
                compressed::kind_of(header, rows, limits)?
            } else {
                HduKind::BinaryTable { row_bytes, rows, columns }
            }
        }
        Some("TABLE") => {
            let (row_bytes, rows, columns) = table_shape(header, bitpix, &axes)?;
            HduKind::AsciiTable { row_bytes, rows, columns }
        }
        Some(other) => HduKind::Other(format!("extension {other:?}")),
    };
    if kind.image_size().is_some() {
        check_image(header, &kind, limits)?;
    }
    Ok(kind)
}

/// Refuses an image beyond the limit, and one whose stored values cannot become numbers.
pub(crate) fn check_image(header: &Header, kind: &HduKind, limits: &Limits) -> Result<(), FitsErrorKind> {
    if let Some((width, height, planes)) = kind.cube_size() {
        check_pixels(width.saturating_mul(height), planes, limits)?;
    }
    check_scaling(header)?;
    check_blank(header, kind.bitpix().unwrap_or(0))
}

fn is_random_groups(header: &Header, axes: &[u64]) -> bool {
    axes.first() == Some(&0) && header.get("GROUPS") == Some(&CardValue::Logical(true))
}

fn table_shape(header: &Header, bitpix: i64, axes: &[u64]) -> Result<(u64, u64, usize), FitsErrorKind> {
    let [row_bytes, rows] = *axes else {
        return Err(FitsErrorKind::header("NAXIS", axes.len().to_string(), "2 in a table"));
    };
    if bitpix != 8 {
        return Err(FitsErrorKind::header("BITPIX", bitpix.to_string(), "8 in a table"));
    }
    if count(header, "GCOUNT", 1)? != 1 {
        return Err(FitsErrorKind::header("GCOUNT", "another number", "1 in a table"));
    }
    let columns = integer(header, "TFIELDS", "0 to 999")?;
    let columns = usize::try_from(columns).ok().filter(|columns| *columns <= 999);
    let columns = columns.ok_or_else(|| FitsErrorKind::header("TFIELDS", "another number", "0 to 999"))?;
    Ok((row_bytes, rows, columns))
}

/// A BLANK that is no whole number would leave undefined pixels as numbers (it means nothing for floats).
fn check_blank(header: &Header, bitpix: i64) -> Result<(), FitsErrorKind> {
    match header.get("BLANK") {
        Some(value) if bitpix > 0 && *value != CardValue::None && header.integer("BLANK").is_none() => {
            Err(FitsErrorKind::header("BLANK", format!("{value:?}"), "a whole number"))
        }
        _ => Ok(()),
    }
}

fn check_scaling(header: &Header) -> Result<(), FitsErrorKind> {
    for keyword in ["BSCALE", "BZERO"] {
        let expected = "a finite number, for BSCALE not zero";
        match header.get(keyword) {
            None | Some(CardValue::None) => {}
            Some(value) => match header.number(keyword) {
                Some(number) if number.is_finite() && (keyword == "BZERO" || number != 0.0) => {}
                _ => return Err(FitsErrorKind::header(keyword, format!("{value:?}"), expected)),
            },
        }
    }
    Ok(())
}
