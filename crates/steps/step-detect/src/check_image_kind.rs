//! The kinds of check images: their names, roles and files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One check image (SExtractor: CHECKIMAGE_TYPE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckImage {
    /// The background at every pixel (BACKGROUND).
    Background,
    /// Its noise at every pixel (BACKGROUND_RMS).
    BackgroundRms,
    /// The background mesh, one pixel a cell (MINIBACKGROUND).
    Minibackground,
    /// The noise mesh (MINIBACK_RMS).
    MinibackRms,
    /// The image above its background (-BACKGROUND).
    MinusBackground,
    /// The same, filtered (FILTERED).
    Filtered,
    /// The pixels of the sources, zero elsewhere (OBJECTS).
    Objects,
    /// The image above its background without the pixels of the sources, which are zero (-OBJECTS).
    MinusObjects,
    /// The number of the source that each pixel belongs to, zero for none (SEGMENTATION).
    Segmentation,
    /// The image above its background with the outlines of circular and Kron apertures (APERTURES).
    Apertures,
}

impl CheckImage {
    /// All, by SExtractor's names.
    pub(crate) const BY_NAME: &[(&str, Self)] = &[
        ("APERTURES", Self::Apertures),
        ("BACKGROUND", Self::Background),
        ("BACKGROUND_RMS", Self::BackgroundRms),
        ("MINIBACKGROUND", Self::Minibackground),
        ("MINIBACK_RMS", Self::MinibackRms),
        ("-BACKGROUND", Self::MinusBackground),
        ("FILTERED", Self::Filtered),
        ("OBJECTS", Self::Objects),
        ("-OBJECTS", Self::MinusObjects),
        ("SEGMENTATION", Self::Segmentation),
    ];

    /// Role of its file in the product, and what stands behind the unit's id in its name.
    pub(crate) const fn role_and_suffix(self) -> (&'static str, &'static str) {
        match self {
            Self::Background => ("check_background", "_background.fits"),
            Self::BackgroundRms => ("check_background_rms", "_background_rms.fits"),
            Self::Minibackground => ("check_minibackground", "_minibackground.fits"),
            Self::MinibackRms => ("check_miniback_rms", "_miniback_rms.fits"),
            Self::MinusBackground => ("check_minus_background", "_minus_background.fits"),
            Self::Filtered => ("check_filtered", "_filtered.fits"),
            Self::Objects => ("check_objects", "_objects.fits"),
            Self::MinusObjects => ("check_minus_objects", "_minus_objects.fits"),
            Self::Segmentation => ("check_segmentation", "_segmentation.fits"),
            Self::Apertures => ("check_apertures", "_apertures.fits"),
        }
    }
}
