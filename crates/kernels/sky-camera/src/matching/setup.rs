//! How a camera was set: what a master must share with a frame.

use sky_image::BayerPattern;

/// Which kind of master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MasterKind {
    /// Readout alone.
    Bias,
    /// The closed shutter, as long as the frame.
    Dark,
    /// The closed shutter, as long as the flat that it belongs to.
    DarkFlat,
    /// An even light.
    Flat,
}

impl MasterKind {
    /// The name in tables and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bias => "bias",
            Self::Dark => "dark",
            Self::DarkFlat => "dark_flat",
            Self::Flat => "flat",
        }
    }
}

/// How a camera was set for a frame. What nothing said is absent, and matches only what is absent too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setup {
    /// Camera.
    pub camera: Option<String>,
    /// Gain setting.
    pub gain: Option<f64>,
    /// ISO speed.
    pub iso: Option<f64>,
    /// Offset setting.
    pub offset: Option<f64>,
    /// Temperature of the sensor in degrees Celsius: the one that was asked for where there is one, else the measured one.
    pub temperature_c: Option<f64>,
    /// Exposure in seconds.
    pub exposure_s: Option<f64>,
    /// Binning along x and y.
    pub binning: Option<(u64, u64)>,
    /// Mode of readout.
    pub readout_mode: Option<String>,
    /// Columns and rows.
    pub size_px: Option<(u64, u64)>,
    /// Pattern of the mosaic at the first pixel.
    pub bayer: Option<BayerPattern>,
    /// Filter.
    pub filter: Option<String>,
    /// Telescope.
    pub optic: Option<String>,
    /// Focal length in millimetres.
    pub focal_length_mm: Option<f64>,
    /// Night, `2023-10-02`.
    pub night: Option<String>,
}

/// One property by which frames are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named as the members of Setup")]
pub enum Property {
    Camera,
    Gain,
    Iso,
    Offset,
    Temperature,
    Exposure,
    Binning,
    ReadoutMode,
    Size,
    Bayer,
    Filter,
    Optic,
    FocalLength,
    Night,
}

impl Property {
    /// The name in tables and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Gain => "gain",
            Self::Iso => "iso",
            Self::Offset => "offset",
            Self::Temperature => "temperature_c",
            Self::Exposure => "exposure_s",
            Self::Binning => "binning",
            Self::ReadoutMode => "readout_mode",
            Self::Size => "size_px",
            Self::Bayer => "bayer",
            Self::Filter => "filter",
            Self::Optic => "optic",
            Self::FocalLength => "focal_length_mm",
            Self::Night => "night",
        }
    }

    /// What a master of that kind must share with a frame (the union of what jewzaam's scripts, ap-create-master and psf-guard ask for).
    pub const fn of(kind: MasterKind) -> &'static [Self] {
        match kind {
            MasterKind::Bias => &[
                Self::Camera,
                Self::Gain,
                Self::Iso,
                Self::Offset,
                Self::Binning,
                Self::ReadoutMode,
                Self::Size,
                Self::Bayer,
                Self::Temperature,
            ],
            MasterKind::Dark | MasterKind::DarkFlat => &[
                Self::Camera,
                Self::Gain,
                Self::Iso,
                Self::Offset,
                Self::Binning,
                Self::ReadoutMode,
                Self::Size,
                Self::Bayer,
                Self::Temperature,
                Self::Exposure,
            ],
            MasterKind::Flat => &[
                Self::Camera,
                Self::Gain,
                Self::Iso,
                Self::Offset,
                Self::Binning,
                Self::ReadoutMode,
                Self::Size,
                Self::Bayer,
                Self::Filter,
                Self::Optic,
                Self::FocalLength,
                Self::Night,
            ],
        }
    }

    /// The value as text; `none` where nothing said it.
    pub fn shown(self, setup: &Setup) -> String {
        let number = |value: Option<f64>| value.map(|value| value.to_string());
        let pair = |value: Option<(u64, u64)>| value.map(|(x, y)| format!("{x}x{y}"));
        let text = match self {
            Self::Camera => setup.camera.clone(),
            Self::Gain => number(setup.gain),
            Self::Iso => number(setup.iso),
            Self::Offset => number(setup.offset),
            Self::Temperature => number(setup.temperature_c),
            Self::Exposure => number(setup.exposure_s),
            Self::Binning => pair(setup.binning),
            Self::ReadoutMode => setup.readout_mode.clone(),
            Self::Size => pair(setup.size_px),
            Self::Bayer => setup.bayer.map(|pattern| pattern.name().to_owned()),
            Self::Filter => setup.filter.clone(),
            Self::Optic => setup.optic.clone(),
            Self::FocalLength => number(setup.focal_length_mm),
            Self::Night => setup.night.clone(),
        };
        text.unwrap_or_else(|| "none".to_owned())
    }

    /// The value as a number, where it is one that has a tolerance.
    pub(super) const fn number(self, setup: &Setup) -> Option<f64> {
        match self {
            Self::Gain => setup.gain,
            Self::Iso => setup.iso,
            Self::Offset => setup.offset,
            Self::Temperature => setup.temperature_c,
            Self::Exposure => setup.exposure_s,
            Self::FocalLength => setup.focal_length_mm,
            _ => None,
        }
    }
}
