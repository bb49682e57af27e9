//! Pixels by cfitsio through the crate `fitsio`, for comparison. Headers and limits are those of this crate: a file that it
//! refuses never reaches cfitsio.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fitsio::FitsFile;
use fitsio::hdu::HduInfo;
use fitsio::images::ReadImage;
use fitsio::threadsafe_fitsfile::ThreadsafeFitsFile;
use ndarray::{Array2, s};

use crate::fits_pixels::FitsPixels;
use crate::pixel_source::{ImageFacts, PixelSource};
use crate::window::Window;
use crate::{FitsError, FitsErrorKind, RawPixels, Scaling};

/// An image that cfitsio has opened beside this crate.
pub(crate) struct CfitsioPixels {
    own: FitsPixels<'static>,
    file: Mutex<ThreadsafeFitsFile>,
}

impl fmt::Debug for CfitsioPixels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CfitsioPixels").field("own", &self.own).finish_non_exhaustive()
    }
}

impl CfitsioPixels {
    /// Opens the file once more. Fails where cfitsio cannot, or sees another shape than this crate.
    pub(crate) fn open(path: &Path, own: FitsPixels<'static>) -> Result<Self, FitsError> {
        // `FitsFile::open` panics on a name that is no UTF-8.
        let opened = match path.to_str() {
            Some(name) => FitsFile::open(name).map_err(reason),
            None => Err(FitsErrorKind::Cfitsio { reason: "a file name that is no UTF-8".to_owned() }),
        };
        let pixels =
            opened.map_err(|kind| own.fail(kind)).map(|file| Self { own, file: Mutex::new(file.threadsafe()) })?;
        let (height, width) = pixels.own.facts().shape;
        let shape = pixels.shape().map_err(|kind| pixels.fail(kind))?;
        // Axes come back slowest first.
        let is_same = shape.ends_with(&[height, width])
            && shape.iter().product::<usize>() == height * width * pixels.own.facts().planes;
        if !is_same {
            let reason = format!("axes {shape:?} where the header says {height} rows of {width}");
            return Err(pixels.fail(FitsErrorKind::Cfitsio { reason }));
        }
        Ok(pixels)
    }

    fn shape(&self) -> Result<Vec<usize>, FitsErrorKind> {
        let guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = guard.lock().map_err(reason)?;
        let hdu = file.hdu(self.own.facts().hdu_index).map_err(reason)?;
        match hdu.info {
            HduInfo::ImageInfo { shape, .. } => Ok(shape),
            _ => Err(FitsErrorKind::Cfitsio { reason: "no image in this HDU".to_owned() }),
        }
    }

    /// Whole rows that hold the window, cut to its columns.
    fn read<T: Clone>(&self, window: &Window) -> Result<Array2<T>, FitsErrorKind>
    where
        Vec<T>: ReadImage,
    {
        let (height, width) = self.own.facts().shape;
        if window.is_empty() {
            return Array2::from_shape_vec(window.dim(), Vec::new()).map_err(|error| shape_error(&error));
        }
        let first = window.plane * height + window.rows.start;
        let range: Range<usize> = first * width..(first + window.rows.len()) * width;
        let guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = guard.lock().map_err(reason)?;
        let hdu = file.hdu(self.own.facts().hdu_index).map_err(reason)?;
        let rows: Vec<T> = hdu.read_section(&mut file, range.start, range.end).map_err(reason)?;
        let rows = Array2::from_shape_vec((window.rows.len(), width), rows).map_err(|error| shape_error(&error))?;
        Ok(rows.slice(s![.., window.columns.clone()]).to_owned())
    }
}

impl PixelSource for CfitsioPixels {
    fn facts(&self) -> &ImageFacts {
        self.own.facts()
    }

    fn physical(&self, window: &Window, _proves: bool) -> Result<Array2<f32>, FitsErrorKind> {
        self.read::<f32>(window)
    }

    fn raw(&self, window: &Window, _proves: bool) -> Result<RawPixels, FitsErrorKind> {
        let facts = self.own.facts();
        if (Scaling { blank: None, ..facts.scaling }) != Scaling::default() {
            let reason = "stored values only with BSCALE and BZERO applied".to_owned();
            return Err(FitsErrorKind::Cfitsio { reason });
        }
        let is_unsigned = facts.header.number("BZERO").is_some_and(|zero| zero != 0.0);
        Ok(match facts.bitpix {
            8 => RawPixels::U8(self.read(window)?),
            16 if is_unsigned => RawPixels::U16(self.read(window)?),
            16 => RawPixels::I16(self.read(window)?),
            32 => RawPixels::I32(self.read(window)?),
            64 => RawPixels::I64(self.read(window)?),
            -32 => RawPixels::F32(self.read(window)?),
            _ => RawPixels::F64(self.read(window)?),
        })
    }

    fn finish(&self) -> Result<(), FitsError> {
        self.own.finish()
    }

    fn fail(&self, kind: FitsErrorKind) -> FitsError {
        self.own.fail(kind)
    }
}

fn reason(error: fitsio::errors::Error) -> FitsErrorKind {
    FitsErrorKind::Cfitsio { reason: error.to_string() }
}

fn shape_error(error: &ndarray::ShapeError) -> FitsErrorKind {
    FitsErrorKind::Cfitsio { reason: error.to_string() }
}
