//! Reading images: own decoder for plain pixels, `fitsio-pure` for compressed ones.

use std::ops::Range;
use std::path::Path;

use fitsio_pure::image::ImageData;
use ndarray::Array2;
use sky_image::Header;

use crate::checksum::{self, DataSum};
use crate::source::{Source, room};
use crate::walker::Walker;
use crate::{FitsError, FitsErrorKind, HduInfo, HduKind, Limits, RawPixels, Scaling, compressed};

/// Bytes that are read and decoded at once.
const PIECE_BYTES: u64 = 1 << 20;

/// An image with the header of its HDU.
#[derive(Clone, Debug)]
pub struct FitsImage {
    /// Header of the HDU; of a compressed image with BITPIX and NAXIS of the image itself.
    pub header: Header,
    /// Physical values `[y, x]`: BZERO and BSCALE applied, BLANK and undefined pixels NaN.
    pub pixels: Array2<f32>,
    /// BITPIX of the file.
    pub bitpix: i64,
    /// 0-based number of the HDU.
    pub hdu_index: usize,
}

/// An image in the pixel type of its file.
#[derive(Clone, Debug)]
pub struct RawImage {
    /// Header of the HDU; of a compressed image with BITPIX and NAXIS of the image itself.
    pub header: Header,
    /// Stored values `[y, x]`.
    pub pixels: RawPixels,
    /// How they become physical values (already applied where the pixels are `U16`).
    pub scaling: Scaling,
    /// 0-based number of the HDU.
    pub hdu_index: usize,
}

/// Reads the first HDU that holds a two-dimensional image (trailing axes of length 1 do not count): plain, `.gz` or
/// `.fz`, as the content says.
///
/// Fails where the header is impossible, the file too short or longer than its headers say, the image beyond the limits or
/// the memory, or where DATASUM or CHECKSUM does not agree.
pub fn read_image(path: &Path) -> Result<FitsImage, FitsError> {
    read_image_within(path, &Limits::default())
}

/// Reads the image in the HDU of that 0-based number of a file with several. Fails where that HDU is no two-dimensional image.
pub fn read_image_of_hdu(path: &Path, hdu_index: usize) -> Result<FitsImage, FitsError> {
    let limits = Limits::default();
    Found::image_at(Source::open(path, &limits)?, &limits, Some(hdu_index))?.physical(None)
}

/// The image in the HDU of that 0-based number, or the first one where none is named.
pub fn read_image_at(path: &Path, hdu_index: Option<usize>) -> Result<FitsImage, FitsError> {
    hdu_index.map_or_else(|| read_image(path), |index| read_image_of_hdu(path, index))
}

/// The same as [`read_image`] with limits of the caller.
pub fn read_image_within(path: &Path, limits: &Limits) -> Result<FitsImage, FitsError> {
    Found::image(Source::open(path, limits)?, limits)?.physical(None)
}

/// The same as [`read_image`] for a file in memory.
pub fn read_image_bytes(bytes: &[u8], limits: &Limits) -> Result<FitsImage, FitsError> {
    Found::image(Source::from_bytes(bytes, limits)?, limits)?.physical(None)
}

/// Rows `rows` (0-based) of the first two-dimensional image: of a plain file nothing else is read. DATASUM is not
/// looked at.
pub fn read_image_rows(path: &Path, rows: Range<usize>) -> Result<FitsImage, FitsError> {
    let limits = Limits::default();
    Found::image(Source::open(path, &limits)?, &limits)?.physical(Some(rows))
}

/// Reads the first two-dimensional image in the pixel type of the file.
pub fn read_image_raw(path: &Path) -> Result<RawImage, FitsError> {
    let limits = Limits::default();
    Found::image(Source::open(path, &limits)?, &limits)?.raw()
}

/// The same as [`read_image_at`] in the pixel type of the file.
pub fn read_image_raw_at(path: &Path, hdu_index: Option<usize>) -> Result<RawImage, FitsError> {
    let limits = Limits::default();
    Found::image_at(Source::open(path, &limits)?, &limits, hdu_index)?.raw()
}

/// The same as [`read_image_raw`] for a file in memory.
pub fn read_image_raw_bytes(bytes: &[u8], limits: &Limits) -> Result<RawImage, FitsError> {
    Found::image(Source::from_bytes(bytes, limits)?, limits)?.raw()
}

