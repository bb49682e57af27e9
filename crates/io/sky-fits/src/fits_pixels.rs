//! The pixels of one HDU of a FITS file: own decoder for plain ones, `fitsio-pure` for those compressed by tiles.

use fitsio_pure::image::ImageData;
use ndarray::{Array2, s};

use crate::checksum::{self, DataSum};
use crate::hdu_read::check_image;
use crate::pixel_source::{ImageFacts, PixelSource};
use crate::source::{Source, room};
use crate::walker::Walker;
use crate::window::Window;
use crate::{FitsError, FitsErrorKind, HduInfo, HduKind, Limits, RawPixels, Scaling, compressed};

/// Bytes that are read and decoded at once.
const PIECE_BYTES: usize = 1 << 20;
/// Bytes between the rows of a rectangle that are read along rather than jumped over: a page.
const GAP_BYTES: usize = 4096;
/// BZERO of unsigned 16-bit pixels (FITS standard 4.0, section 5.2.5).
const UNSIGNED_16: f64 = 32_768.0;

/// A file in which the image has been found.
#[derive(Clone, Debug)]
pub(crate) struct FitsPixels<'a> {
    walker: Walker<'a>,
    hdu: HduInfo,
    facts: ImageFacts,
    /// BSCALE, BZERO and BLANK as they stand.
    scaling: Scaling,
}

impl<'a> FitsPixels<'a> {
    /// The image in the HDU of that number, or the first one. Only where `with_planes` an image of three axes counts.
    pub(crate) fn find(
        source: Source<'a>,
        limits: &Limits,
        wanted: Option<usize>,
        with_planes: bool,
    ) -> Result<Self, FitsError> {
        let mut walker = Walker::new(source, *limits);
        let mut others = Vec::new();
        while let Some(hdu) = walker.next()? {
            let size = hdu.kind.cube_size().filter(|(.., planes)| with_planes || *planes == 1);
            let is_wanted = wanted.is_none_or(|wanted| wanted == walker.hdu_index());
            let (true, Some((width, height, planes)), Some(bitpix)) = (is_wanted, size, hdu.kind.bitpix()) else {
                others.push(hdu.kind.describe());
                continue;
            };
            check_image(&hdu.header, &hdu.kind, limits).map_err(|kind| walker.fail(kind))?;
            let header = match &hdu.kind {
                HduKind::CompressedImage { bitpix, axes } => compressed::image_header(&hdu.header, *bitpix, axes),
                _ => hdu.header.clone(),
            };
            let scaling = Scaling::of(&hdu.header);
            let facts = ImageFacts {
                header,
                bitpix,
                scaling: if is_unsigned(bitpix, &scaling) {
                    Scaling { blank: scaling.blank.map(|blank| blank + UNSIGNED_16 as i64), ..Scaling::default() }
                } else {
                    scaling
                },
                bounds: None,
                shape: (height as usize, width as usize),
                planes: planes as usize,
                hdu_index: walker.hdu_index(),
            };
            return Ok(Self { walker, hdu, facts, scaling });
        }
        Err(FitsErrorKind::NoImage { found: others.join("; ") }.of(walker.source.name(), None))
    }

    const fn is_compressed(&self) -> bool {
        matches!(self.hdu.kind, HduKind::CompressedImage { .. })
    }

    fn is_unsigned(&self) -> bool {
        is_unsigned(self.facts.bitpix, &self.scaling)
    }

    fn decompressed(&self, window: &Window, proves: bool) -> Result<RawPixels, FitsErrorKind> {
        let HduKind::CompressedImage { axes, .. } = &self.hdu.kind else {
            return Err(FitsErrorKind::Compressed { reason: self.hdu.kind.describe() });
        };
        if proves {
            self.walker.prove(&self.hdu, DataSum::default())?;
        }
        let (height, width) = self.facts.shape;
        let band = if window.rows.is_empty() || *window == Window::whole(0, self.facts.shape) && self.facts.planes == 1
        {
            compressed::Band::whole(&self.hdu.header, axes)?
        } else {
            compressed::Band::of_rows(&self.hdu.header, axes, window.plane, &window.rows)?
        };
        let first = window.plane * height + window.rows.start - band.first_row;
        let cut = Cut { width, first, window };
        Ok(match compressed::decode(&self.walker.source, &self.hdu, &band)? {
            ImageData::U8(pixels) => RawPixels::U8(cut.of(pixels)?),
            ImageData::I16(pixels) => RawPixels::I16(cut.of(pixels)?),
            ImageData::I32(pixels) => RawPixels::I32(cut.of(pixels)?),
            ImageData::I64(pixels) => RawPixels::I64(cut.of(pixels)?),
            ImageData::F32(pixels) => RawPixels::F32(cut.of(pixels)?),
            ImageData::F64(pixels) => RawPixels::F64(cut.of(pixels)?),
        })
    }

