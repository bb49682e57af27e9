//! Frame sets: images and what belongs to them.

mod adopt;
mod download;
mod mask;
mod missing;
mod roles;
mod unit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, BrokenRule, Product, Unit};

pub use download::DownloadFacts;
pub use mask::MaskFacts;
pub use missing::{MISSING_DETAIL, MissingCalibration};
pub use roles::{FRAME_ROLE, FrameRoleError, image_of};
pub use unit::{FrameFacts, FrameFiles, FrameSet};

use crate::adopted::IMAGES;
use crate::ended::{ended, facts};
use crate::facts::FrameKind;

/// The frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameSetPayload {
    /// Units.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub tiles_processed: u64,
    /// Frames written.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub fits_count: u64,
    /// Name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Survey asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// Stars that mask pixels, all frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bright_stars: Option<u64>,
    /// Masked pixels of all frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub masked_pixels: Option<u64>,
    /// Masters that frames have need of and that are not there: what to shoot tonight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_calibrations: Vec<MissingCalibration>,
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for FrameSet {
    const NAME: &'static str = "frame-set";
    const VERSION: u32 = 2;
    const SCHEMA: &'static str = include_str!("../../schemas/frame-set-2.json");
    const PIXEL_ROLES: &'static [&'static str] =
        &["image", "raw", "mask", "weight", "coverage", "background", "bias", "dark", "flat", "defects", "rejection"];
    type Files = FrameFiles;
    type Facts = FrameFacts;
    type Payload = FrameSetPayload;

    fn payload(units: &[Unit<Self>]) -> Self::Payload {
        let (units_done, units_not_done) = ended(units);
        let download = facts(units).find_map(|frame| frame.download.as_ref());
        let sum = |count: fn(&MaskFacts) -> u64| {
            facts(units)
                .filter_map(|frame| frame.mask.as_ref())
                .map(count)
                .fold(None, |sum: Option<u64>, next| Some(sum.unwrap_or(0) + next))
        };
        FrameSetPayload {
            tiles_processed: units.len() as u64,
            fits_count: units_done,
            // mark: endpoint-told
            endpoint: download.map(|download| download.endpoint.clone()),
            survey: download.map(|download| download.survey_requested.clone()),
            bright_stars: sum(|mask| mask.bright_stars),
            masked_pixels: sum(|mask| mask.masked_pixels),
            missing_calibrations: missing::of(units),
            units_done,
            units_not_done,
        }
    }

    fn group(facts: &Self::Facts) -> Option<&str> {
        facts.group.as_deref()
    }

    fn kind(facts: &Self::Facts) -> Option<&str> {
        facts.kind.map(FrameKind::name)
    }

    fn root(facts: &Self::Facts) -> Option<&str> {
        facts.root.as_deref()
    }

    fn kept(facts: &Self::Facts) -> bool {
        facts.selection.as_ref().is_none_or(|selection| selection.kept)
    }

    fn check(files: &FrameFiles, _facts: &FrameFacts) -> Result<(), BrokenRule> {
        roles::check(files)
    }

    const ADOPTED_ENDINGS: &'static [&'static str] = &IMAGES;

    fn adopt(file: &AdoptedFile) -> Result<Vec<AdoptedUnit<Self>>, String> {
        adopt::adopt_images(file)
    }
}
