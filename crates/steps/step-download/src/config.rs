//! Configuration of the step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_services::TransferSettings;

/// What is downloaded and from where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DownloadConfig {
    /// Survey of the images.
    #[schemars(extend("x-flag" = "--survey"))]
    pub survey: Survey,
    /// Where they come from.
    pub source: Source,
    /// Tries, waits and limits of time.
    pub transfer: TransferSettings,
}

/// A survey of photographic plates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Survey {
    /// First Palomar survey, red plates (POSS-I E), Digitized Sky Survey 1.
    #[default]
    #[serde(rename = "dss1-red")]
    Dss1Red,
}

/// Where images come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The input `plates` where it holds images, else STScI.
    #[default]
    Auto,
    /// Cutouts from STScI.
    Stsci,
    /// Whole plates from IRSA (392 MB each, kept in the cache), cut into tiles; the plan must name the plates (mode plate-grid).
    Irsa,
    /// The input `plates`: whole plates are cut into tiles.
    Folder,
    /// SkyView: resampled images without the keys of the plate. A last resort.
    SkyView,
}

impl Survey {
    /// The name in configuration and manifests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dss1Red => "dss1-red",
        }
    }

    /// The name in STScI's queries (`v=`).
    pub const fn stsci_name(self) -> &'static str {
        match self {
            Self::Dss1Red => "poss1_red",
        }
    }

    /// The name in SkyView's queries.
    pub const fn skyview_name(self) -> &'static str {
        match self {
            Self::Dss1Red => "DSS1 Red",
        }
    }

    /// SURVEY in the headers.
    pub const fn header_name(self) -> &'static str {
        match self {
            Self::Dss1Red => "POSSI-E",
        }
    }

    /// First letters of REGION; three digits follow.
    pub const fn region_stem(self) -> &'static str {
        match self {
            Self::Dss1Red => "XE",
        }
    }
}
