//! Source catalogues: what is on the image.

mod adopt;
pub mod columns;

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
}

file_set!(SourceFiles { required catalog; optional ; });

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
    /// Where the sky positions came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub astrometry: Option<AstrometryFacts>,
    /// The plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<PlateFacts>,
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
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/source-catalog-1.json");
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
