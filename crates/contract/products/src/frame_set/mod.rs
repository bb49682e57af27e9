//! Frame sets: images and what belongs to them.

mod adopt;
mod describe;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use step_contract::{AdoptedFile, AdoptedUnit, FileEntry, Product, Unit, file_set};

pub use describe::{describe, describe_plate};

use crate::adopted::{IMAGES, with_endings};
use crate::ended::{ended, facts};

/// Images with their masks, weights and background meshes.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSet;

/// Files of one unit of a frame-set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameFiles {
    /// The image (FITS).
    pub image: FileEntry,
    /// Mask bits (FITS, 8 or 16 bit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<FileEntry>,
    /// Weights (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<FileEntry>,
    /// Number of frames under each pixel (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<FileEntry>,
    /// Background and noise meshes (FITS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<FileEntry>,
}

file_set!(FrameFiles { required image; optional mask weight coverage background; });

/// One frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameFacts {
    /// Number of the HDU of its file that is the frame (0: the primary one), where the file has several images; absent: the
    /// first image of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub hdu: Option<u64>,
    /// Columns.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub width_px: u64,
    /// Rows.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub height_px: u64,
    /// World coordinates; absent where the frame has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub astrometry: Option<AstrometryFacts>,
    /// The plate or exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<PlateFacts>,
    /// Where it was downloaded from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<DownloadFacts>,
    /// How it was cleaned and masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<MaskFacts>,
}

impl FrameFacts {
    /// The HDU of the image file, as `sky_fits::read_image_at` takes it.
    pub fn hdu_index(&self) -> Option<usize> {
        self.hdu.and_then(|hdu| usize::try_from(hdu).ok())
    }
}

/// World coordinates of a frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AstrometryFacts {
    /// Which solution counts: `tan` (CTYPE, CRVAL, CD) or `plate` (AMDX, AMDY polynomial).
    pub solution: String,
    /// Centre of the frame, ICRS.
    pub ra_deg: f64,
    /// Centre of the frame, ICRS.
    pub dec_deg: f64,
    /// Scale at the centre.
    pub pixel_scale_arcsec: f64,
    /// From the centre to the farthest corner.
    pub half_diagonal_arcmin: f64,
    /// Largest distance between the two solutions where both are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tan_vs_plate_max_arcsec: Option<f64>,
}

/// The plate or exposure that a frame was cut from.
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
    /// DATE-OBS as it stands in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_obs_raw: Option<String>,
    /// The same normalised, ISO 8601, UT start of exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_obs: Option<String>,
    /// Whether the raw text had minutes or hours to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_obs_corrected: Option<bool>,
    /// Julian epoch of mid-exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch_yr: Option<f64>,
    /// Modified Julian date of mid-exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mjd_mid: Option<f64>,
    /// Exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure_s: Option<f64>,
    /// Whether the scan is finer than 1.2 arcsec a pixel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hires: Option<bool>,
}

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

/// How a frame was cleaned and masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaskFacts {
    /// The image that was cleaned.
    pub input_fits: String,
    /// The clean image.
    pub clean_fits: String,
    /// The mask.
    pub mask_file: String,
    /// Faintest star that gets a mask.
    pub mask_threshold_mag: f64,
    /// Largest radius of a disc.
    pub max_radius_arcsec: f64,
    /// Catalogue of the bright stars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// Stars that mask at least one pixel.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bright_stars: u64,
    /// Pixels with any bit.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub masked_pixels: u64,
    /// The same as a share of the image.
    pub masked_fraction: f64,
    /// Median background.
    pub background_adu: f64,
    /// Median noise.
    pub background_rms_adu: f64,
    /// Density of the emulsion's plateau, where enough saturated stars show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation_plateau_adu: Option<f64>,
    /// Dead, repeated or shifted rows and columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub bad_lines: Option<u64>,
    /// HDUs of the input that the clean image does not carry.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub hdus_dropped: u64,
}

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
    /// Units that are done.
    #[schemars(range(max = 9_007_199_254_740_991_u64))]
    pub units_done: u64,
    /// Units that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units_not_done: Vec<String>,
}

impl Product for FrameSet {
    const NAME: &'static str = "frame-set";
    const VERSION: u32 = 1;
    const SCHEMA: &'static str = include_str!("../../schemas/frame-set-1.json");
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
            endpoint: download.map(|download| download.endpoint.clone()),
            survey: download.map(|download| download.survey_requested.clone()),
            bright_stars: sum(|mask| mask.bright_stars),
            masked_pixels: sum(|mask| mask.masked_pixels),
            units_done,
            units_not_done,
        }
    }

    fn adopt(files: &[AdoptedFile]) -> Result<Vec<AdoptedUnit<Self>>, String> {
        let units: Vec<Vec<_>> =
            with_endings(files, &IMAGES)?.into_iter().map(adopt::adopt_images).collect::<Result<_, String>>()?;
        Ok(units.into_iter().flatten().collect())
    }
}
