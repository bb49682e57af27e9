//! Cards of a master, in the words of NINA and of Siril. No date: the same frames give the same bytes.

use products::facts::{FrameKind, MasterFacts, RowOrder};
use sky_image::{CardValue, Header};

use crate::groups::Group;

/// The header of a master.
pub(crate) fn of(group: &Group, facts: &MasterFacts) -> Header {
    let mut header = Header::new();
    let kind = match group.kind {
        FrameKind::Bias => "Master Bias",
        FrameKind::Dark => "Master Dark",
        FrameKind::DarkFlat => "Master DarkFlat",
        _ => "Master Flat",
    };
    let text = |value: &str| CardValue::Text(value.to_owned());
    header.push("IMAGETYP", text(kind), "type of image");
    header.push("NCOMBINE", CardValue::Integer(facts.members.len() as i64), "frames that were combined");
    let exposure = group.exposure.as_ref();
    let camera = group.camera.as_ref();
    let mut number = |keyword: &str, value: Option<f64>, comment: &str| {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            header.push(keyword, CardValue::Real(value), comment);
        }
    };
    number("EXPTIME", exposure.and_then(|exposure| exposure.exposure_s), "[s] exposure of each frame");
    number("GAIN", camera.and_then(|camera| camera.gain_setting), "gain as it was set");
    number("OFFSET", camera.and_then(|camera| camera.offset_setting), "offset as it was set");
    number("EGAIN", camera.and_then(|camera| camera.gain_e_per_adu), "[e-/ADU] electrons for each ADU");
    number("SET-TEMP", camera.and_then(|camera| camera.set_temperature_c), "[degC] temperature asked for");
    number("CCD-TEMP", camera.and_then(|camera| camera.temperature_c), "[degC] temperature of the sensor");
    number("XPIXSZ", camera.and_then(|camera| camera.pixel_size_um), "[um] width of a pixel, binning included");
    if let Some(camera) = camera {
        for (keyword, value) in [("XBINNING", camera.binning_x), ("YBINNING", camera.binning_y)] {
            if let Some(value) = value {
                header.push(keyword, CardValue::Integer(value as i64), "pixels of the sensor in one");
            }
        }
        if let Some(name) = &camera.name {
            header.push("INSTRUME", text(name), "camera");
        }
        if let Some(mode) = &camera.readout_mode {
            header.push("READOUTM", text(mode), "mode of readout");
        }
        if let Some(bayer) = &camera.bayer {
            header.push("BAYERPAT", text(bayer.pattern.name()), "colours at the first pixels of the file");
            let order = if bayer.row_order == RowOrder::TopDown { "TOP-DOWN" } else { "BOTTOM-UP" };
            header.push("ROWORDER", text(order), "order of the rows");
        }
    }
    if let Some(filter) =
        exposure.and_then(|exposure| exposure.filter.as_deref()).filter(|_| group.kind == FrameKind::Flat)
    {
        header.push("FILTER", text(filter), "filter");
    }
    header
}