/// A file in which the image has been found.
struct Found<'a> {
    walker: Walker<'a>,
    hdu: HduInfo,
    bitpix: i64,
    width: usize,
    height: usize,
}

impl<'a> Found<'a> {
    fn image(source: Source<'a>, limits: &Limits) -> Result<Self, FitsError> {
        Self::image_at(source, limits, None)
    }

    /// The image in the HDU of that number, or the first one.
    fn image_at(source: Source<'a>, limits: &Limits, wanted: Option<usize>) -> Result<Self, FitsError> {
        let mut walker = Walker::new(source, *limits);
        let mut others = Vec::new();
        while let Some(hdu) = walker.next()? {
            if wanted.is_some_and(|wanted| wanted != walker.hdu_index()) {
                others.push(hdu.kind.describe());
                continue;
            }
            if let (Some((width, height)), HduKind::Image { bitpix, .. } | HduKind::CompressedImage { bitpix, .. }) =
                (hdu.kind.image_size(), &hdu.kind)
            {
                let bitpix = *bitpix;
                return Ok(Self { walker, hdu, bitpix, width: width as usize, height: height as usize });
            }
            others.push(hdu.kind.describe());
        }
        Err(FitsErrorKind::NoImage { found: others.join("; ") }.of(walker.source.name(), None))
    }

    fn is_compressed(&self) -> bool {
        matches!(self.hdu.kind, HduKind::CompressedImage { .. })
    }

    fn header(&self) -> Header {
        match &self.hdu.kind {
            HduKind::CompressedImage { bitpix, axes } => compressed::image_header(&self.hdu.header, *bitpix, axes),
            _ => self.hdu.header.clone(),
        }
    }

    fn physical(mut self, rows: Option<Range<usize>>) -> Result<FitsImage, FitsError> {
        let header = self.header();
        let hdu_index = self.walker.hdu_index();
        let scaling = Scaling::of(&self.hdu.header);
        let whole = rows.is_none();
        let rows = rows.unwrap_or(0..self.height);
        if rows.start > rows.end || rows.end > self.height {
            let found = format!("{} rows, asked for {}..{}", self.height, rows.start, rows.end);
            return Err(self.walker.fail(FitsErrorKind::header("NAXIS2", found, "all rows inside the image")));
        }
        let shape = (rows.len(), self.width);
        let pixels = if self.is_compressed() {
            let all = self.decompressed()?.to_f32(&scaling);
            if whole { all } else { all.slice(ndarray::s![rows, ..]).to_owned() }
        } else {
            let mut pixels = room("pixels", shape.0 as u64 * shape.1 as u64).map_err(|kind| self.walker.fail(kind))?;
            let (bitpix, plain) = (self.bitpix, scaling == Scaling::default());
            self.pieces(&rows, whole, |bytes| match bitpix {
                8 => pixels.extend(bytes.iter().map(|stored| scaling.physical(i64::from(*stored)))),
                16 if plain => pixels.extend(numbers(bytes, i16::from_be_bytes).map(f32::from)),
                16 => pixels.extend(numbers(bytes, i16::from_be_bytes).map(|stored| scaling.physical(stored.into()))),
                32 => pixels.extend(numbers(bytes, i32::from_be_bytes).map(|stored| scaling.physical(stored.into()))),
                64 => pixels.extend(numbers(bytes, i64::from_be_bytes).map(|stored| scaling.physical(stored))),
                -32 if plain => pixels.extend(numbers(bytes, f32::from_be_bytes)),
                -32 => pixels
                    .extend(numbers(bytes, f32::from_be_bytes).map(|stored| scaling.physical_float(stored.into()))),
                _ => pixels.extend(numbers(bytes, f64::from_be_bytes).map(|stored| scaling.physical_float(stored))),
            })?;
            self.shaped(pixels, shape)?
        };
        if whole {
            self.walker.finish()?;
        }
        Ok(FitsImage { header, pixels, bitpix: self.bitpix, hdu_index })
    }

