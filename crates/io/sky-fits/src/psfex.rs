//! PSF models as PSFEx writes them and SExtractor reads them (`.psf`: one table PSF_DATA with one cell PSF_MASK).

use std::io::Write;
use std::path::Path;

use ndarray::Array3;
use sky_image::{CardValue, Header};

use crate::bintable::{read_rows, write_primary, write_table};
use crate::source::Source;
use crate::walker::Walker;
use crate::{
    BinColumn, BinTable, FitsError, FitsErrorKind, HduKind, Limits, Values, read_bintable, read_bintable_bytes,
};

/// EXTNAME of the table.
const PSF_DATA: &str = "PSF_DATA";
/// Contexts, groups and degrees beyond these are refused.
const MAX_CONTEXTS: u64 = 10;
const MAX_DEGREE: u64 = 20;

/// What the PSF varies with.
#[derive(Clone, Debug, PartialEq)]
pub struct PsfexContext {
    /// Name of the catalogue column (POLNAMEi), such as `X_IMAGE`.
    pub name: String,
    /// 1-based polynomial group (POLGRPi).
    pub group: usize,
    /// Offset of the column (POLZEROi), in its unit.
    pub zero: f64,
    /// Scale of the column (POLSCALi), in its unit.
    pub scale: f64,
}

/// A PSFEx model: images of the PSF on a grid of `sampling_px`, one for each coefficient of a polynomial in the
/// contexts `(column - zero) / scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct PsfexFile {
    /// Sources that were loaded (LOADED).
    pub loaded: i64,
    /// Sources that were accepted (ACCEPTED).
    pub accepted: i64,
    /// Final reduced chi-square (CHI2).
    pub chi2: f64,
    /// Full width at half maximum, image pixels (PSF_FWHM).
    pub fwhm_px: f64,
    /// Step of the grid, image pixels (PSF_SAMP).
    pub sampling_px: f64,
    /// What it varies with (POLNAXIS); none: constant.
    pub contexts: Vec<PsfexContext>,
    /// Degree of the polynomial of each group (POLDEGi).
    pub degrees: Vec<usize>,
    /// Coefficients `[coefficient, y, x]`, in PSFEx's order of monomials (the first context's power runs fastest).
    pub coefficients: Array3<f32>,
}

impl PsfexFile {
    /// Coefficients that contexts and degrees ask for: the product over groups of (n + d)! / (n! d!).
    pub fn expected_coefficients(contexts: &[PsfexContext], degrees: &[usize]) -> usize {
        degrees
            .iter()
            .enumerate()
            .map(|(index, degree)| {
                let members = contexts.iter().filter(|context| context.group == index + 1).count();
                (1..=members).fold(1, |product, k| product * (degree + k) / k)
            })
            .product()
    }

    /// Reads a model. Fails where a keyword is missing or the cell does not have the shape that they say.
    pub fn read(path: &Path) -> Result<Self, FitsError> {
        let table = read_bintable(path, Some(PSF_DATA))?;
        Self::of(&table).map_err(|kind| kind.of(&path.display().to_string(), Some(1)))
    }

    /// Reads all models of a file with the numbers of their HDUs: PSFEx writes one for each extension of its catalogue.
    ///
    /// Fails as [`Self::read`] does, and where there is none.
    pub fn read_all(path: &Path) -> Result<Vec<(usize, Self)>, FitsError> {
        let limits = Limits::default();
        let mut walker = Walker::new(Source::open(path, &limits)?, limits);
        let mut models = Vec::new();
        while let Some(hdu) = walker.next()? {
            if hdu.header.text("EXTNAME") == Some(PSF_DATA) && matches!(hdu.kind, HduKind::BinaryTable { .. }) {
                let table = read_rows(&mut walker, &hdu)?;
                models.push((walker.hdu_index(), Self::of(&table).map_err(|kind| walker.fail(kind))?));
            }
        }
        if models.is_empty() {
            // The error of the reader of one, which says what is there.
            return Self::read(path).map(|model| vec![(1, model)]);
        }
        Ok(models)
    }

    /// The model in the HDU of that number, or the first one where none is named.
    pub fn read_at(path: &Path, hdu_index: Option<usize>) -> Result<Self, FitsError> {
        let Some(wanted) = hdu_index else { return Self::read(path) };
        let found = Self::read_all(path)?.into_iter().find(|(index, _)| *index == wanted);
        found.map(|(_, model)| model).ok_or_else(|| {
            let kind = FitsErrorKind::NoTable {
                wanted: format!("{PSF_DATA} in HDU {wanted}"),
                found: "none there".to_owned(),
            };
            kind.of(&path.display().to_string(), Some(wanted))
        })
    }

    /// The same as [`Self::read`] for a file in memory.
    pub fn read_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, FitsError> {
        Self::of(&read_bintable_bytes(bytes, Some(PSF_DATA), limits)?).map_err(|kind| kind.of("memory", Some(1)))
    }

    /// Writes the model. Fails where the coefficients are not as many as contexts and degrees ask for, a number is not
    /// finite, or the writer refuses.
    pub fn write(&self, writer: &mut impl Write) -> Result<(), FitsError> {
        self.write_parts(writer).map_err(|kind| kind.of("output", Some(1)))
    }

