//! The one door to the pixels of an image.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use sky_image::{Header, Mask, Rectangles};

use crate::fits_pixels::FitsPixels;
use crate::pixel_source::PixelSource;
use crate::source::Source;
use crate::window::Window;
use crate::xisf::XisfPixels;
use crate::{FitsError, FitsErrorKind, FitsImage, Limits, RawImage, RawPixels, Scaling};

/// Which image of a file is read, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageOptions {
    /// 0-based number of the HDU (of an XISF file: of the image); `None`: the first one that holds an image.
    pub hdu: Option<usize>,
    /// 0-based plane of an image of three axes, or channel of an XISF image; `None`: only an image of two axes is one (trailing axes of length 1 do not
    /// count).
    pub plane: Option<usize>,
    /// How much of the file is believed.
    pub limits: Limits,
    /// What decodes the pixels.
    pub decoder: Decoder,
}

/// What decodes the pixels of FITS files. Headers, limits and sums are checked by this crate whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decoder {
    /// This crate.
    #[default]
    Own,
    /// cfitsio on this system, for comparison: what it does otherwise is listed in docs/cfitsio.md.
    #[cfg(feature = "cfitsio")]
    Cfitsio,
}

/// An image of a file that has been opened: its header is read and checked, its pixels are not.
///
/// Files are recognised by content: plain FITS, gzip, images compressed by tiles, XISF. A gzip file is inflated once, when it is
/// opened. Rows and rectangles read no more than they need: of a plain file their bytes, of a compressed image the tiles
/// that touch their rows. All methods take `&self` and keep no position, so that threads may share a reader.
#[derive(Clone, Debug)]
pub struct ImageReader<'a> {
    pixels: Arc<dyn PixelSource + 'a>,
    plane: usize,
    limits: Limits,
}

impl ImageReader<'static> {
    /// Opens the first two-dimensional image of a file.
    ///
    /// Fails where a header is impossible, the file too short, or the image beyond the default limits.
    pub fn open(path: &Path) -> Result<Self, FitsError> {
        Self::open_with(path, &ImageOptions::default())
    }

    /// Opens the two-dimensional image in the HDU of that 0-based number, or the first one where none is named.
    pub fn open_hdu(path: &Path, hdu: Option<usize>) -> Result<Self, FitsError> {
        Self::open_with(path, &ImageOptions { hdu, ..ImageOptions::default() })
    }

    /// Opens the image that the options name.
    pub fn open_with(path: &Path, options: &ImageOptions) -> Result<Self, FitsError> {
        let source = Source::open_image(path, &options.limits)?;
        #[cfg(feature = "cfitsio")]
        if options.decoder == Decoder::Cfitsio && !source.is_xisf() {
            let own = FitsPixels::find(source, &options.limits, options.hdu, options.plane.is_some())?;
            return Self::of(Arc::new(crate::cfitsio::CfitsioPixels::open(path, own)?), options);
        }
        Self::find(source, options)
    }
}

impl<'a> ImageReader<'a> {
    /// Opens the image of a file in memory. It is decoded by this crate.
    pub fn open_bytes(bytes: &'a [u8], options: &ImageOptions) -> Result<Self, FitsError> {
        Self::find(Source::image_from_bytes(bytes, &options.limits)?, options)
    }

    fn find(source: Source<'a>, options: &ImageOptions) -> Result<Self, FitsError> {
        let (limits, hdu, with_planes) = (&options.limits, options.hdu, options.plane.is_some());
        if source.is_xisf() {
            Self::of(Arc::new(XisfPixels::find(source, limits, hdu, with_planes)?), options)
        } else {
            Self::of(Arc::new(FitsPixels::find(source, limits, hdu, with_planes)?), options)
        }
    }

    fn of(pixels: Arc<dyn PixelSource + 'a>, options: &ImageOptions) -> Result<Self, FitsError> {
        let plane = options.plane.unwrap_or(0);
        let planes = pixels.facts().planes;
        if plane >= planes {
            let found = format!("{planes} planes, asked for plane {plane}");
            return Err(pixels.fail(FitsErrorKind::header("NAXIS3", found, "a plane of the image")));
        }
        Ok(Self { pixels, plane, limits: options.limits })
    }

    /// Rows and columns of the image, `(height, width)` as of the arrays.
    pub fn shape(&self) -> (usize, usize) {
        self.pixels.facts().shape
    }

    /// Planes of the image: the length of its third axis.
    pub fn planes(&self) -> usize {
        self.pixels.facts().planes
    }

    /// Header of the HDU; of a compressed image with BITPIX and NAXIS of the image itself.
    pub fn header(&self) -> &Header {
        &self.pixels.facts().header
    }

    /// BITPIX: bits a pixel, negative for floats.
    pub fn bitpix(&self) -> i64 {
        self.pixels.facts().bitpix
    }

    /// How the raw pixels of this reader become physical values.
    pub fn scaling(&self) -> Scaling {
        self.pixels.facts().scaling
    }

