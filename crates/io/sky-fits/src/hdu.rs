//! One HDU as its header describes it.

use sky_image::Header;

/// FITS files are made of blocks of 2880 bytes.
pub(crate) const BLOCK_BYTES: u64 = 2880;

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
    pub fn describe(&self) -> String {
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

    /// Axes of an image that are longer than 1.
    pub fn n_axes(&self) -> usize {
        match self {
            Self::Image { axes, .. } | Self::CompressedImage { axes, .. } => {
                axes.iter().filter(|axis| **axis > 1).count()
            }
            _ => 0,
        }
    }

    /// Width, height and planes of an image of two axes or three (trailing axes of length 1 do not count).
    pub fn cube_size(&self) -> Option<(u64, u64, u64)> {
        let (Self::Image { axes, .. } | Self::CompressedImage { axes, .. }) = self else { return None };
        let (plane, more) = axes.split_at_checked(2)?;
        let (planes, more) = more.split_first().map_or((1, more), |(planes, more)| (*planes, more));
        let is_cube = plane.iter().all(|axis| *axis > 0) && planes > 0 && more.iter().all(|axis| *axis == 1);
        is_cube.then_some((plane[0], plane[1], planes))
    }

    /// BITPIX of an image.
    pub const fn bitpix(&self) -> Option<i64> {
        match self {
            Self::Image { bitpix, .. } | Self::CompressedImage { bitpix, .. } => Some(*bitpix),
            _ => None,
        }
    }

    /// Width and height of a two-dimensional image (trailing axes of length 1 do not count).
    pub fn image_size(&self) -> Option<(u64, u64)> {
        self.cube_size().filter(|(.., planes)| *planes == 1).map(|(width, height, _)| (width, height))
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

/// Bytes with padding to whole blocks.
pub(crate) const fn padded(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK_BYTES).saturating_mul(BLOCK_BYTES)
}
