//! One catalogue of detections: its files and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::Header;
use step_contract::{FileEntry, file_set};

use crate::facts::{AstrometryFacts, DepthFacts, ExposureFacts, FrameKind, PlateFacts};

/// Catalogues of detections: FITS_LDAC with SExtractor's columns (see [`super::columns`]).
#[derive(Clone, Debug, PartialEq)]
pub struct SourceCatalog;

/// Files of one unit of a source-catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFiles {
    /// The LDAC file.
    pub catalog: FileEntry,
    /// Check image: apertures drawn on the image above its background (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_apertures: Option<FileEntry>,
    /// Check image: background (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_background: Option<FileEntry>,
    /// Check image: noise of the background (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_background_rms: Option<FileEntry>,
    /// Check image: filtered image (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_filtered: Option<FileEntry>,
    /// Check image: noise mesh (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_miniback_rms: Option<FileEntry>,
    /// Check image: background mesh (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_minibackground: Option<FileEntry>,
    /// Check image: image above its background (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_minus_background: Option<FileEntry>,
    /// Check image: image without its sources (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_minus_objects: Option<FileEntry>,
    /// Check image: sources alone (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_objects: Option<FileEntry>,
    /// Check image: number of the source that each pixel belongs to (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_segmentation: Option<FileEntry>,
    /// Magnitude at which a point source is detected, one value a cell (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_map: Option<FileEntry>,
}

impl SourceFiles {
    /// A catalogue alone.
    pub const fn of(catalog: FileEntry) -> Self {
        Self {
            catalog,
            check_apertures: None,
            check_background: None,
            check_background_rms: None,
            check_filtered: None,
            check_miniback_rms: None,
            check_minibackground: None,
            check_minus_background: None,
            check_minus_objects: None,
            check_objects: None,
            check_segmentation: None,
            limit_map: None,
        }
    }
}

file_set!(SourceFiles {
    required catalog;
    optional check_apertures check_background check_background_rms check_filtered check_miniback_rms check_minibackground check_minus_background check_minus_objects check_objects check_segmentation limit_map;
});

/// One catalogue of detections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFacts {
    /// Rows.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub objects_detected: u64,
    /// File of a catalogue made without a PSF (the survey plan's name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p1_cat: Option<String>,
    /// File of a catalogue made with a PSF (the survey plan's name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p2_cat: Option<String>,
    /// File of the PSF model that it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psf_model_used: Option<String>,
    /// Columns of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub width_px: Option<u64>,
    /// Rows of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub height_px: Option<u64>,
    /// Median background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_adu: Option<f64>,
    /// Median noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_rms_adu: Option<f64>,
    /// Detection threshold above the background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_adu: Option<f64>,
    /// The same in units of the noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_sigma: Option<f64>,
    /// Median FWHM_IMAGE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_median_px: Option<f64>,
    /// Detections with a bit of the mask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub masked_count: Option<u64>,
    /// Noise and depth, measured on empty sky.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<DepthFacts>,
    /// Where the sky positions came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub astrometry: Option<AstrometryFacts>,
    /// When and how long the image was exposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureFacts>,
    /// The plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<PlateFacts>,
    /// Group: the id of the unit that a step of scope group makes of it (a stack, a master, a target).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind, where units of several kinds share the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FrameKind>,
    /// What it descends from, fixed from the first step on (target, tile): units of one root are in one shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

impl SourceFacts {
    /// A catalogue of so many rows; what else is known is added to it.
    pub fn new(objects_detected: u64) -> Self {
        Self { objects_detected, ..Self::default() }
    }

    /// The same with what the header of the image says: its size in pixels where `size_px` (width, height) gives it, world
    /// coordinates where it has a solution, exposure, plate.
    #[must_use]
    pub fn with_header(self, header: &Header, size_px: Option<(u64, u64)>) -> Self {
        let astrometry = size_px
            .and_then(|(width, height)| AstrometryFacts::of_header(header, width as usize, height as usize).ok());
        let scale_arcsec = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
        Self {
            width_px: size_px.map(|(width, _)| width),
            height_px: size_px.map(|(_, height)| height),
            astrometry,
            exposure: Some(ExposureFacts::of_header(header)),
            plate: Some(PlateFacts::of_header(header, scale_arcsec)),
            ..self
        }
    }
}
