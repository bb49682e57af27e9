//! One record of a frame from the header of any program.

use sky_image::{BayerPattern, CardValue, FrameKind, Header, RowOrder};

use super::alias::{Key, Source, Sourced, degrees, number, text};
use super::frame_type::normalise_type;
use super::pointing::pointing_deg;
use super::signs::{ProcessingSign, StackSign, processing_signs, stack_signs};

/// How well the time of a frame is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeQuality {
    /// The start of the exposure in UTC.
    Start,
    /// The moment when the frame arrived at the computer (SharpCap): the start is about one exposure earlier.
    Received,
    /// Only a day, or a text that cannot be read.
    Unknown,
}

/// What the header of a frame says.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraRecord {
    /// Kind of frame.
    pub frame_type: Sourced<FrameKind>,
    /// The program's own word for the kind.
    pub type_word: Option<String>,
    /// Exposure in seconds.
    pub exposure_s: Option<Sourced<f64>>,
    /// Filter as written.
    pub filter: Option<Sourced<String>>,
    /// Measured temperature of the sensor in degrees Celsius.
    pub temperature_c: Option<Sourced<f64>>,
    /// Temperature that was asked for.
    pub set_temperature_c: Option<Sourced<f64>>,
    /// Gain setting.
    pub gain: Option<Sourced<f64>>,
    /// Electrons for one ADU.
    pub electrons_per_adu: Option<Sourced<f64>>,
    /// Offset setting.
    pub offset: Option<Sourced<f64>>,
    /// Binning along x and y.
    pub binning: Option<Sourced<(u32, u32)>>,
    /// Pixel size in micrometres as written (most programs include the binning).
    pub pixel_size_um: Option<Sourced<f64>>,
    /// Focal length in millimetres.
    pub focal_length_mm: Option<Sourced<f64>>,
    /// Pattern of the mosaic at the first pixel, after the offsets.
    pub bayer: Option<Sourced<BayerPattern>>,
    /// Order of the rows in the file.
    pub row_order: Option<Sourced<RowOrder>>,
    /// Readout mode.
    pub readout_mode: Option<Sourced<String>>,
    /// Camera.
    pub camera: Option<Sourced<String>>,
    /// Telescope.
    pub telescope: Option<Sourced<String>>,
    /// Target as written.
    pub object: Option<Sourced<String>>,
    /// Target without its panel.
    pub target: Option<String>,
    /// Panel of a mosaic, from " Panel N".
    pub panel: Option<u32>,
    /// Latitude of the site in degrees.
    pub latitude_deg: Option<Sourced<f64>>,
    /// Longitude of the site in degrees, east positive, -180 to 180.
    pub longitude_deg: Option<Sourced<f64>>,
    /// `DATE-OBS` as written.
    pub date_obs_raw: Option<String>,
    /// `DATE-LOC` as written.
    pub date_loc_raw: Option<String>,
    /// What `DATE-OBS` means.
    pub time_quality: TimeQuality,
    /// Program.
    pub software: Option<Sourced<String>>,
    /// Focal ratio.
    pub focal_ratio: Option<Sourced<f64>>,
    /// Aperture in millimetres.
    pub aperture_mm: Option<Sourced<f64>>,
    /// Height of the site in metres.
    pub elevation_m: Option<Sourced<f64>>,
    /// What a program added to every pixel, in ADU: it is in the values.
    pub pedestal_adu: Option<Sourced<f64>>,
    /// Where the mount pointed, right ascension and declination in degrees; a hint. A pair of zeros is none.
    pub pointing_deg: Option<(f64, f64)>,
    /// Signs that the file is a stack; empty for a raw frame.
    pub stack_signs: Vec<StackSign>,
    /// Signs that a program changed the pixels after the camera; empty for a raw frame.
    pub processing_signs: Vec<ProcessingSign>,
    /// Values that could not be used: keyword and text.
    pub unusable: Vec<(&'static str, String)>,
}

