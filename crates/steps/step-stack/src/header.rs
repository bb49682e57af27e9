//! Cards of a stack: those of the reference, world coordinates among them, and what the stack is, in the words of Siril.

use products::FrameFacts;
use products::facts::RowOrder;
use sky_fits::{without_odd_cards, without_structure};
use sky_image::{CardValue, Header};

use crate::members::Members;

/// Cards of a single frame that say nothing true of a stack.
const OF_ONE_FRAME: [&str; 26] = [
    "BAYERPAT", "COLORTYP", "XBAYROFF", "YBAYROFF", "BAYOFFX", "BAYOFFY", "PEDESTAL", "DATE-LOC", "DATE-AVG",
    "DATE-END", "DATE", "MJD-OBS", "MJD-AVG", "TIME-OBS", "UT", "UTC", "JD", "JD_UTC", "AIRMASS", "TOTALEXP",
    "NCOMBINE", "STACKCNT", "DATAMIN", "DATAMAX", "CWHITE", "CBLACK",
];

/// The header of a stack.
pub(crate) fn of(members: &Members, facts: &FrameFacts) -> Header {
    let reference = &members.frames[members.reference];
    let (mut header, _) = without_odd_cards(&without_structure(&reference.frame.header));
    OF_ONE_FRAME.iter().for_each(|keyword| header.remove(keyword));
    let text = |value: &str| CardValue::Text(value.to_owned());
    header.set("IMAGETYP", text("LIGHT"), "type of image");
    let order = match header.text("ROWORDER") {
        Some(order) => order.to_owned(),
        None => {
            let bayer = reference.facts.camera.as_ref().and_then(|camera| camera.bayer);
            let bottom_up = bayer.is_some_and(|bayer| bayer.row_order == RowOrder::BottomUp);
            if bottom_up { "BOTTOM-UP" } else { "TOP-DOWN" }.to_owned()
        }
    };
    header.set("ROWORDER", text(&order), "order of the rows");
    let Some(stack) = &facts.stack else { return header };
    header.set("STACKCNT", CardValue::Integer(stack.members.len() as i64), "frames in the stack");
    header.set("LIVETIME", CardValue::Real(stack.livetime_s), "[s] sum of the exposures");
    let exposure = facts.exposure.as_ref();
    if let Some(exposure_s) = exposure.and_then(|exposure| exposure.exposure_s) {
        header.set("EXPTIME", CardValue::Real(exposure_s), "[s] exposure of each frame");
        header.remove("EXPOSURE");
    }
    if let Some(filter) = exposure.and_then(|exposure| exposure.filter.as_deref()) {
        header.set("FILTER", text(filter), "filter");
    }
    for (keyword, value, comment) in [
        ("DATE-OBS", &stack.first_start_utc, "[UTC] start of the first exposure"),
        ("DATE-AVG", &stack.mid_utc, "[UTC] mean of the mid-exposures, by weight"),
        ("DATE-END", &stack.last_end_utc, "[UTC] end of the last exposure"),
    ] {
        match value {
            Some(value) => header.set(keyword, text(value), comment),
            None => header.remove(keyword),
        }
    }
    header
}