    /// Values of black and white that an XISF file says; its floats are as a rule fractions of the camera's range (0 and 1).
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.pixels.facts().bounds
    }

    /// 0-based number of the HDU (of an XISF file: of the image).
    pub fn hdu_index(&self) -> usize {
        self.pixels.facts().hdu_index
    }

    /// The limits that the file was opened with.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The whole image as physical values.
    ///
    /// Fails where the data do not decode, memory is short, DATASUM or CHECKSUM does not agree, or the file is longer or
    /// shorter than its headers say.
    pub fn read(&self) -> Result<FitsImage, FitsError> {
        let pixels = self.pixels.physical(&self.whole(), true).map_err(|kind| self.pixels.fail(kind))?;
        self.pixels.finish()?;
        let header = self.header().clone();
        Ok(FitsImage { header, pixels, bitpix: self.bitpix(), hdu_index: self.hdu_index() })
    }

    /// The whole image in the pixel type of the file. Fails as [`Self::read`].
    pub fn read_raw(&self) -> Result<RawImage, FitsError> {
        let pixels = self.pixels.raw(&self.whole(), true).map_err(|kind| self.pixels.fail(kind))?;
        self.pixels.finish()?;
        let header = self.header().clone();
        Ok(RawImage { header, pixels, scaling: self.scaling(), hdu_index: self.hdu_index() })
    }

    /// These rows (0-based) as physical values. DATASUM and CHECKSUM are not looked at.
    ///
    /// Fails where a row lies outside the image or the data do not decode.
    pub fn read_rows(&self, rows: Range<usize>) -> Result<Array2<f32>, FitsError> {
        self.read_rectangle(rows, 0..self.shape().1)
    }

    /// The rectangle of these rows and columns (0-based) as physical values. Fails as [`Self::read_rows`].
    pub fn read_rectangle(&self, rows: Range<usize>, columns: Range<usize>) -> Result<Array2<f32>, FitsError> {
        self.window(rows, columns)
            .and_then(|window| self.pixels.physical(&window, false))
            .map_err(|kind| self.pixels.fail(kind))
    }

    /// The rectangle of these rows and columns (0-based) in the pixel type of the file; [`Self::scaling`] makes them
    /// physical. Fails as [`Self::read_rows`].
    pub fn read_raw_rectangle(&self, rows: Range<usize>, columns: Range<usize>) -> Result<RawPixels, FitsError> {
        self.window(rows, columns)
            .and_then(|window| self.pixels.raw(&window, false))
            .map_err(|kind| self.pixels.fail(kind))
    }

    /// The mask that lies beside this image: the bits of each pixel, from the first image of another file.
    ///
    /// Fails where it cannot be read, has another shape than this image, or holds anything but whole numbers of 16 bits.
    pub fn read_mask(&self, path: &Path) -> Result<Mask, FitsError> {
        let options = ImageOptions { limits: self.limits, ..ImageOptions::default() };
        let mask = ImageReader::open_with(path, &options)?;
        let ((height, width), (rows, columns)) = (self.shape(), mask.shape());
        if (rows, columns) != (height, width) {
            return Err(mask.pixels.fail(FitsErrorKind::MaskShape { columns, rows, width, height }));
        }
        let raw = mask.read_raw()?;
        bits_of(&raw).map_err(|kind| mask.pixels.fail(kind))
    }

    fn whole(&self) -> Window {
        Window::whole(self.plane, self.shape())
    }

    fn window(&self, rows: Range<usize>, columns: Range<usize>) -> Result<Window, FitsErrorKind> {
        Window::inside(self.plane, rows, columns, self.shape())
    }
}

impl Rectangles for ImageReader<'_> {
    type Error = FitsError;

    fn shape(&self) -> (usize, usize) {
        ImageReader::shape(self)
    }

    fn rectangle(&self, rows: Range<usize>, columns: Range<usize>) -> Result<Array2<f32>, FitsError> {
        self.read_rectangle(rows, columns)
    }
}

/// Stored values as bits: 16-bit ones as they are, others where they are whole numbers of 16 bits.
fn bits_of(raw: &RawImage) -> Result<Mask, FitsErrorKind> {
    let plain = raw.scaling.bzero == 0.0 && raw.scaling.bscale == 1.0;
    match &raw.pixels {
        RawPixels::U8(bits) if plain => return Ok(bits.mapv(u16::from)),
        RawPixels::I16(bits) if plain => return Ok(bits.mapv(|bits| bits as u16)),
        RawPixels::U16(bits) => return Ok(bits.clone()),
        _ => {}
    }
    let values = raw.pixels.to_f32(&raw.scaling);
    let is_bits = |value: &&f32| value.fract() == 0.0 && (0.0..=f32::from(u16::MAX)).contains(*value);
    match values.iter().find(|value| !is_bits(value)) {
        Some(value) => Err(FitsErrorKind::header("BITPIX", format!("a mask with {value}"), "whole numbers of 16 bits")),
        None => Ok(values.mapv(|value| value as u16)),
    }
}
