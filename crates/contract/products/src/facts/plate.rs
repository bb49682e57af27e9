//! The photographic plate that a frame was cut from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::Header;

/// A scan finer than this counts as high resolution: DSS1 scans come with 1.70 and with 1.01 arcsec a pixel.
const HIRES_SCALE_ARCSEC: f64 = 1.2;

/// The plate that a frame was cut from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlateFacts {
    /// REGION: `XE486`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate_id: Option<String>,
    /// PLATEID or PLTLABEL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate_label: Option<String>,
    /// SCANNUM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_number: Option<String>,
    /// SURVEY as it stands in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// Whether the scan is finer than 1.2 arcsec a pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hires: Option<bool>,
}

impl PlateFacts {
    /// The plate as a FITS header describes it; `pixel_scale_arcsec` where the frame has world coordinates.
    pub fn of_header(header: &Header, pixel_scale_arcsec: Option<f64>) -> Self {
        let text = |keyword: &str| header.text(keyword).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            plate_id: text("REGION"),
            plate_label: text("PLATEID").or_else(|| text("PLTLABEL")),
            scan_number: text("SCANNUM").or_else(|| header.integer("SCANNUM").map(|number| format!("{number:02}"))),
            survey: text("SURVEY"),
            hires: pixel_scale_arcsec.map(|scale| scale < HIRES_SCALE_ARCSEC),
        }
    }
}

/// Whether a header is that of a scanned plate: it has the plate's polynomial or scale.
pub fn is_plate(header: &Header) -> bool {
    header.get("AMDX1").is_some() || header.get("PLTSCALE").is_some()
}
