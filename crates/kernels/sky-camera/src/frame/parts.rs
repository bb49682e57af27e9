//! What a frame is read from, and how.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_image::BayerPattern;

use crate::correct::Calibration;

/// The images of a frame: the camera's and its masters. Frames share masters.
#[derive(Clone, Debug)]
pub struct FrameParts<S> {
    /// The frame itself.
    pub light: Arc<S>,
    /// Its bias.
    pub bias: Option<Arc<S>>,
    /// Its dark.
    pub dark: Option<Arc<S>>,
    /// Its flat.
    pub flat: Option<Arc<S>>,
    /// Pixels that are replaced, by their place `y * width + x`, ascending.
    pub defects: Arc<[u32]>,
}

impl<S> FrameParts<S> {
    /// A frame without masters.
    pub fn of(light: S) -> Self {
        Self { light: Arc::new(light), bias: None, dark: None, flat: None, defects: Arc::from([]) }
    }
}

/// How a frame's masters are applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameHow {
    /// Bias, dark, flat, pedestal.
    pub calibration: Calibration,
    /// What one unit of the stored values is in ADU; other than 1 for a program that stores fractions of the camera's range.
    pub adu_per_unit: f64,
    /// What a program has added to every stored pixel, in ADU; it goes first, or the flat would be applied to it.
    pub stored_pedestal_adu: f64,
    /// Pattern of the mosaic at the first pixel of the frame; `None`: one plane.
    pub pattern: Option<BayerPattern>,
    /// Stored level, in ADU, from which a pixel is saturated.
    pub saturation_adu: Option<f64>,
    /// Pixels brighter than their neighbours of one colour by so many scatters of the sky are replaced.
    pub hot_sigma: Option<f64>,
}

impl FrameHow {
    /// Pixels as they are.
    pub const PLAIN: Self = Self {
        calibration: Calibration {
            dark_holds_bias: true,
            dark_scale: 1.0,
            flat_levels_adu: [1.0; 4],
            pedestal_adu: 0.0,
        },
        adu_per_unit: 1.0,
        stored_pedestal_adu: 0.0,
        pattern: None,
        saturation_adu: None,
        hot_sigma: None,
    };
}

/// How colours are made of a mosaic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Debayer {
    /// The mean of the nearest pixels of each colour.
    Bilinear,
    /// Ratio corrected (Sanz Rodriguez 2017; Siril's default).
    #[default]
    Rcd,
}

/// What is wanted of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// The calibrated pixels as the sensor has them.
    Sensor,
    /// One plane of a monochrome sensor; red, green and blue of a mosaic.
    Planes(Debayer),
}

impl Want {
    /// Pixels around a rectangle that its values depend on: those that debayering looks at, two more of which bad pixels are replaced,
    /// and three more by which a hot one among these is told.
    pub const fn margin_px(self, is_mosaic: bool) -> usize {
        let debayering = match (self, is_mosaic) {
            (Self::Sensor, _) | (_, false) => 0,
            (Self::Planes(Debayer::Bilinear), true) => 1,
            (Self::Planes(Debayer::Rcd), true) => crate::mosaic::RCD_MARGIN_PX,
        };
        debayering + 5
    }
}

/// A rectangle could not be read.
#[derive(Debug)]
pub enum FrameError<E> {
    /// The light or a master could not be read.
    Read(E),
    /// A master has another size than the light: its role, its rows and columns, those of the light.
    Size(&'static str, (usize, usize), (usize, usize)),
}

impl<E: std::fmt::Display> std::fmt::Display for FrameError<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Size(role, (height, width), (rows, columns)) => write!(
                f,
                "the {role} has {width} x {height} pixels, the frame {columns} x {rows}; a master belongs to frames of its size"
            ),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for FrameError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(error) => Some(error),
            Self::Size(..) => None,
        }
    }
}
