//! Opening frames.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use products::facts::{CalibrationFacts, CameraFacts, PixelLayout};
use products::{FrameFacts, FrameSet, RawFrameSet};
use sky_camera::correct::Calibration;
use sky_camera::frame::{FrameHow, FrameParts, FrameReader};
use sky_fits::{ImageOptions, ImageReader};
use sky_image::Header;
use step_contract::{DoneUnit, FileEntry};

use crate::defects::defect_places;
use crate::error::FrameOpenError;
use crate::unpack::plain;

/// An open file, shared by threads.
type Reader = ImageReader<'static>;

/// A frame that is open.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Gives its pixels, calibrated.
    pub reader: FrameReader<Reader>,
    /// Header of its file.
    pub header: Header,
}

/// The files of the masters of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MasterPaths {
    /// Bias.
    pub bias: Option<PathBuf>,
    /// Dark.
    pub dark: Option<PathBuf>,
    /// Flat.
    pub flat: Option<PathBuf>,
    /// Map of bad pixels.
    pub defects: Option<PathBuf>,
}

/// Opens frames. Files that several frames use (masters, maps of defects) are opened once.
#[derive(Debug)]
pub struct Frames {
    cache: PathBuf,
    masters: Mutex<BTreeMap<PathBuf, Arc<Reader>>>,
    defects: Mutex<BTreeMap<PathBuf, Arc<[u32]>>>,
}

/// Largest value of a 16-bit camera: floats of an XISF file with the bounds 0 and 1 are shares of it.
const FULL_16_BIT: f64 = 65_535.0;

impl Frames {
    /// A door to frames; compressed files are unpacked below `cache` (`OutputDir::cache`).
    pub fn new(cache: &Path) -> Self {
        Self { cache: cache.to_owned(), masters: Mutex::default(), defects: Mutex::default() }
    }

    /// Opens a unit of a frame-set: an `image` as it is (its plane of that number, where it has several), a `raw` with its masters.
    ///
    /// # Errors
    /// Where a file cannot be opened, or a master has another size.
    pub fn open(&self, unit: &DoneUnit<'_, FrameSet>, plane: Option<usize>) -> Result<Frame, FrameOpenError> {
        let facts = unit.facts();
        if let Some(image) = unit.file_if("image") {
            let options = ImageOptions { hdu: facts.hdu_index(), plane, ..ImageOptions::default() };
            let reader = ImageReader::open_with(&image, &options)?;
            // A written frame of a colour camera is a mosaic still.
            let how = FrameHow { pattern: pattern_of(facts), ..FrameHow::PLAIN };
            return frame(unit.id(), reader, FrameParts::of, how);
        }
        let path = |role: &str| unit.file_if(role);
        let masters =
            MasterPaths { bias: path("bias"), dark: path("dark"), flat: path("flat"), defects: path("defects") };
        self.open_calibrated(unit.id(), &unit.file("raw"), unit.entry("raw"), facts, &masters)
    }

    /// Opens a camera's file with masters that are applied to it as the facts say.
    ///
    /// # Errors
    /// Where a file cannot be opened, or a master has another size.
    pub fn open_calibrated(
        &self,
        unit: &str,
        raw: &Path,
        entry: Option<&FileEntry>,
        facts: &FrameFacts,
        masters: &MasterPaths,
    ) -> Result<Frame, FrameOpenError> {
        let reader = self.camera_file(raw, entry, facts.hdu_index())?;
        let master = |path: &Option<PathBuf>| path.as_deref().map(|path| self.master(path)).transpose();
        let (bias, dark, flat) = (master(&masters.bias)?, master(&masters.dark)?, master(&masters.flat)?);
        let defects = match &masters.defects {
            Some(path) => self.defects(path)?,
            None => Arc::from([]),
        };
        let how = how(facts, reader.bounds(), reader.bitpix());
        frame(unit, reader, |light| FrameParts { light: Arc::new(light), bias, dark, flat, defects }, how)
    }

