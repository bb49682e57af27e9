//! One frame: its files and its facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::Header;
use step_contract::{FileEntry, file_set};

use super::download::DownloadFacts;
use super::mask::MaskFacts;
use crate::facts::{
    AstrometryFacts, CalibrationFacts, CameraFacts, ExposureFacts, FrameKind, PlateFacts, QualityFacts,
    RegistrationFacts, SelectionFacts, StackFacts, TimeFacts,
};

/// Images with their masks, weights and background meshes.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSet;

/// Files of one unit of a frame-set: exactly one of `image` and `raw` ([`super::roles`] holds the rule), and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameFiles {
    /// Pixels as they are (FITS). A done unit has this or `raw`, never both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<FileEntry>,
    /// The camera's file, calibrated where it is read: the facts `calibration` and `registration` say how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<FileEntry>,
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
    /// Master bias that is applied to `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias: Option<FileEntry>,
    /// Master dark that is applied to `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark: Option<FileEntry>,
    /// Master flat that is applied to `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat: Option<FileEntry>,
    /// Map of the pixels of `raw` that are replaced by their neighbours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defects: Option<FileEntry>,
    /// World coordinates that win over those of the header (FITS header without pixels).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wcs: Option<FileEntry>,
    /// How many frames of a stack were left out at each pixel (FITS): planes of those too faint, then of those too bright.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<FileEntry>,
    /// Stretched picture of the image (PNG).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<FileEntry>,
    /// Picture of `rejection` (PNG): the more was left out, the brighter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection_picture: Option<FileEntry>,
    /// Which masters were looked at for this frame, and by which property each does not belong to it (CSV).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<FileEntry>,
}

file_set!(FrameFiles {
    required ;
    optional image raw mask weight coverage background bias dark flat defects wcs rejection picture rejection_picture matching;
});

impl FrameFiles {
    /// An image alone.
    pub fn of_image(image: FileEntry) -> Self {
        Self { image: Some(image), ..Self::default() }
    }

    /// A camera's file alone.
    pub fn of_raw(raw: FileEntry) -> Self {
        Self { raw: Some(raw), ..Self::default() }
    }
}

/// One frame.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Planes of the image where it has several: 3 are red, green, blue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 9_007_199_254_740_991_u64))]
    pub planes: Option<u64>,
    /// Group: the id of the unit that a step of scope group makes of it (a stack, a master, a target).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Kind, where units of several kinds share the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FrameKind>,
    /// What it descends from, fixed from the first step on (target, tile): units of one root are in one shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// World coordinates; absent where the frame has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub astrometry: Option<AstrometryFacts>,
    /// When and how long it was exposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<ExposureFacts>,
    /// The plate that it was cut from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<PlateFacts>,
    /// The camera and how it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraFacts>,
    /// When it was exposed, how well that is known, and the night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeFacts>,
    /// Where it was downloaded from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download: Option<DownloadFacts>,
    /// How it was cleaned and masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<MaskFacts>,
    /// How its masters are applied to its file `raw`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationFacts>,
    /// How it lies on the reference frame of its stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationFacts>,
    /// How good it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityFacts>,
    /// Whether it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionFacts>,
    /// What it was stacked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackFacts>,
}

impl FrameFacts {
    /// Pixels of the image: what a step's memory follows.
    pub const fn pixels(&self) -> u64 {
        self.width_px.saturating_mul(self.height_px)
    }

    /// A frame of that size; the parts are added with `FrameFacts { stack: Some(..), ..FrameFacts::new(width, height) }`.
    pub fn new(width_px: usize, height_px: usize) -> Self {
        Self { width_px: width_px as u64, height_px: height_px as u64, ..Self::default() }
    }

    /// A frame of that size with what its header says: world coordinates where it has a solution, exposure, plate.
    pub fn of_header(header: &Header, width_px: usize, height_px: usize) -> Self {
        let astrometry = AstrometryFacts::of_header(header, width_px, height_px).ok();
        let scale_arcsec = astrometry.as_ref().map(|astrometry| astrometry.pixel_scale_arcsec);
        Self {
            astrometry,
            exposure: Some(ExposureFacts::of_header(header)),
            plate: Some(PlateFacts::of_header(header, scale_arcsec)),
            ..Self::new(width_px, height_px)
        }
    }

    /// The HDU of the image file, as `sky_fits::ImageReader::open_hdu` takes it.
    pub fn hdu_index(&self) -> Option<usize> {
        self.hdu.and_then(|hdu| usize::try_from(hdu).ok())
    }
}
