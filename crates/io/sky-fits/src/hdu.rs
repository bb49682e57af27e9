//! One HDU as its header describes it.

use sky_image::{CardValue, Header};

use crate::bintable::row_layout;
use crate::{FitsErrorKind, Limits};

/// FITS files are made of blocks of 2880 bytes.
pub(crate) const BLOCK_BYTES: u64 = 2880;
/// FITS standard 4.0, section 4.4.1.1.
const MAX_AXES: i64 = 999;

/// What an HDU holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HduKind {
    /// An image (primary or extension), possibly without pixels.
    Image {
        /// Bits a pixel, negative for floats.
        bitpix: i64,
        /// Lengths of the axes, NAXIS1 first.
        axes: Vec<u64>,
    },
    /// An image compressed by tiles in a binary table.
    CompressedImage {
        /// Bits a pixel of the image, negative for floats.
        bitpix: i64,
        /// Lengths of the axes of the image, ZNAXIS1 first.
        axes: Vec<u64>,
    },
    /// A binary table.
    BinaryTable {
        /// Bytes of a row.
        row_bytes: u64,
        /// Rows.
        rows: u64,
        /// Columns.
        columns: usize,
    },
    /// An ASCII table.
    AsciiTable {
        /// Bytes of a row.
        row_bytes: u64,
        /// Rows.
        rows: u64,
        /// Columns.
        columns: usize,
    },
    /// Random groups or an extension that is not standard.
    Other(String),
}

impl HduKind {
    /// In a few words, for messages.
    pub(crate) fn describe(&self) -> String {
        let shape = |axes: &[u64]| axes.iter().map(u64::to_string).collect::<Vec<_>>().join("x");
        match self {
            Self::Image { axes, .. } if axes.is_empty() => "header without data".to_owned(),
            Self::Image { bitpix, axes } => format!("image {} of BITPIX {bitpix}", shape(axes)),
            Self::CompressedImage { bitpix, axes } => format!("compressed image {} of BITPIX {bitpix}", shape(axes)),
            Self::BinaryTable { rows, columns, .. } => format!("binary table of {rows} rows, {columns} columns"),
            Self::AsciiTable { rows, columns, .. } => format!("ASCII table of {rows} rows, {columns} columns"),
            Self::Other(name) => name.clone(),
        }
    }

    /// Width and height of a two-dimensional image (trailing axes of length 1 do not count).
    pub fn image_size(&self) -> Option<(u64, u64)> {
        let (Self::Image { axes, .. } | Self::CompressedImage { axes, .. }) = self else { return None };
        let (plane, more) = axes.split_at_checked(2)?;
        (plane.iter().all(|axis| *axis > 0) && more.iter().all(|axis| *axis == 1)).then_some((plane[0], plane[1]))
    }
}

/// One HDU: its header, what it holds and where its data are.
#[derive(Clone, Debug, PartialEq)]
pub struct HduInfo {
    /// Header as it stands in the file.
    pub header: Header,
    /// What it holds.
    pub kind: HduKind,
    /// First byte of the header in the (inflated) file.
    pub header_offset: u64,
    /// First byte of the data in the (inflated) file.
    pub data_offset: u64,
    /// Bytes of the data without padding.
    pub data_bytes: u64,
}

impl HduInfo {
    /// First byte after the data and their padding to whole blocks: where a file that follows the standard has its next HDU or its end.
    pub const fn padded_end(&self) -> u64 {
        self.data_offset.saturating_add(padded(self.data_bytes))
    }
}

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
                crate::compressed::kind_of(header, rows, limits)?
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
    if let Some((width, height)) = kind.image_size() {
        check_pixels(width, height, limits)?;
        check_scaling(header)?;
        check_blank(header, bitpix_of(&kind))?;
    }
    Ok(kind)
}

/// Bytes with padding to whole blocks.
pub(crate) const fn padded(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES)
}

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

/// Refuses an image beyond the limit.
pub(crate) fn check_pixels(width: u64, height: u64, limits: &Limits) -> Result<(), FitsErrorKind> {
    let pixels = width.saturating_mul(height);
    if pixels > limits.max_pixels {
        return Err(FitsErrorKind::TooLarge { what: "pixels", found: pixels, limit: limits.max_pixels });
    }
    Ok(())
}

const fn bitpix_of(kind: &HduKind) -> i64 {
    match kind {
        HduKind::Image { bitpix, .. } | HduKind::CompressedImage { bitpix, .. } => *bitpix,
        _ => 0,
    }
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
