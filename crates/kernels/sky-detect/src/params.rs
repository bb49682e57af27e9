//! Parameters of the detection.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The noise in units of which the threshold is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdMap {
    /// The median noise of the image (SExtractor: WEIGHT_TYPE NONE).
    #[default]
    Global,
    /// The noise of the background mesh at each pixel (SExtractor: WEIGHT_TYPE BACKGROUND).
    Local,
}

/// How sources are detected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectParams {
    /// Detection threshold above the background, in units of the noise of the unfiltered image (SExtractor: DETECT_THRESH).
    #[schemars(range(min = 0.1, max = 1000.0))]
    pub threshold_sigma: f64,
    /// Threshold of ISOAREA_IMAGE on the unfiltered image (SExtractor: ANALYSIS_THRESH).
    #[schemars(range(min = 0.1, max = 1000.0))]
    pub analysis_threshold_sigma: f64,
    /// Which noise the thresholds are in units of.
    pub threshold_map: ThresholdMap,
    /// Smallest footprint, pixels (SExtractor: DETECT_MINAREA).
    #[schemars(range(min = 1, max = 1_000_000))]
    pub min_area_px: u32,
    /// Rows of the filter kernel, odd in width and height, normalised to a sum of 1 (SExtractor: FILTER_NAME; the default is
    /// default.conv). Empty: no filter (FILTER N).
    pub filter_kernel: Vec<Vec<f64>>,
    /// Thresholds of the deblending, spaced exponentially from the detection threshold to the peak (SExtractor:
    /// DEBLEND_NTHRESH). 1 switches deblending off.
    #[schemars(range(min = 1, max = 64))]
    pub deblend_levels: u32,
    /// Share of a blend's light that each of its sources must have (SExtractor: DEBLEND_MINCONT; 0.005 from Bertin &
    /// Arnouts 1996, section 5). 1 switches deblending off.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub deblend_contrast: f64,
    /// Whether detections on the wings of brighter ones are removed (SExtractor: CLEAN).
    pub clean: bool,
    /// Exponent of the Moffat wings that cleaning expects; larger values remove less (SExtractor: CLEAN_PARAM).
    #[schemars(range(min = 0.1, max = 10.0))]
    pub clean_exponent: f64,
    /// Whether the catalogue carries the pixels around each source (VIGNET); PSFEx reads them, our own PSF model reads the image.
    pub vignet: bool,
    /// Width and height of VIGNET, pixels, odd.
    #[schemars(range(min = 3, max = 255))]
    pub vignet_px: u32,
}

impl Default for DetectParams {
    fn default() -> Self {
        Self {
            threshold_sigma: 5.0,
            analysis_threshold_sigma: 5.0,
            threshold_map: ThresholdMap::Global,
            min_area_px: 5,
            filter_kernel: vec![vec![1.0, 2.0, 1.0], vec![2.0, 4.0, 2.0], vec![1.0, 2.0, 1.0]],
            deblend_levels: 32,
            deblend_contrast: 0.005,
            clean: true,
            clean_exponent: 1.0,
            vignet: false,
            vignet_px: 45,
        }
    }
}