    /// Opens a unit of a raw-frame-set: the camera's pixels as they are, in ADU.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub fn open_raw(&self, unit: &DoneUnit<'_, RawFrameSet>) -> Result<Frame, FrameOpenError> {
        let facts = unit.facts();
        let hdu = facts.hdu.and_then(|hdu| usize::try_from(hdu).ok());
        let reader = self.camera_file(&unit.file("raw"), unit.entry("raw"), hdu)?;
        let camera = facts.camera.as_ref();
        let how = FrameHow {
            adu_per_unit: adu_per_unit(reader.bounds(), reader.bitpix()),
            stored_pedestal_adu: camera.and_then(|camera| camera.pedestal_adu).unwrap_or(0.0),
            pattern: camera.and_then(|camera| camera.bayer).map(|bayer| bayer.pattern),
            saturation_adu: saturation_of(camera, reader.bitpix()),
            ..FrameHow::PLAIN
        };
        frame(unit.id(), reader, FrameParts::of, how)
    }

    fn camera_file(
        &self,
        path: &Path,
        entry: Option<&FileEntry>,
        hdu: Option<usize>,
    ) -> Result<Reader, FrameOpenError> {
        let path = match entry {
            Some(entry) => plain(path, &entry.sha256, &self.cache)?,
            None => path.to_owned(),
        };
        Ok(ImageReader::open_hdu(&path, hdu)?)
    }

    fn master(&self, path: &Path) -> Result<Arc<Reader>, FrameOpenError> {
        let mut open = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = open.get(path) {
            return Ok(Arc::clone(found));
        }
        let reader = Arc::new(ImageReader::open(path)?);
        open.insert(path.to_owned(), Arc::clone(&reader));
        Ok(reader)
    }

    fn defects(&self, path: &Path) -> Result<Arc<[u32]>, FrameOpenError> {
        let mut open = self.defects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = open.get(path) {
            return Ok(Arc::clone(found));
        }
        let places: Arc<[u32]> = Arc::from(defect_places(path)?);
        open.insert(path.to_owned(), Arc::clone(&places));
        Ok(places)
    }
}

fn frame(
    unit: &str,
    reader: Reader,
    parts: impl FnOnce(Reader) -> FrameParts<Reader>,
    how: FrameHow,
) -> Result<Frame, FrameOpenError> {
    let header = reader.header().clone();
    let reader = FrameReader::new(parts(reader), how).map_err(|error| FrameOpenError::of(unit, error))?;
    Ok(Frame { reader, header })
}

/// How the masters of a frame are applied, from its facts.
fn how(facts: &FrameFacts, bounds: Option<(f64, f64)>, bitpix: i64) -> FrameHow {
    let camera: Option<&CameraFacts> = facts.camera.as_ref();
    let plain = FrameHow {
        adu_per_unit: adu_per_unit(bounds, bitpix),
        stored_pedestal_adu: camera.and_then(|camera| camera.pedestal_adu).unwrap_or(0.0),
        saturation_adu: saturation_of(camera, bitpix),
        ..FrameHow::PLAIN
    };
    let Some(calibration) = &facts.calibration else { return plain };
    let pattern = pattern_of(facts);
    FrameHow {
        calibration: Calibration {
            dark_holds_bias: calibration.dark_has_bias.unwrap_or(true),
            dark_scale: calibration.dark_scale.unwrap_or(1.0),
            flat_levels_adu: flat_levels(calibration, pattern),
            pedestal_adu: calibration.pedestal_adu,
        },
        pattern,
        hot_sigma: calibration.cosmetic.and_then(|cosmetic| cosmetic.hot_sigma),
        ..plain
    }
}

/// The pattern of a frame that is a mosaic.
fn pattern_of(facts: &FrameFacts) -> Option<sky_image::BayerPattern> {
    let layout = facts.calibration.as_ref().map(|calibration| calibration.layout);
    let camera = facts.camera.as_ref().filter(|_| layout == Some(PixelLayout::Cfa))?;
    camera.bayer.map(|bayer| bayer.pattern)
}

/// The levels of the four places of a pattern, from those of red, green and blue, or from one.
fn flat_levels(calibration: &CalibrationFacts, pattern: Option<sky_image::BayerPattern>) -> [f64; 4] {
    match (calibration.flat_levels_adu.as_slice(), pattern) {
        ([red, green, blue], Some(pattern)) => {
            std::array::from_fn(|place| match pattern.colour(place % 2, place / 2) {
                sky_image::Colour::Red => *red,
                sky_image::Colour::Green => *green,
                sky_image::Colour::Blue => *blue,
            })
        }
        ([level, ..], _) => [*level; 4],
        ([], _) => [1.0; 4],
    }
}

/// The level that counts as saturated: the camera's, or of a file of 16 bits 99 % of their range; else none is known.
fn saturation_of(camera: Option<&CameraFacts>, bitpix: i64) -> Option<f64> {
    let told = camera.and_then(|camera| camera.saturation_adu);
    told.or_else(|| (bitpix == 16).then_some(0.99 * FULL_16_BIT))
}

fn adu_per_unit(bounds: Option<(f64, f64)>, bitpix: i64) -> f64 {
    if bounds == Some((0.0, 1.0)) && bitpix < 0 { FULL_16_BIT } else { 1.0 }
}
