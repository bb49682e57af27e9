//! The rows of a source catalogue (FITS_LDAC, SExtractor's columns), with one rule for positions that are missing.

use std::path::Path;

use sky_coords::{PixelPos, SkyPos};
use sky_image::Header;

use crate::{BinTable, FitsError, FitsErrorKind, ldac};

/// How a position was measured. A catalogue without one kind is read with the next: PSF fit, windowed, isophotal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionKind {
    /// Fit of the PSF: `XPSF_IMAGE`, `ALPHAPSF_J2000`.
    Psf,
    /// Gaussian-windowed: `XWIN_IMAGE`, `ALPHAWIN_J2000`.
    Windowed,
    /// Barycentre of the footprint: `X_IMAGE`, `ALPHA_J2000`.
    Isophotal,
}

impl PositionKind {
    const fn columns_on(self, plane: Plane) -> [&'static str; 2] {
        match (plane, self) {
            (Plane::Pixels, Self::Psf) => ["XPSF_IMAGE", "YPSF_IMAGE"],
            (Plane::Pixels, Self::Windowed) => ["XWIN_IMAGE", "YWIN_IMAGE"],
            (Plane::Pixels, Self::Isophotal) => ["X_IMAGE", "Y_IMAGE"],
            (Plane::Sky, Self::Psf) => ["ALPHAPSF_J2000", "DELTAPSF_J2000"],
            (Plane::Sky, Self::Windowed) => ["ALPHAWIN_J2000", "DELTAWIN_J2000"],
            (Plane::Sky, Self::Isophotal) => ["ALPHA_J2000", "DELTA_J2000"],
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Psf => Some(Self::Windowed),
            Self::Windowed => Some(Self::Isophotal),
            Self::Isophotal => None,
        }
    }
}

/// Where a position lies.
#[derive(Clone, Copy)]
enum Plane {
    Pixels,
    Sky,
}

/// Columns that positions may come from on the image.
pub const PIXEL_COLUMNS: &[&str] = &["XPSF_IMAGE", "YPSF_IMAGE", "XWIN_IMAGE", "YWIN_IMAGE", "X_IMAGE", "Y_IMAGE"];

/// A source catalogue that has been read.
#[derive(Clone, Debug)]
pub struct SourceRows {
    /// Header of the image that was searched.
    pub header: Header,
    /// The table as it stands.
    pub table: BinTable,
    fallbacks: Vec<String>,
}

impl SourceRows {
    /// The kind of the warning of [`Self::warning`].
    pub const WARNING: &'static str = "isophotal_positions";

    /// Reads a catalogue. Fails where it cannot be read or is no FITS_LDAC catalogue of one image.
    pub fn read(path: &Path) -> Result<Self, FitsError> {
        Ok(Self::of(ldac::read(path)?))
    }

    /// The same as [`Self::read`] with the columns of these names only, so far as the catalogue has them.
    pub fn read_columns(path: &Path, names: &[&str]) -> Result<Self, FitsError> {
        Ok(Self::of(ldac::read_columns(path, names)?))
    }

    fn of((header, table): (Header, BinTable)) -> Self {
        Self { header, table, fallbacks: Vec::new() }
    }

    /// Sources.
    pub const fn len(&self) -> usize {
        self.table.rows
    }

    /// Whether there is no source.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// NUMBER of each source; its place, counted from 1, where the cell is undefined. Fails without the column.
    pub fn ids(&self) -> Result<Vec<i64>, FitsErrorKind> {
        let numbers = self.table.integers("NUMBER")?;
        Ok(numbers.into_iter().enumerate().map(|(row, number)| number.unwrap_or(row as i64 + 1)).collect())
    }

    /// A column as floats, undefined cells NaN. Fails without the column, or where it holds no numbers.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, FitsErrorKind> {
        self.table.numbers(name)
    }

    /// The same, NaN in every row where there is no such column of numbers.
    pub fn numbers_or_missing(&self, name: &str) -> Vec<f64> {
        self.numbers(name).unwrap_or_else(|_| vec![f64::NAN; self.len()])
    }

    /// A column as whole numbers, `None` where undefined. Fails without the column, or where it holds none.
    pub fn integers(&self, name: &str) -> Result<Vec<Option<i64>>, FitsErrorKind> {
        self.table.integers(name)
    }

    /// Positions on the image, of the kind that is asked for or the next one that the catalogue has for both axes.
    ///
    /// Fails where it has none.
    pub fn pixels(&mut self, asked: PositionKind) -> Result<Vec<PixelPos>, FitsErrorKind> {
        let [x, y] = self.positions(asked, Plane::Pixels)?;
        Ok(x.into_iter().zip(y).map(|(x, y)| PixelPos::from_fits(x, y)).collect())
    }

    /// Positions on the sky by the solution of the header, by the same rule as [`Self::pixels`].
    ///
    /// Fails where the catalogue has none.
    pub fn sky(&mut self, asked: PositionKind) -> Result<Vec<SkyPos>, FitsErrorKind> {
        let [ra, dec] = self.positions(asked, Plane::Sky)?;
        Ok(ra.into_iter().zip(dec).map(|(ra_deg, dec_deg)| SkyPos { ra_deg, dec_deg }).collect())
    }

    /// What the positions were read from in place of what was asked for: one warning for the catalogue, if any.
    pub fn warning(&self) -> Option<String> {
        (!self.fallbacks.is_empty()).then(|| format!("the catalogue has no {}", self.fallbacks.join(", and no ")))
    }

    fn positions(&mut self, asked: PositionKind, plane: Plane) -> Result<[Vec<f64>; 2], FitsErrorKind> {
        let mut kind = asked;
        loop {
            let [first, second] = kind.columns_on(plane);
            let has_both = self.table.column(first).is_ok() && self.table.column(second).is_ok();
            match kind.next() {
                Some(next) if !has_both => kind = next,
                _ => {
                    let values = [self.numbers(first)?, self.numbers(second)?];
                    if kind != asked {
                        let wanted = asked.columns_on(plane).join(" and ");
                        self.fallbacks.push(format!("{wanted}: {first} and {second} are read"));
                    }
                    return Ok(values);
                }
            }
        }
    }
}
