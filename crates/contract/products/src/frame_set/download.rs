//! Where a frame was downloaded from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a frame was downloaded from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadFacts {
    /// Name of the service or of the input, never an address.
    pub endpoint: String,
    /// Survey asked for: `dss1-red`.
    pub survey_requested: String,
    /// What the client sent: `poss1_red`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey_query: Option<String>,
    /// What the header must say: `POSSI-E`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey_expected: Option<String>,
    /// Which rule accepted the header: `survey`, `region`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey_rule: Option<String>,
    /// Names of the HDUs behind the image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extension_hdus: Vec<String>,
    /// Whether the service resampled the pixels.
    pub resampled: bool,
}
