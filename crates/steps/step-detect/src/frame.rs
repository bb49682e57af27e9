//! Which image of a file, and what its header says of the detector.

use std::path::Path;

use products::FrameSet;
use products::frame_set::image_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_fits::ImageReader;
use sky_image::{CardValue, Header, Image};
use sky_photometry::PhotometryParams;
use step_contract::{DoneUnit, Reason};

use crate::DetectError;

/// Which image of a file is searched, and which header keys replace parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FrameParams {
    /// Image of a file with extensions: its number (0: the primary HDU) or its EXTNAME; its other images are no work. Empty:
    /// each image of such a file is a frame of its own, `<name>_<EXTNAME or number>`, as with SExtractor.
    pub extension: String,
    /// Header key of the gain in electrons an ADU, which replaces `photometry.gain_e_per_adu` where it stands (SExtractor:
    /// GAIN_KEY). Empty: the header is not asked. Beware: many cameras write a setting without unit into GAIN.
    pub gain_key: String,
    /// Header key of the saturation level in ADU, which replaces `photometry.saturation_adu` where it stands (SExtractor:
    /// SATUR_KEY). Empty: the header is not asked.
    pub saturation_key: String,
}

impl FrameParams {
    /// The image of a frame: that of its HDU, where it has one, or the one that the parameters name.
    pub(crate) fn open(&self, frame: &DoneUnit<'_, FrameSet>) -> Result<ImageReader<'static>, DetectError> {
        let path = image_of(frame)?;
        let index = match frame.facts().hdu_index() {
            None if !self.extension.is_empty() => Some(self.index_in(&path)?),
            own => own,
        };
        Ok(ImageReader::open_hdu(&path, index)?)
    }

    /// The header and the image of a frame, with the mask that lies beside it.
    pub(crate) fn read(&self, frame: &DoneUnit<'_, FrameSet>) -> Result<(Header, Image), DetectError> {
        let reader = self.open(frame)?;
        let read = reader.read()?;
        let mask = frame.file_if("mask").map(|path| reader.read_mask(&path)).transpose()?;
        Ok((read.header, Image { pixels: read.pixels, mask }))
    }

    /// Why a frame that is one of several images of a file is not searched: it is not the one that the parameters name.
    pub(crate) fn passes_over(&self, frame: &DoneUnit<'_, FrameSet>) -> Result<Option<Reason>, DetectError> {
        let Some(own) = frame.facts().hdu_index().filter(|_| !self.extension.is_empty()) else { return Ok(None) };
        let wanted = self.index_in(&image_of(frame)?)?;
        let message = format!("this is HDU {own} of its file; frame.extension is {:?}, HDU {wanted}", self.extension);
        Ok((own != wanted).then(|| Reason::new("other_extension", message)))
    }

    /// The number of the HDU that the parameters name.
    fn index_in(&self, path: &Path) -> Result<usize, DetectError> {
        let hdus = sky_fits::read_header(path)?;
        let name = |header: &Header| header.text("EXTNAME").unwrap_or_default().to_owned();
        let is_wanted = |(index, hdu): &(usize, &sky_fits::HduInfo)| {
            self.extension == index.to_string() || name(&hdu.header).eq_ignore_ascii_case(self.extension.trim())
        };
        let images = || hdus.iter().enumerate().filter(|(_, hdu)| hdu.kind.image_size().is_some());
        let found = images().find(is_wanted).map(|(index, _)| index);
        found.ok_or_else(|| {
            let there: Vec<String> = images().map(|(index, hdu)| format!("{index} {:?}", name(&hdu.header))).collect();
            let found = if there.is_empty() { "no image".to_owned() } else { format!("images {}", there.join(", ")) };
            DetectError::Extension { wanted: self.extension.clone(), found }
        })
    }

    /// The photometry's parameters with what the header says; and what it said differently, or what of it cannot be used.
    pub(crate) fn photometry(&self, header: &Header, params: &PhotometryParams) -> (PhotometryParams, Vec<String>) {
        let mut adopted = params.clone();
        let mut changes = Vec::new();
        let mut adopt = |key: &str, value: &mut f64, what: &str| {
            let card = Some(key).filter(|key| !key.is_empty()).and_then(|key| header.get(key));
            let Some(card) = card.filter(|card| **card != CardValue::None) else { return };
            match leading_number(header, key).filter(|found| *found >= 0.0) {
                Some(found) if found != *value => {
                    changes.push(format!("{what} {found} from the header's {key} in place of {value}"));
                    *value = found;
                }
                Some(_) => {}
                None => changes.push(format!(
                    "the header's {key} is {}, expected a number of 0 or more; {what} {value} is used",
                    shown(card)
                )),
            }
        };
        adopt(&self.gain_key, &mut adopted.gain_e_per_adu, "gain");
        adopt(&self.saturation_key, &mut adopted.saturation_adu, "saturation level");
        (adopted, changes)
    }
}

/// The number of a card, or the one that its text begins with (`'1.5 e-/ADU'`), as SExtractor reads it.
fn leading_number(header: &Header, key: &str) -> Option<f64> {
    header
        .number(key)
        .or_else(|| header.text(key)?.split_whitespace().next()?.parse().ok())
        .filter(|number| number.is_finite())
}

fn shown(card: &CardValue) -> String {
    match card {
        CardValue::Logical(value) => if *value { "T" } else { "F" }.to_owned(),
        CardValue::Integer(value) => value.to_string(),
        CardValue::Real(value) => value.to_string(),
        CardValue::Text(text) => format!("{text:?}"),
        CardValue::None => "empty".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_replaces_gain_and_saturation_only_where_it_is_asked() {
        let mut header = Header::new();
        header.push("GAIN", CardValue::Real(1.7), "");
        header.push("SATURATE", CardValue::Integer(60_000), "");
        let params = PhotometryParams::default();
        let (same, none) = FrameParams::default().photometry(&header, &params);
        assert_eq!((same, none.len()), (params.clone(), 0));
        let asked = FrameParams {
            gain_key: "GAIN".to_owned(),
            saturation_key: "SATURATE".to_owned(),
            extension: String::new(),
        };
        let (adopted, changes) = asked.photometry(&header, &params);
        assert_eq!((adopted.gain_e_per_adu, adopted.saturation_adu, changes.len()), (1.7, 60_000.0, 2));
        let (adopted, changes) = asked.photometry(&Header::new(), &params);
        assert_eq!((adopted, changes.len()), (params, 0), "a header without the keys");
    }

    #[test]
    fn a_value_with_its_unit_is_read_and_one_without_a_number_is_told() {
        let asked = FrameParams { gain_key: "GAIN".to_owned(), ..FrameParams::default() };
        let params = PhotometryParams::default();
        let read = |value: CardValue| {
            let mut header = Header::new();
            header.push("GAIN", value, "");
            asked.photometry(&header, &params)
        };
        assert_eq!(read(CardValue::Text("1.5 e-/ADU".to_owned())).0.gain_e_per_adu, 1.5, "as SExtractor reads it");
        for value in [CardValue::Text("high".to_owned()), CardValue::Real(-1.0), CardValue::Logical(true)] {
            let (adopted, told) = read(value.clone());
            assert_eq!(adopted, params, "{value:?}");
            assert!(told.len() == 1 && told[0].contains("GAIN"), "{value:?}: {told:?}");
        }
    }
}