    fn swapped<T, const N: usize>(
        &self,
        window: &Window,
        proves: bool,
        decode: impl Fn([u8; N]) -> T,
    ) -> Result<Array2<T>, FitsErrorKind> {
        self.plain(window, proves, |bytes, out| out.extend(numbers(bytes, &decode)))
    }

    /// Decodes the bytes of a window of a plain image, piece by piece.
    fn plain<T>(
        &self,
        window: &Window,
        proves: bool,
        mut decode: impl FnMut(&[u8], &mut Vec<T>),
    ) -> Result<Array2<T>, FitsErrorKind> {
        let (rows, columns) = window.dim();
        let mut pixels = room("pixels", rows as u64 * columns as u64)?;
        if !window.is_empty() {
            self.pieces(window, proves, |bytes| decode(bytes, &mut pixels))?;
        }
        shaped(pixels, (rows, columns))
    }

    /// Hands the bytes of a window over, row by row or many rows at once.
    fn pieces(&self, window: &Window, proves: bool, mut take: impl FnMut(&[u8])) -> Result<(), FitsErrorKind> {
        let (height, width) = self.facts.shape;
        let pixel_bytes = (self.facts.bitpix.unsigned_abs() / 8) as usize;
        let row_bytes = width * pixel_bytes;
        let columns = window.columns.start * pixel_bytes..window.columns.end * pixel_bytes;
        let first_row = window.plane * height + window.rows.start;
        let start = self.hdu.data_offset + first_row as u64 * row_bytes as u64;
        let mut buffer = Vec::new();
        let source = &self.walker.source;
        if columns.len() == row_bytes {
            let end = start + window.rows.len() as u64 * row_bytes as u64;
            let proves = proves && checksum::is_stated(&self.hdu.header);
            let mut sum = DataSum::default();
            let mut position = start;
            while position < end {
                let bytes = (end - position).min(PIECE_BYTES as u64) as usize;
                let piece = source.bytes_at(position, bytes, &mut buffer)?;
                if proves {
                    sum.add(piece);
                }
                take(piece);
                position += bytes as u64;
            }
            // The sums are those of the whole HDU: what stands before the plane is not in `sum`.
            return if proves {
                self.walker.prove(&self.hdu, if start == self.hdu.data_offset { sum } else { DataSum::default() })
            } else {
                Ok(())
            };
        }
        let rows_at_once = if row_bytes - columns.len() <= GAP_BYTES { (PIECE_BYTES / row_bytes).max(1) } else { 1 };
        for first in (0..window.rows.len()).step_by(rows_at_once) {
            let rows = rows_at_once.min(window.rows.len() - first);
            let position = start + first as u64 * row_bytes as u64 + columns.start as u64;
            let piece = source.bytes_at(position, (rows - 1) * row_bytes + columns.len(), &mut buffer)?;
            for row in 0..rows {
                take(&piece[row * row_bytes..row * row_bytes + columns.len()]);
            }
        }
        Ok(())
    }
}

