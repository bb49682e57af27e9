//! The attributes of an `Image` element as values.

use std::collections::BTreeMap;

use super::block::{Block, Location};
use super::failure::refuse;
use crate::{FitsErrorKind, Limits};

/// How a pixel is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SampleFormat {
    UInt8,
    UInt16,
    UInt32,
    Float32,
    Float64,
}

impl SampleFormat {
    fn parse(name: &str) -> Result<Self, FitsErrorKind> {
        Ok(match name {
            "UInt8" => Self::UInt8,
            "UInt16" => Self::UInt16,
            "UInt32" => Self::UInt32,
            "Float32" => Self::Float32,
            "Float64" => Self::Float64,
            "UInt64" | "Complex32" | "Complex64" => {
                return Err(FitsErrorKind::Unsupported { what: format!("XISF pixels of the format {name}") });
            }
            _ => return Err(refuse("sampleFormat of Image", name, "UInt8, UInt16, UInt32, Float32 or Float64")),
        })
    }

    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::UInt8 => 1,
            Self::UInt16 => 2,
            Self::UInt32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// BITPIX of the type in which the pixels come back; unsigned 32-bit ones need 64.
    pub(super) const fn bitpix(self) -> i64 {
        match self {
            Self::UInt8 => 8,
            Self::UInt16 => 16,
            Self::UInt32 => 64,
            Self::Float32 => -32,
            Self::Float64 => -64,
        }
    }

    const fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float64)
    }
}

/// An image as its element describes it.
#[derive(Clone, Debug)]
pub(super) struct ImageElement {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: usize,
    pub(super) format: SampleFormat,
    /// Values of black and white: floats must say them.
    pub(super) bounds: Option<(f64, f64)>,
    /// Channel by channel; else pixel by pixel.
    pub(super) is_planar: bool,
    pub(super) block: Block,
}

impl ImageElement {
    /// Reads the attributes. Refuses a geometry beyond the limits and a block that is not as long as its pixels.
    pub(super) fn of(attributes: &BTreeMap<String, String>, limits: &Limits) -> Result<Self, FitsErrorKind> {
        let text = |name: &str| attributes.get(name).map(String::as_str);
        let need = |name: &str| text(name).ok_or_else(|| refuse("Image", format!("no attribute {name}"), "one"));
        let (width, height, channels) = geometry(need("geometry")?, limits)?;
        let format = SampleFormat::parse(need("sampleFormat")?)?;
        let bounds = text("bounds").map(bounds).transpose()?;
        if bounds.is_none() && format.is_float() {
            return Err(refuse(
                "bounds of Image",
                "no such attribute",
                "the values of black and white, as floats must say",
            ));
        }
        let is_planar = match text("pixelStorage") {
            None | Some("Planar") => true,
            Some("Normal") => false,
            Some(other) => return Err(refuse("pixelStorage of Image", other, "Planar or Normal")),
        };
        let bytes = (width * height * channels * format.bytes()) as u64;
        let block = Block::of(attributes, bytes)?;
        Ok(Self { width, height, channels, format, bounds, is_planar, block })
    }

    /// Whether rows can be read from the file without unpacking it.
    pub(super) fn is_plain(&self) -> bool {
        self.block.compression.is_none() && matches!(self.block.location, Location::Attachment { .. })
    }
}

fn geometry(text: &str, limits: &Limits) -> Result<(usize, usize, usize), FitsErrorKind> {
    let wrong = || refuse("geometry of Image", text, "width:height:channels, each 1 or more");
    let axes: Vec<u64> =
        text.split(':').map(|axis| axis.trim().parse().map_err(|_| wrong())).collect::<Result<_, _>>()?;
    let &[width, height, channels] = axes.as_slice() else {
        return Err(if (axes.len() > 3) || axes.len() == 2 {
            FitsErrorKind::Unsupported { what: format!("an XISF image of geometry {text}") }
        } else {
            wrong()
        });
    };
    if width == 0 || height == 0 || channels == 0 {
        return Err(wrong());
    }
    let pixels = width.saturating_mul(height).saturating_mul(channels);
    if pixels > limits.max_pixels {
        return Err(FitsErrorKind::TooLarge { what: "pixels", found: pixels, limit: limits.max_pixels });
    }
    Ok((width as usize, height as usize, channels as usize))
}

fn bounds(text: &str) -> Result<(f64, f64), FitsErrorKind> {
    let wrong = || refuse("bounds of Image", text, "two finite numbers, low:high");
    let (low, high) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(wrong);
    let (low, high) = (number(low)?, number(high)?);
    if low < high { Ok((low, high)) } else { Err(wrong()) }
}
