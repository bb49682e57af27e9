//! The camera of a frame and how it was set: what a dark, a bias and a flat must share with a light.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use sky_image::{BayerPattern, RowOrder};

use super::value_source::ValueSources;

/// The camera of a frame and how it was set. Absent is what nothing said: it never matches a value that is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraFacts {
    /// Name of the camera (INSTRUME).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Gain as it was set (GAIN), in the camera's own numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain_setting: Option<f64>,
    /// Electrons for each ADU (EGAIN, CVF).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain_e_per_adu: Option<f64>,
    /// Offset as it was set (OFFSET, BLKLEVEL), in the camera's own numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_setting: Option<f64>,
    /// ISO speed of a camera that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iso: Option<f64>,
    /// Columns of the sensor that are one pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub binning_x: Option<u64>,
    /// Rows of the sensor that are one pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
    pub binning_y: Option<u64>,
    /// Colour filters before the pixels; absent: none is known, the sensor counts as monochrome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bayer: Option<BayerFacts>,
    /// Mode of readout (READOUTM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout_mode: Option<String>,
    /// Temperature that the cooler was set to (SET-TEMP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_temperature_c: Option<f64>,
    /// Temperature of the sensor (CCD-TEMP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<f64>,
    /// Width of a pixel of the frame, binning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel_size_um: Option<f64>,
    /// What a program added to every pixel (PEDESTAL) and a calibration must take away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pedestal_adu: Option<f64>,
    /// Level from which a pixel counts as saturated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation_adu: Option<f64>,
    /// Where values came from that are not from the header.
    #[serde(default, skip_serializing_if = "ValueSources::is_empty")]
    pub sources: ValueSources,
}

/// The colour filters before the pixels of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BayerFacts {
    /// The two by two pixels at the first column and row as the file has them (BAYERPAT with `phase_x` and `phase_y` applied).
    pub pattern: BayerPattern,
    /// XBAYROFF of the header, modulo 2: already in `pattern`.
    #[schemars(range(max = 1))]
    pub phase_x: u8,
    /// YBAYROFF of the header, modulo 2: already in `pattern`.
    #[schemars(range(max = 1))]
    pub phase_y: u8,
    /// Which row of the picture the first row of the file is.
    pub row_order: RowOrder,
}