impl PixelSource for FitsPixels<'_> {
    fn facts(&self) -> &ImageFacts {
        &self.facts
    }

    fn physical(&self, window: &Window, proves: bool) -> Result<Array2<f32>, FitsErrorKind> {
        if self.is_compressed() {
            return Ok(self.decompressed(window, proves)?.to_f32(&self.scaling));
        }
        let scaling = self.scaling;
        let plain = scaling == Scaling::default();
        match self.facts.bitpix {
            8 => self.plain(window, proves, |bytes, out| {
                out.extend(bytes.iter().map(|stored| scaling.physical(i64::from(*stored))));
            }),
            16 if plain => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, i16::from_be_bytes).map(f32::from));
            }),
            16 if self.is_unsigned() && scaling.blank.is_none() => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, unsigned).map(f32::from));
            }),
            16 => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, i16::from_be_bytes).map(|stored| scaling.physical(stored.into())));
            }),
            32 => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, i32::from_be_bytes).map(|stored| scaling.physical(stored.into())));
            }),
            64 => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, i64::from_be_bytes).map(|stored| scaling.physical(stored)));
            }),
            -32 if plain => self.plain(window, proves, |bytes, out| out.extend(numbers(bytes, f32::from_be_bytes))),
            -32 => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, f32::from_be_bytes).map(|stored| scaling.physical_float(stored.into())));
            }),
            _ => self.plain(window, proves, |bytes, out| {
                out.extend(numbers(bytes, f64::from_be_bytes).map(|stored| scaling.physical_float(stored)));
            }),
        }
    }

    fn raw(&self, window: &Window, proves: bool) -> Result<RawPixels, FitsErrorKind> {
        if self.is_compressed() {
            return Ok(match self.decompressed(window, proves)? {
                RawPixels::I16(stored) if self.is_unsigned() => {
                    RawPixels::U16(stored.mapv(|stored| (stored as u16) ^ 0x8000))
                }
                other => other,
            });
        }
        Ok(match self.facts.bitpix {
            8 => RawPixels::U8(self.plain(window, proves, |bytes, out| out.extend_from_slice(bytes))?),
            16 if self.is_unsigned() => RawPixels::U16(self.swapped(window, proves, unsigned)?),
            16 => RawPixels::I16(self.swapped(window, proves, i16::from_be_bytes)?),
            32 => RawPixels::I32(self.swapped(window, proves, i32::from_be_bytes)?),
            64 => RawPixels::I64(self.swapped(window, proves, i64::from_be_bytes)?),
            -32 => RawPixels::F32(self.swapped(window, proves, f32::from_be_bytes)?),
            _ => RawPixels::F64(self.swapped(window, proves, f64::from_be_bytes)?),
        })
    }

    fn finish(&self) -> Result<(), FitsError> {
        self.walker.clone().finish()
    }

    fn fail(&self, kind: FitsErrorKind) -> FitsError {
        self.walker.fail(kind)
    }
}

/// The rows and columns of a window in decoded rows of the whole width.
struct Cut<'w> {
    width: usize,
    /// The row of the decoded ones that is the window's first.
    first: usize,
    window: &'w Window,
}

impl Cut<'_> {
    fn of<T: Clone>(&self, pixels: Vec<T>) -> Result<Array2<T>, FitsErrorKind> {
        let rows = pixels.len() / self.width;
        let all = shaped(pixels, (rows, self.width))?;
        let (height, width) = self.window.dim();
        if self.first + height > rows {
            let reason = format!("{rows} rows of pixels, asked for {}", self.first + height);
            return Err(FitsErrorKind::Compressed { reason });
        }
        if (self.first, height, width) == (0, rows, self.width) {
            return Ok(all);
        }
        Ok(all.slice(s![self.first..self.first + height, self.window.columns.clone()]).to_owned())
    }
}

fn shaped<T>(pixels: Vec<T>, shape: (usize, usize)) -> Result<Array2<T>, FitsErrorKind> {
    let found = pixels.len();
    Array2::from_shape_vec(shape, pixels).map_err(|_| {
        let reason = format!("{found} pixels for {} rows of {}", shape.0, shape.1);
        FitsErrorKind::Compressed { reason }
    })
}

fn numbers<T, const N: usize>(bytes: &[u8], decode: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    bytes.as_chunks::<N>().0.iter().map(move |chunk| decode(*chunk))
}

fn is_unsigned(bitpix: i64, scaling: &Scaling) -> bool {
    bitpix == 16 && scaling.bzero == UNSIGNED_16 && scaling.bscale == 1.0
}

/// A 16-bit number with BZERO 32768.
const fn unsigned(bytes: [u8; 2]) -> u16 {
    u16::from_be_bytes(bytes) ^ 0x8000
}
