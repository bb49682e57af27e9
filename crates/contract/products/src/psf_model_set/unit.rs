//! One model: its file and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{FileEntry, file_set};

/// Models of the point spread function in PSFEx format.
#[derive(Clone, Debug, PartialEq)]
pub struct PsfModelSet;

/// Files of one unit of a psf-model-set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PsfFiles {
    /// The `.psf` file.
    pub model: FileEntry,
}

file_set!(PsfFiles { required model; optional ; });

/// One model. What its file alone does not say (its shape on the image, a verdict) is absent where it came from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PsfFacts {
    /// Number of the HDU of its file that is the model, where the file has several; absent: the first model of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub hdu: Option<u64>,
    /// File of the model.
    pub psf_model: String,
    /// Stars that the selection accepted.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub stars_loaded: u64,
    /// Stars left after the rejection of outliers.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub stars_used: u64,
    /// `good` or `warn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_quality: Option<String>,
    /// Degree of the spatial polynomial.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub degree: u64,
    /// Degree that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub degree_requested: Option<u64>,
    /// Why the degree is lower than asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree_reason: Option<String>,
    /// Reduced chi-square of the residuals.
    pub reduced_chi2: f64,
    /// Typical half-light diameter of the stars (PSF_FWHM of the file): wider than the FWHM where the profile has wings.
    pub half_light_diameter_px: f64,
    /// Smallest FWHM of the model on a 5 x 5 grid over the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_min_px: Option<f64>,
    /// FWHM at the centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_px: Option<f64>,
    /// Largest FWHM on the grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fwhm_max_px: Option<f64>,
    /// Largest ellipticity on the grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ellipticity_max: Option<f64>,
    /// Largest mean residual as a fraction of the peak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_peak_fraction: Option<f64>,
    /// Step of the model in image pixels.
    pub sampling_px: f64,
}
