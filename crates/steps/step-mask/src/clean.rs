//! Headers of the clean image and of the mask.

use products::facts::ExposureFacts;
use sky_fits::without_structure;
use sky_image::{CardValue, Header, mask_bits};

/// The cards of the image without those of its file, DATE-OBS in ISO 8601 with the raw text kept in RAWDATE.
pub(crate) fn header(image: &Header, exposure: &ExposureFacts) -> Header {
    let mut header = without_structure(image);
    if let (Some(raw), Some(date)) = (&exposure.date_obs_raw, &exposure.date_obs)
        && raw != date
    {
        header.set("DATE-OBS", CardValue::Text(date.clone()), "start of exposure, UT, repaired");
        // Not DATE-...: checkers of the standard read every such card as a date.
        header.set("RAWDATE", CardValue::Text(raw.clone()), "DATE-OBS as the archive wrote it");
    }
    header
}

/// The cards of the image, so that the mask lies on the sky as the image does, and the meaning of the bits.
pub(crate) fn mask_header(image: &Header) -> Header {
    let mut header = image.clone();
    header.remove("BUNIT");
    header.remove("DATAMIN");
    header.remove("DATAMAX");
    for (bit, name, meaning) in mask_bits::REGISTRY {
        header.set(&format!("MBIT{}", bit.trailing_zeros()), CardValue::Text((*name).to_owned()), meaning);
    }
    header
}
