//! The names that programs give to one property.

use sky_image::{CardValue, Header};

/// A property of a frame and the keywords that tell it, the best first. Programs: NINA, INDI and Ekos, SharpCap, ASIAIR, SGP,
/// MaxIm DL, APT, Seestar, DWARF, APP, PixInsight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Kind of frame.
    Type,
    /// Exposure in seconds.
    Exposure,
    /// Filter. `FWHEEL` is the name of the wheel, never the filter.
    Filter,
    /// Temperature of the sensor.
    Temperature,
    /// Temperature asked for.
    SetTemperature,
    /// Gain setting. `EGAIN` is another quantity and never stands in for it.
    Gain,
    /// Electrons for one ADU.
    ElectronsPerAdu,
    /// Offset or black level setting.
    Offset,
    /// ISO of a still camera.
    Iso,
    /// Binning along x.
    BinningX,
    /// Binning along y.
    BinningY,
    /// Pixel size in micrometres.
    PixelSize,
    /// Focal length in millimetres.
    FocalLength,
    /// Bayer pattern.
    BayerPattern,
    /// Column of the mosaic that the first column is.
    BayerOffsetX,
    /// Row of the mosaic that the first row is.
    BayerOffsetY,
    /// Latitude of the site.
    Latitude,
    /// Longitude of the site.
    Longitude,
    /// Frames in a stack.
    StackCount,
    /// Whole exposure of a stack.
    TotalExposure,
    /// Program that took or wrote the frame.
    Software,
    /// Camera.
    Camera,
    /// Telescope.
    Telescope,
    /// Target.
    Object,
    /// Readout mode.
    ReadoutMode,
    /// Focal ratio.
    FocalRatio,
    /// Aperture in millimetres. `APERTURE` is none: Seestar writes the number of its filter position there.
    Aperture,
    /// Height of the site in metres.
    Elevation,
    /// What was added to every pixel, or must be.
    Pedestal,
}

impl Key {
    /// Keywords of the property.
    pub const fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Type => &["IMAGETYP", "FRAMETYP", "FRAME", "OBSTYPE", "CALFRAME"],
            Self::Exposure => &["EXPTIME", "EXPOSURE", "EXP", "EXP_TIME", "EXPOTIME"],
            Self::Filter => &["FILTER", "FILTER1", "FILTER-1", "FILT-1", "FILTNAM", "FILTNAME"],
            Self::Temperature => {
                &["CCD-TEMP", "CCD_TEMP", "CCDTEMP", "TEMPERAT", "CAMTCCD", "DET-TEMP", "SENSOR-TEMP", "CAMTEMP"]
            }
            Self::SetTemperature => &["SET-TEMP", "SETTEMP"],
            Self::Gain => &["GAIN", "CCDGAIN"],
            Self::ElectronsPerAdu => &["EGAIN", "CVF"],
            Self::Offset => &["OFFSET", "BLKLEVEL"],
            Self::Iso => &["ISOSPEED", "ISO"],
            Self::BinningX => &["XBINNING", "BINX", "CCDXBIN", "BINNING"],
            Self::BinningY => &["YBINNING", "BINY", "CCDYBIN", "BINNING"],
            Self::PixelSize => &["XPIXSZ", "XPIXELSZ", "PIXSIZE1", "PIXSIZEX", "XPIXSIZE"],
            Self::FocalLength => &["FOCALLEN", "FOCAL"],
            Self::BayerPattern => &["BAYERPAT", "COLORTYP", "CFAIMAGE"],
            Self::BayerOffsetX => &["XBAYROFF", "XBAYEROFF", "BAYOFFX"],
            Self::BayerOffsetY => &["YBAYROFF", "YBAYEROFF", "BAYOFFY"],
            Self::Latitude => &["SITELAT", "SITE-LAT", "OBSLAT", "OBSGEO-B", "LAT-OBS", "LATITUDE"],
            Self::Longitude => &["SITELONG", "SITE-LON", "OBSLONG", "OBSGEO-L", "LONG-OBS", "LONGITUD"],
            Self::StackCount => &["STACKCNT", "NCOMBINE", "NIMAGES", "NUMFRAME"],
            Self::TotalExposure => &["TOTALEXP", "LIVETIME", "EXPTOTAL"],
            Self::Software => &["SWCREATE", "CREATOR", "PROGRAM", "SOFTWARE"],
            Self::Camera => &["INSTRUME", "CAMERA"],
            Self::Telescope => &["TELESCOP"],
            Self::Object => &["OBJECT"],
            Self::ReadoutMode => &["READOUTM"],
            Self::FocalRatio => &["FOCRATIO"],
            Self::Aperture => &["APTDIA"],
            Self::Elevation => &["SITEELEV", "ALT-OBS", "OBSGEO-H"],
            Self::Pedestal => &["PEDESTAL"],
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A header card.
    Header(&'static str),
    /// The path of the file.
    Path,
    /// A session log of the program beside the file.
    Session,
    /// A setting of the user, or a rule that is documented.
    Default,
}

/// A value with its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
}

