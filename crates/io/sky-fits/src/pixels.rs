//! Pixels as they stand in a file.

use ndarray::{Array2, ArrayView2};
use sky_image::Header;

/// How stored values become physical ones: `bzero + bscale * stored`; stored values equal to `blank` are undefined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// BSCALE; 1 where the header has none.
    pub bscale: f64,
    /// BZERO; 0 where the header has none.
    pub bzero: f64,
    /// BLANK, of integer images.
    pub blank: Option<i64>,
}

impl Default for Scaling {
    fn default() -> Self {
        Self { bscale: 1.0, bzero: 0.0, blank: None }
    }
}

impl Scaling {
    /// What a header says.
    pub fn of(header: &Header) -> Self {
        Self {
            bscale: header.number("BSCALE").unwrap_or(1.0),
            bzero: header.number("BZERO").unwrap_or(0.0),
            blank: header.integer("BLANK"),
        }
    }

    /// A stored whole number as physical value, NaN where it is BLANK; rounded once to `f32`.
    pub(crate) fn physical(&self, stored: i64) -> f32 {
        if self.blank == Some(stored) {
            return f32::NAN;
        }
        (self.bzero + self.bscale * stored as f64) as f32
    }

    /// A stored float as physical value.
    pub(crate) fn physical_float(&self, stored: f64) -> f32 {
        if self.bscale == 1.0 && self.bzero == 0.0 { stored as f32 } else { (self.bzero + self.bscale * stored) as f32 }
    }
}

/// Stored pixels `[y, x]` in the type of the file. 16-bit images with BZERO 32768 are `U16`.
#[derive(Clone, Debug, PartialEq)]
pub enum RawPixels {
    /// BITPIX 8.
    U8(Array2<u8>),
    /// BITPIX 16.
    I16(Array2<i16>),
    /// BITPIX 16 with BZERO 32768 and BSCALE 1: unsigned.
    U16(Array2<u16>),
    /// BITPIX 32.
    I32(Array2<i32>),
    /// BITPIX 64.
    I64(Array2<i64>),
    /// BITPIX -32.
    F32(Array2<f32>),
    /// BITPIX -64.
    F64(Array2<f64>),
}

impl RawPixels {
    /// Physical values, undefined ones NaN.
    pub fn to_f32(&self, scaling: &Scaling) -> Array2<f32> {
        match self {
            Self::U8(pixels) => pixels.mapv(|stored| scaling.physical(i64::from(stored))),
            Self::I16(pixels) => pixels.mapv(|stored| scaling.physical(i64::from(stored))),
            Self::U16(pixels) => pixels.mapv(|stored| scaling.physical(i64::from(stored))),
            Self::I32(pixels) => pixels.mapv(|stored| scaling.physical(i64::from(stored))),
            Self::I64(pixels) => pixels.mapv(|stored| scaling.physical(stored)),
            Self::F32(pixels) => pixels.mapv(|stored| scaling.physical_float(f64::from(stored))),
            Self::F64(pixels) => pixels.mapv(|stored| scaling.physical_float(stored)),
        }
    }

    /// BITPIX of the file.
    pub const fn bitpix(&self) -> i64 {
        self.view().bitpix()
    }

    /// The same as something to write.
    pub const fn view(&self) -> PixelData<'_> {
        match self {
            Self::U8(pixels) => PixelData::U8(pixels),
            Self::I16(pixels) => PixelData::I16(pixels),
            Self::U16(pixels) => PixelData::U16(pixels),
            Self::I32(pixels) => PixelData::I32(pixels),
            Self::I64(pixels) => PixelData::I64(pixels),
            Self::F32(pixels) => PixelData::F32(pixels),
            Self::F64(pixels) => PixelData::F64(pixels),
        }
    }
}

/// Pixels `[y, x]` to be written; each becomes the BITPIX of its type, `U16` with BZERO 32768.
#[derive(Clone, Copy, Debug)]
pub enum PixelData<'a> {
    /// BITPIX 8.
    U8(&'a Array2<u8>),
    /// BITPIX 16.
    I16(&'a Array2<i16>),
    /// BITPIX 16 with BZERO 32768.
    U16(&'a Array2<u16>),
    /// BITPIX 32.
    I32(&'a Array2<i32>),
    /// BITPIX 64.
    I64(&'a Array2<i64>),
    /// BITPIX -32.
    F32(&'a Array2<f32>),
    /// BITPIX -64.
    F64(&'a Array2<f64>),
}

impl PixelData<'_> {
    /// BITPIX of the file.
    pub const fn bitpix(&self) -> i64 {
        match self {
            Self::U8(_) => 8,
            Self::I16(_) | Self::U16(_) => 16,
            Self::I32(_) => 32,
            Self::I64(_) => 64,
            Self::F32(_) => -32,
            Self::F64(_) => -64,
        }
    }

    /// Rows and columns.
    pub fn dim(&self) -> (usize, usize) {
        match self {
            Self::U8(pixels) => pixels.dim(),
            Self::I16(pixels) => pixels.dim(),
            Self::U16(pixels) => pixels.dim(),
            Self::I32(pixels) => pixels.dim(),
            Self::I64(pixels) => pixels.dim(),
            Self::F32(pixels) => pixels.dim(),
            Self::F64(pixels) => pixels.dim(),
        }
    }

    /// Appends the bytes of row `y`, big-endian.
    pub(crate) fn encode_row(&self, y: usize, bytes: &mut Vec<u8>) {
        fn encode<T: Copy, const N: usize>(
            pixels: ArrayView2<'_, T>,
            y: usize,
            out: &mut Vec<u8>,
            f: impl Fn(T) -> [u8; N],
        ) {
            let start = out.len();
            out.resize(start + pixels.ncols() * N, 0);
            for (bytes, pixel) in out[start..].as_chunks_mut::<N>().0.iter_mut().zip(pixels.row(y)) {
                *bytes = f(*pixel);
            }
        }
        match self {
            Self::U8(pixels) => encode(pixels.view(), y, bytes, u8::to_be_bytes),
            Self::I16(pixels) => encode(pixels.view(), y, bytes, i16::to_be_bytes),
            Self::U16(pixels) => encode(pixels.view(), y, bytes, |pixel| (pixel ^ 0x8000).to_be_bytes()),
            Self::I32(pixels) => encode(pixels.view(), y, bytes, i32::to_be_bytes),
            Self::I64(pixels) => encode(pixels.view(), y, bytes, i64::to_be_bytes),
            Self::F32(pixels) => encode(pixels.view(), y, bytes, f32::to_be_bytes),
            Self::F64(pixels) => encode(pixels.view(), y, bytes, f64::to_be_bytes),
        }
    }
}