    fn write_parts(&self, writer: &mut impl Write) -> Result<(), FitsErrorKind> {
        let (count, height, width) = self.coefficients.dim();
        check_count(&self.contexts, &self.degrees, count)?;
        let cell = Values::F32(self.coefficients.iter().copied().collect());
        let mask = BinColumn::new("PSF_MASK", cell).with_dims(&[width, height, count]);
        write_primary(writer)?;
        write_table(writer, PSF_DATA, &self.cards(), &[mask.with_comment("Tabulated PSF data")])
    }

    fn cards(&self) -> Header {
        let mut header = Header::new();
        let (count, height, width) = self.coefficients.dim();
        let whole = |header: &mut Header, keyword: &str, value: usize, comment: &str| {
            header.push(keyword, CardValue::Integer(value as i64), comment);
        };
        header.push("LOADED", CardValue::Integer(self.loaded), "Number of loaded sources");
        header.push("ACCEPTED", CardValue::Integer(self.accepted), "Number of accepted sources");
        header.push("CHI2", CardValue::Real(self.chi2), "Final reduced chi2");
        whole(&mut header, "POLNAXIS", self.contexts.len(), "Number of context parameters");
        for (index, context) in self.contexts.iter().enumerate() {
            let number = index + 1;
            whole(&mut header, &format!("POLGRP{number}"), context.group, "Polynom group for this context parameter");
            let name = CardValue::Text(context.name.clone());
            header.push(&format!("POLNAME{number}"), name, "Name of this context parameter");
            let (zero, scale) = (CardValue::Real(context.zero), CardValue::Real(context.scale));
            header.push(&format!("POLZERO{number}"), zero, "Offset value for this context parameter");
            header.push(&format!("POLSCAL{number}"), scale, "Scale value for this context parameter");
        }
        whole(&mut header, "POLNGRP", self.degrees.len(), "Number of context groups");
        for (index, degree) in self.degrees.iter().enumerate() {
            whole(&mut header, &format!("POLDEG{}", index + 1), *degree, "Polynom degree for this context group");
        }
        header.push("PSF_FWHM", CardValue::Real(self.fwhm_px), "PSF FWHM in image pixels");
        header.push("PSF_SAMP", CardValue::Real(self.sampling_px), "Sampling step of the PSF data in image pixels");
        whole(&mut header, "PSFNAXIS", 3, "Dimensionality of the PSF data");
        for (index, axis) in [width, height, count].into_iter().enumerate() {
            whole(&mut header, &format!("PSFAXIS{}", index + 1), axis, "Number of element along this axis");
        }
        header
    }

    fn of(table: &BinTable) -> Result<Self, FitsErrorKind> {
        let header = &table.header;
        let number = |keyword: &str| {
            header.number(keyword).ok_or_else(|| FitsErrorKind::header(keyword, "no such number", "a number"))
        };
        let count = |keyword: &str, most: u64| {
            let value = crate::keywords::integer(header, keyword, "a whole number")?;
            let known = u64::try_from(value).ok().filter(|value| *value <= most);
            known
                .map(|value| value as usize)
                .ok_or_else(|| FitsErrorKind::header(keyword, value.to_string(), format!("0 to {most}")))
        };
        let contexts = (1..=count("POLNAXIS", MAX_CONTEXTS)?)
            .map(|index| {
                Ok(PsfexContext {
                    name: header.text(&format!("POLNAME{index}")).unwrap_or_default().to_owned(),
                    group: count(&format!("POLGRP{index}"), MAX_CONTEXTS)?,
                    zero: number(&format!("POLZERO{index}"))?,
                    scale: number(&format!("POLSCAL{index}"))?,
                })
            })
            .collect::<Result<Vec<_>, FitsErrorKind>>()?;
        let groups = if contexts.is_empty() { 0 } else { count("POLNGRP", MAX_CONTEXTS)? };
        let degrees = (1..=groups)
            .map(|index| count(&format!("POLDEG{index}"), MAX_DEGREE))
            .collect::<Result<Vec<_>, FitsErrorKind>>()?;
        let mask = table.column("PSF_MASK")?;
        let (width, height, images) = match *mask.dims {
            [width, height] => (width, height, 1),
            [width, height, images] => (width, height, images),
            _ => return Err(FitsErrorKind::column("PSF_MASK", format!("shape {:?}", mask.dims), "two or three axes")),
        };
        check_count(&contexts, &degrees, images)?;
        let Values::F32(pixels) = &mask.values else {
            return Err(FitsErrorKind::column("PSF_MASK", mask.values.describe(), "single-precision floats"));
        };
        let coefficients = Array3::from_shape_vec((images, height, width), pixels.clone())
            .map_err(|_| FitsErrorKind::column("PSF_MASK", format!("{} rows", table.rows), "one row"))?;
        Ok(Self {
            loaded: header.integer("LOADED").unwrap_or(0),
            accepted: header.integer("ACCEPTED").unwrap_or(0),
            chi2: header.number("CHI2").unwrap_or(0.0),
            fwhm_px: number("PSF_FWHM")?,
            sampling_px: number("PSF_SAMP")?,
            contexts,
            degrees,
            coefficients,
        })
    }
}

fn check_count(contexts: &[PsfexContext], degrees: &[usize], found: usize) -> Result<(), FitsErrorKind> {
    let expected = PsfexFile::expected_coefficients(contexts, degrees);
    if found == expected {
        return Ok(());
    }
    Err(FitsErrorKind::column(
        "PSF_MASK",
        format!("{found} coefficients"),
        format!("{expected} of degrees {degrees:?}"),
    ))
}
