//! What a plain FITS image holds, read a second time in the plainest way: cards in order, pixels one by one.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::tile::{BLOCK, CARD};

/// The pixels of a file of one plain image in its primary HDU, by the words of the standard (4.0, section 4.4); `None` where
/// the file breaks them, holds something else, or does not end where its header says.
pub(crate) fn pixels(file: &[u8]) -> Option<Array2<f32>> {
    let mut cards = BTreeMap::<String, Vec<String>>::new();
    let mut end = None;
    for (index, card) in file.chunks_exact(CARD).enumerate() {
        let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
        if text(card).trim_end() == "END" {
            end = Some((index + 1) * CARD);
            break;
        }
        let (keyword, rest) = (text(&card[..8]), text(&card[8..]));
        if let Some(field) = rest.strip_prefix('=') {
            let value = if field.trim_start().starts_with('\'') { field } else { field.split('/').next()? };
            cards.entry(keyword.trim_end().to_ascii_uppercase()).or_default().push(value.trim().to_owned());
        }
    }
    let start = end?.next_multiple_of(BLOCK);
    let one = |keyword: &str| -> Option<Option<String>> {
        match cards.get(keyword).map(Vec::as_slice) {
            None => Some(None),
            Some([first, more @ ..]) if more.iter().all(|other| other == first) => Some(Some(first.clone())),
            Some(_) => None,
        }
    };
    let whole = |keyword: &str| -> Option<i64> { one(keyword)??.parse().ok() };
    let real = |keyword: &str, default: f64| -> Option<f64> {
        match one(keyword)? {
            None => Some(default),
            Some(text) if text.is_empty() => Some(default),
            Some(text) => text.replace(['D', 'd'], "E").parse().ok().filter(|value: &f64| value.is_finite()),
        }
    };
    if one("SIMPLE")?? != "T" || !file.starts_with(b"SIMPLE  =") {
        return None;
    }
    let bitpix = whole("BITPIX")?;
    let axes: Vec<usize> = (1..=whole("NAXIS")?)
        .map(|axis| usize::try_from(whole(&format!("NAXIS{axis}"))?).ok())
        .collect::<Option<_>>()?;
    let (width, height) = match axes.as_slice() {
        [width, height, more @ ..] if more.iter().all(|axis| *axis == 1) => (*width, *height),
        _ => return None,
    };
    let bytes = usize::try_from(bitpix.unsigned_abs() / 8).ok()?;
    let data = file.get(start..start.checked_add(width.checked_mul(height)?.checked_mul(bytes)?)?)?;
    let tail = start + data.len().next_multiple_of(BLOCK);
    if width == 0 || height == 0 || file.get(tail..).is_some_and(|tail| tail.iter().any(|byte| *byte != 0)) {
        return None;
    }
    let (scale, zero) = (real("BSCALE", 1.0)?, real("BZERO", 0.0)?);
    let blank = match one("BLANK")? {
        Some(text) if bitpix > 0 && !text.is_empty() => Some(text.parse::<f64>().ok().filter(|v| v.fract() == 0.0)?),
        _ => None,
    };
    if scale == 0.0 {
        return None;
    }
    let physical =
        |stored: f64| -> f32 { if blank == Some(stored) { f32::NAN } else { (zero + scale * stored) as f32 } };
    let pixels: Vec<f32> = match bitpix {
        8 => data.iter().map(|byte| physical(f64::from(*byte))).collect(),
        16 => data.chunks(2).map(|b| physical(f64::from(i16::from_be_bytes([b[0], b[1]])))).collect(),
        32 => data.chunks(4).map(|b| physical(f64::from(i32::from_be_bytes([b[0], b[1], b[2], b[3]])))).collect(),
        64 => data
            .chunks(8)
            .map(|b| physical(i64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f64))
            .collect(),
        -32 => data.chunks(4).map(|b| physical(f64::from(f32::from_be_bytes([b[0], b[1], b[2], b[3]])))).collect(),
        -64 => data
            .chunks(8)
            .map(|b| physical(f64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])))
            .collect(),
        _ => return None,
    };
    Array2::from_shape_vec((height, width), pixels).ok()
}

/// Whether two images are the same, undefined pixels included.
pub(crate) fn same(left: &Array2<f32>, right: &Array2<f32>) -> bool {
    left.dim() == right.dim() && left.iter().zip(right).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}