    fn raw(mut self) -> Result<RawImage, FitsError> {
        let (header, hdu_index) = (self.header(), self.walker.hdu_index());
        let mut scaling = Scaling::of(&self.hdu.header);
        let pixels = if self.is_compressed() { self.decompressed()? } else { self.stored()? };
        let pixels = match pixels {
            RawPixels::I16(stored) if scaling.bzero == 32768.0 && scaling.bscale == 1.0 => {
                scaling = Scaling { blank: scaling.blank.map(|blank| blank + 32768), ..Scaling::default() };
                RawPixels::U16(stored.mapv(|stored| (stored as u16) ^ 0x8000))
            }
            other => other,
        };
        self.walker.finish()?;
        Ok(RawImage { header, pixels, scaling, hdu_index })
    }

    /// Pixels of a plain HDU in their own type.
    fn stored(&mut self) -> Result<RawPixels, FitsError> {
        let shape = (self.height, self.width);
        let mut bytes = room("pixels", self.hdu.data_bytes).map_err(|kind| self.walker.fail(kind))?;
        self.pieces(&(0..shape.0), true, |piece| bytes.extend_from_slice(piece))?;
        Ok(match self.bitpix {
            8 => RawPixels::U8(self.shaped(bytes, shape)?),
            16 => RawPixels::I16(self.shaped(numbers(&bytes, i16::from_be_bytes).collect(), shape)?),
            32 => RawPixels::I32(self.shaped(numbers(&bytes, i32::from_be_bytes).collect(), shape)?),
            64 => RawPixels::I64(self.shaped(numbers(&bytes, i64::from_be_bytes).collect(), shape)?),
            -32 => RawPixels::F32(self.shaped(numbers(&bytes, f32::from_be_bytes).collect(), shape)?),
            _ => RawPixels::F64(self.shaped(numbers(&bytes, f64::from_be_bytes).collect(), shape)?),
        })
    }

    fn decompressed(&mut self) -> Result<RawPixels, FitsError> {
        let decoded = compressed::decode(&mut self.walker, &self.hdu).map_err(|kind| self.walker.fail(kind))?;
        let shape = (self.height, self.width);
        Ok(match decoded {
            ImageData::U8(pixels) => RawPixels::U8(self.shaped(pixels, shape)?),
            ImageData::I16(pixels) => RawPixels::I16(self.shaped(pixels, shape)?),
            ImageData::I32(pixels) => RawPixels::I32(self.shaped(pixels, shape)?),
            ImageData::I64(pixels) => RawPixels::I64(self.shaped(pixels, shape)?),
            ImageData::F32(pixels) => RawPixels::F32(self.shaped(pixels, shape)?),
            ImageData::F64(pixels) => RawPixels::F64(self.shaped(pixels, shape)?),
        })
    }

    fn shaped<T>(&self, pixels: Vec<T>, shape: (usize, usize)) -> Result<Array2<T>, FitsError> {
        let found = pixels.len();
        Array2::from_shape_vec(shape, pixels).map_err(|_| {
            let reason = format!("{found} pixels for {} rows of {}", shape.0, shape.1);
            self.walker.fail(FitsErrorKind::Compressed { reason })
        })
    }

    /// Hands the bytes of the rows over piece by piece; `whole` also proves DATASUM and CHECKSUM.
    fn pieces(&mut self, rows: &Range<usize>, whole: bool, mut take: impl FnMut(&[u8])) -> Result<(), FitsError> {
        let row_bytes = self.width as u64 * self.bitpix.unsigned_abs() / 8;
        let mut position = self.hdu.data_offset + rows.start as u64 * row_bytes;
        let end = self.hdu.data_offset + rows.end as u64 * row_bytes;
        let mut buffer = vec![0; PIECE_BYTES.min(end - position) as usize];
        let proves = whole && checksum::is_stated(&self.hdu.header);
        let mut sum = DataSum::default();
        while position < end {
            let piece = &mut buffer[..PIECE_BYTES.min(end - position) as usize];
            self.walker.source.read_at(position, piece).map_err(|kind| self.walker.fail(kind))?;
            if proves {
                sum.add(piece);
            }
            take(piece);
            position += piece.len() as u64;
        }
        if proves {
            self.walker.prove(&self.hdu, sum).map_err(|kind| self.walker.fail(kind))?;
        }
        Ok(())
    }
}

fn numbers<T, const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    bytes.as_chunks::<N>().0.iter().map(move |chunk| decode(*chunk))
}
