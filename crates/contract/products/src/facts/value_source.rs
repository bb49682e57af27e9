//! Where a value of a raw frame was read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a value came from. Programs of capture write different headers, and some write the value into the file's name only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueSource {
    /// A card of the header, or a property of the XISF document.
    Header,
    /// The name of the file or of a folder above it.
    Path,
    /// A file beside it (`shotsInfo.json`, the profile of the capture program).
    Sidecar,
    /// The user's configuration.
    Configuration,
    /// Worked out from other values.
    Derived,
    /// Nothing said it: the default of the camera or of the program.
    Default,
}

/// Where each value of a part came from, by the name of its member; members that are not named are from the header.
pub type ValueSources = BTreeMap<String, ValueSource>;