/// Kelvin at 0 degrees Celsius.
const KELVIN: f64 = 273.15;
/// No cooled or uncooled sensor is colder than this in degrees Celsius; a larger number than the one below is in kelvin.
const WARMEST_C: f64 = 100.0;

/// The record of a header. `axes`: lengths of the axes of the image, NAXIS1 first.
pub fn read_record(header: &Header, axes: &[u64]) -> CameraRecord {
    let mut unusable = Vec::new();
    let type_word = text(header, Key::Type);
    let frame_type = match &type_word {
        Some(word) => Sourced { value: normalise_type(&word.value), source: word.source.clone() },
        None => Sourced { value: FrameKind::Unknown, source: Source::Default },
    };
    let object = text(header, Key::Object);
    let (target, panel) = object.as_ref().map_or((None, None), |object| split_panel(&object.value));
    let software = text(header, Key::Software);
    let exposure_s = number(header, Key::Exposure).filter(|exposure| {
        let sound = exposure.value >= 0.0;
        if !sound {
            unusable.push(("EXPTIME", exposure.value.to_string()));
        }
        sound
    });
    CameraRecord {
        stack_signs: stack_signs(header, axes, type_word.as_ref(), software.as_ref()),
        processing_signs: processing_signs(header, software.as_ref()),
        pointing_deg: pointing_deg(header),
        focal_ratio: number(header, Key::FocalRatio).filter(|ratio| ratio.value > 0.0),
        aperture_mm: number(header, Key::Aperture).filter(|aperture| aperture.value > 0.0),
        elevation_m: number(header, Key::Elevation),
        pedestal_adu: pedestal(header),
        time_quality: time_quality(header),
        bayer: bayer(header, &mut unusable),
        row_order: row_order(header),
        binning: binning(header),
        temperature_c: number(header, Key::Temperature).map(celsius),
        set_temperature_c: number(header, Key::SetTemperature).map(celsius),
        filter: text(header, Key::Filter),
        gain: gain(header),
        electrons_per_adu: electrons_per_adu(header).filter(|gain| gain.value > 0.0),
        offset: number(header, Key::Offset),
        pixel_size_um: number(header, Key::PixelSize).filter(|size| size.value > 0.0),
        focal_length_mm: number(header, Key::FocalLength).filter(|length| length.value > 0.0),
        readout_mode: text(header, Key::ReadoutMode),
        camera: text(header, Key::Camera),
        telescope: text(header, Key::Telescope),
        latitude_deg: degrees(header, Key::Latitude).filter(|latitude| latitude.value.abs() <= 90.0),
        longitude_deg: degrees(header, Key::Longitude).and_then(longitude),
        date_obs_raw: header.text("DATE-OBS").map(str::to_owned),
        date_loc_raw: header.text("DATE-LOC").map(str::to_owned),
        type_word: type_word.map(|word| word.value),
        frame_type,
        exposure_s,
        object,
        target,
        panel,
        software,
        unusable,
    }
}

/// ISO speed of a still camera.
pub fn iso(header: &Header) -> Option<f64> {
    number(header, Key::Iso).map(|found| found.value).filter(|iso| *iso > 0.0)
}

/// A temperature in kelvin is brought to Celsius.
fn celsius(found: Sourced<f64>) -> Sourced<f64> {
    let value = if found.value > WARMEST_C { found.value - KELVIN } else { found.value };
    Sourced { value, source: found.source }
}

/// Whether a card's GAIN is electrons for one ADU, as professional cameras have it: the comment says so.
fn is_in_electrons(header: &Header, found: &Sourced<f64>) -> bool {
    let Source::Header(keyword) = found.source else { return false };
    let comment = header.cards().iter().find(|card| card.keyword == keyword).map_or("", |card| card.comment.as_str());
    let comment = comment.to_ascii_lowercase().replace(' ', "");
    comment.contains("e-/adu") || comment.contains("electrons/adu") || comment.contains("electronsperadu")
}

fn gain(header: &Header) -> Option<Sourced<f64>> {
    number(header, Key::Gain).filter(|found| !is_in_electrons(header, found))
}

