//! Source catalogues: what is on the image.

mod adopt;
pub mod columns;
mod document;

pub use document::columns_page;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileEntry, Product, Unit, file_set};

use crate::ended::{ended, facts};
use crate::frame_set::{AstrometryFacts, PlateFacts};

/// Catalogues of detections: FITS_LDAC with SExtractor's columns (see [`columns`]).
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceFacts {
    /// Rows.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub objects_detected: u64,
    /// File of a catalogue made without a PSF (the plan's name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p1_cat: Option<String>,
    /// File of a catalogue made with a PSF (the plan's name).
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
    /// The plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<PlateFacts>,
}

/// Noise and depth of one image, measured where there is no source. Magnitudes are instrumental (the catalogue's zero point).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepthFacts {
    /// Apertures put on empty sky.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub empty_apertures: u64,
    /// Their diameter.
    pub aperture_diameter_px: f64,
    /// Standard deviation of their fluxes.
    pub aperture_scatter_adu: f64,
    /// Median of their fluxes: what the background leaves.
    pub aperture_median_adu: f64,
    /// Scatter over the error that the catalogue quotes for a faint source (before any scaling): 1 for independent pixels.
    pub aperture_error_ratio: f64,
    /// Five times the scatter, as a magnitude within the aperture.
    pub limit_5_sigma_aperture_mag: f64,
    /// The same ratio for least-squares fluxes of the PSF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psf_error_ratio: Option<f64>,
    /// Five times the scatter of the fluxes of the PSF, as a magnitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_5_sigma_psf_mag: Option<f64>,
    /// Stars of the local PSF put on empty sky.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub injected_stars: Option<u64>,
    /// Magnitude at which half of them are detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness_50_mag: Option<f64>,
    /// Magnitude at which nine of ten are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness_90_mag: Option<f64>,
}

/// The catalogues.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePayload {
    /// Rows of all units.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub objects_detected: u64,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for SourceCatalog {
    const NAME: &'static str = "source-catalog";
    const VERSION: u32 = 2;
    const SCHEMA: &'static str = include_str!("../../schemas/source-catalog-2.json");
    type Files = SourceFiles;
    type Facts = SourceFacts;
    type Payload = SourcePayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        SourcePayload {
            objects_detected: facts(units).map(|tile| tile.objects_detected).sum(),
            units_done,
            units_not_done,
        }
    }

    fn adopt(files: &[AdoptedFile]) -> Result<Vec<AdoptedUnit<Self>>, String> {
        files.iter().map(adopt::adopt_ldac).collect()
    }
}