/// The first usable text of a property; blanks do not count. Numbers are given as they print.
pub(crate) fn text(header: &Header, key: Key) -> Option<Sourced<String>> {
    key.keywords().iter().find_map(|&keyword| {
        let value = match header.get(keyword)? {
            CardValue::Text(text) => text.trim().trim_matches('\'').trim().to_owned(),
            CardValue::Integer(value) => value.to_string(),
            CardValue::Real(value) => value.to_string(),
            CardValue::Logical(_) | CardValue::None => String::new(),
        };
        (!value.is_empty()).then_some(Sourced { value, source: Source::Header(keyword) })
    })
}

/// The first usable number of a property: a number, or a text that holds one, with a decimal point or comma, a sign and
/// leading zeros.
pub(crate) fn number(header: &Header, key: Key) -> Option<Sourced<f64>> {
    key.keywords().iter().find_map(|&keyword| {
        let value = match header.get(keyword)? {
            CardValue::Integer(value) => Some(*value as f64),
            CardValue::Real(value) => Some(*value),
            CardValue::Text(text) => parse_number(text),
            CardValue::Logical(_) | CardValue::None => None,
        };
        value.filter(|value| value.is_finite()).map(|value| Sourced { value, source: Source::Header(keyword) })
    })
}

/// A number as programs write it: "060.00", "+62.592", "6,4E-05", "'1 '".
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches('\'').trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse().ok().or_else(|| {
        let one_comma = text.matches(',').count() == 1 && !text.contains('.');
        if one_comma { text.replace(',', ".").parse().ok() } else { None }
    })
}

/// Degrees from a number or from degrees, minutes and seconds: "52.38", "+52 22 48", "N52:22:48", "149 03 52", "W 3:43:00".
pub(crate) fn degrees(header: &Header, key: Key) -> Option<Sourced<f64>> {
    key.keywords().iter().find_map(|&keyword| {
        let value = match header.get(keyword)? {
            CardValue::Integer(value) => Some(*value as f64),
            CardValue::Real(value) => Some(*value),
            CardValue::Text(text) => parse_degrees(text),
            CardValue::Logical(_) | CardValue::None => None,
        };
        value.filter(|value| value.is_finite()).map(|value| Sourced { value, source: Source::Header(keyword) })
    })
}

fn parse_degrees(text: &str) -> Option<f64> {
    let text = text.trim();
    let (text, by_letter) = match text.chars().next()?.to_ascii_uppercase() {
        'N' | 'E' => (&text[1..], 1.0),
        'S' | 'W' => (&text[1..], -1.0),
        _ => (text, 1.0),
    };
    let text = text.trim();
    if let Some(plain) = parse_number(text) {
        return Some(by_letter * plain);
    }
    let negative = text.starts_with('-');
    let parts: Option<Vec<f64>> = text
        .trim_start_matches(['-', '+'])
        .split([' ', ':', '°', '\'', '"', 'd', 'm', 's'])
        .filter(|part| !part.is_empty())
        .map(parse_number)
        .collect();
    let parts = parts?;
    let in_range = parts.iter().skip(1).all(|part| (0.0..60.0).contains(part));
    if !(1..=3).contains(&parts.len()) || !in_range {
        return None;
    }
    let size = parts.iter().rev().fold(0.0, |sum, part| sum / 60.0 + part);
    Some(if negative { -size } else { size } * by_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_programs_write_them() {
        for (text, expected) in [("060.00", 60.0), ("+62.592", 62.592), ("6,4E-05", 6.4e-5), (" 1 ", 1.0), ("05", 5.0)]
        {
            assert_eq!(parse_number(text), Some(expected), "{text:?}");
        }
        assert_eq!(parse_number("1,234,5"), None);
        assert_eq!(parse_number("2*2"), None);
    }

    #[test]
    fn sites_are_read_in_every_notation() {
        for (text, expected) in [
            ("52.38", 52.38),
            ("+52 22 48", 52.38),
            ("N52:22:48", 52.38),
            ("-31 16 24", -(31.0 + 16.0 / 60.0 + 24.0 / 3600.0)),
            ("W 3:43:00", -(3.0 + 43.0 / 60.0)),
            ("51 3 0.000", 51.05),
        ] {
            let found = parse_degrees(text).unwrap_or_else(|| panic!("{text:?} is a place"));
            assert!((found - expected).abs() < 1e-9, "{text:?}: {found}, expected {expected}");
        }
        assert_eq!(parse_degrees("12 99 00"), None, "99 minutes");
    }

    #[test]
    fn egain_never_stands_for_gain() {
        let mut header = Header::new();
        header.push("EGAIN", CardValue::Real(1.002), "");
        assert_eq!(number(&header, Key::Gain), None);
        assert_eq!(number(&header, Key::ElectronsPerAdu).map(|found| found.value), Some(1.002));
    }
}