fn electrons_per_adu(header: &Header) -> Option<Sourced<f64>> {
    number(header, Key::ElectronsPerAdu)
        .or_else(|| number(header, Key::Gain).filter(|found| is_in_electrons(header, found)))
}

/// MaxIm DL and the SBIG standard write what must be *added* to reach zero, others what was added: the comment tells.
fn pedestal(header: &Header) -> Option<Sourced<f64>> {
    let found = number(header, Key::Pedestal)?;
    let comment =
        header.cards().iter().find(|card| card.keyword == "PEDESTAL").map_or("", |card| card.comment.as_str());
    let to_add = comment.to_ascii_lowercase().contains("to add");
    let value = if to_add && found.value != 0.0 { -found.value } else { found.value };
    Some(Sourced { value, source: found.source })
}

/// East positive, -180 to 180. `LONGITUD` of the Kitt Peak and Smithsonian headers counts west.
fn longitude(found: Sourced<f64>) -> Option<Sourced<f64>> {
    let west = found.source == Source::Header("LONGITUD");
    let east = if west { -found.value } else { found.value };
    let value = if east > 180.0 { east - 360.0 } else { east };
    (-180.0..=180.0).contains(&value).then_some(Sourced { value, source: found.source })
}

/// "M 31 Panel 2" is target "M 31", panel 2; quotes around a name go.
fn split_panel(object: &str) -> (Option<String>, Option<u32>) {
    let name = object.trim().trim_matches(['\'', '"']).trim();
    let lower = name.to_ascii_lowercase();
    if let Some(at) = lower.rfind(" panel ")
        && let Ok(panel) = name[at + " panel ".len()..].trim().parse()
    {
        return (Some(name[..at].trim().to_owned()), Some(panel));
    }
    ((!name.is_empty()).then(|| name.to_owned()), None)
}

fn binning(header: &Header) -> Option<Sourced<(u32, u32)>> {
    let whole = |key: Key| {
        let found = number(header, key)?;
        let sound = found.value >= 1.0 && found.value <= 64.0 && found.value.fract() == 0.0;
        sound.then_some((found.value as u32, found.source))
    };
    if let (Some((x, source)), Some((y, _))) = (whole(Key::BinningX), whole(Key::BinningY)) {
        return Some(Sourced { value: (x, y), source });
    }
    // DWARF writes '2*2', others '2x2'.
    let written = header.text("BINNING")?;
    let (x, y) = written.split_once(['*', 'x', 'X'])?;
    let value = (x.trim().parse().ok()?, y.trim().parse().ok()?);
    Some(Sourced { value, source: Source::Header("BINNING") })
}

fn bayer(header: &Header, unusable: &mut Vec<(&'static str, String)>) -> Option<Sourced<BayerPattern>> {
    let found = text(header, Key::BayerPattern)?;
    let Source::Header(keyword) = found.source else { return None };
    let Some(phase) = BayerPattern::parse(&found.value) else {
        if !["MONO", "NONE", "RGB"].contains(&found.value.to_uppercase().as_str()) {
            unusable.push((keyword, found.value));
        }
        return None;
    };
    let offset = |key: Key| number(header, key).map_or(0, |found| found.value as i64);
    let value = phase.shifted(offset(Key::BayerOffsetX), offset(Key::BayerOffsetY));
    Some(Sourced { value, source: Source::Header(keyword) })
}

fn row_order(header: &Header) -> Option<Sourced<RowOrder>> {
    let value = match header.text("ROWORDER")?.to_uppercase().as_str() {
        "TOP-DOWN" => RowOrder::TopDown,
        "BOTTOM-UP" => RowOrder::BottomUp,
        _ => return None,
    };
    Some(Sourced { value, source: Source::Header("ROWORDER") })
}

/// SharpCap says "System Clock:Frame Received" in the comment of DATE-OBS.
fn time_quality(header: &Header) -> TimeQuality {
    let Some(card) = header.cards().iter().find(|card| card.keyword == "DATE-OBS") else { return TimeQuality::Unknown };
    match &card.value {
        CardValue::Text(_) if card.comment.to_ascii_lowercase().contains("received") => TimeQuality::Received,
        CardValue::Text(text) if text.contains('T') => TimeQuality::Start,
        _ => TimeQuality::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(cards: &[(&str, CardValue)]) -> Header {
        let mut header = Header::new();
        for (keyword, value) in cards {
            header.push(keyword, value.clone(), "");
        }
        header
    }

    fn word(text: &str) -> CardValue {
        CardValue::Text(text.to_owned())
    }

    #[test]
    fn a_nina_light_is_read_with_its_sources() {
        let record = read_record(
            &header(&[
                ("IMAGETYP", word("LIGHT")),
                ("EXPOSURE", CardValue::Real(30.0)),
                ("EXPTIME", CardValue::Real(30.0)),
                ("DATE-OBS", word("2021-03-02T20:19:00.455")),
                ("XBINNING", CardValue::Integer(1)),
                ("YBINNING", CardValue::Integer(1)),
                ("GAIN", CardValue::Integer(120)),
                ("OFFSET", CardValue::Integer(30)),
                ("EGAIN", CardValue::Real(1.002)),
                ("BAYERPAT", word("RGGB")),
                ("XBAYROFF", CardValue::Integer(1)),
                ("YBAYROFF", CardValue::Integer(0)),
                ("FWHEEL", word("Wheel 7")),
                ("ROWORDER", word("TOP-DOWN")),
                ("OBJECT", word("M 45 Panel 2")),
            ]),
            &[4144, 2822],
        );
        assert_eq!(record.frame_type.value, FrameKind::Light);
        assert_eq!(record.exposure_s, Some(Sourced { value: 30.0, source: Source::Header("EXPTIME") }));
        assert_eq!(record.gain.map(|gain| gain.value), Some(120.0), "GAIN, not EGAIN");
        assert_eq!(record.filter, None, "the wheel's name is no filter");
        assert_eq!(record.bayer.map(|bayer| bayer.value), BayerPattern::parse("GRBG"), "one column of offset");
        assert_eq!((record.target.as_deref(), record.panel), (Some("M 45"), Some(2)));
        assert_eq!(record.time_quality, TimeQuality::Start);
        assert!(record.stack_signs.is_empty());
    }

    #[test]
    fn stacks_are_recognised() {
        let seestar = read_record(&header(&[("STACKCNT", CardValue::Integer(187))]), &[1080, 1920, 3]);
        assert_eq!(seestar.stack_signs, [StackSign::Count("STACKCNT", 187), StackSign::Planes(3)]);
        let app = read_record(&header(&[("SOFTWARE", word("Astro Pixel Processor by Aries"))]), &[10, 10]);
        assert_eq!(app.stack_signs.len(), 1);
        let master = read_record(&header(&[("IMAGETYP", word("Master Light"))]), &[10, 10]);
        assert_eq!(master.stack_signs, [StackSign::Master]);
    }

    #[test]
    fn odd_headers_keep_their_meaning() {
        let record = read_record(
            &header(&[
                ("EXPTIME", word("6,4E-05")),
                ("CAMTEMP", CardValue::Real(263.15)),
                ("LONGITUD", CardValue::Real(110.88)),
                ("BINNING", word("2*2")),
                ("DATE-OBS", word("2023-06-10")),
                ("BAYERPAT", word("XTRANS")),
            ]),
            &[10, 10],
        );
        assert_eq!(record.exposure_s.map(|exposure| exposure.value), Some(6.4e-5));
        assert!((record.temperature_c.expect("a temperature").value + 10.0).abs() < 1e-9, "kelvin");
        assert_eq!(record.longitude_deg.map(|longitude| longitude.value), Some(-110.88), "counted west");
        assert_eq!(record.binning.map(|binning| binning.value), Some((2, 2)));
        assert_eq!(record.time_quality, TimeQuality::Unknown);
        assert_eq!(record.frame_type.value, FrameKind::Unknown);
        assert_eq!(record.unusable, [("BAYERPAT", "XTRANS".to_owned())]);
    }
}
