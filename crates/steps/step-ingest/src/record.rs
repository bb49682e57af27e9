//! One file looked at: its head, its path and the log beside it.

use std::path::Path;

use products::RawFrameFacts;
use sha2::{Digest as _, Sha256};
use sky_camera::header::{CameraRecord, read_record};
use sky_fits::{FileHead, FitsError, ImageOptions, ImageReader, read_head};
use sky_image::FrameKind;

use crate::config::IngestConfig;
use crate::facts::facts;
use crate::session_log::SessionLog;
use crate::tokens::read_path;
use crate::unfit::{Unfit, stack_sign, unfit};

/// Bytes of the data unit that are looked at: noise makes them differ in any two frames.
const FIRST_BYTES: usize = 8 * 2880;
/// A value below this is no noise around zero: it was above 32767 before it was wrapped (49151 at the most).
const WRAPPED_BELOW: i64 = -16_384;

/// What is known of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameRecord {
    /// The facts of its unit; group and root are those of its own header until all files are known.
    pub facts: RawFrameFacts,
    /// Why it is no raw frame, the weightiest first; empty for a raw frame.
    pub unfit: Vec<Unfit>,
    /// What is odd about it: kind and message.
    pub warnings: Vec<(&'static str, String)>,
    /// Sum of the shape and of the first bytes of the pixels; none where these are all the same, as those of empty frames are.
    pub(crate) first_sum: Option<String>,
    /// Folder for a target without a name.
    pub(crate) folder: Option<String>,
}

impl FrameRecord {
    /// Whether it is a stack of calibration frames that another program made.
    pub(crate) fn is_master(&self) -> bool {
        matches!(self.facts.kind, Some(FrameKind::MasterBias | FrameKind::MasterDark | FrameKind::MasterFlat))
    }

    /// Whether it belongs to a stack or a master: a raw frame, or one that is cut off.
    pub(crate) fn is_of_its_group(&self) -> bool {
        self.unfit.iter().all(|sign| *sign == Unfit::Short)
    }
}

/// Looks at one file. `relative`: its path below the offered folder, with `/`; `format`: its ending.
///
/// Fails where it has no header that can be read, or no image.
pub fn record_of(path: &Path, relative: &str, format: &str, config: &IngestConfig) -> Result<FrameRecord, FitsError> {
    record_with_log(path, relative, format, None, config)
}

pub(crate) fn record_with_log(
    path: &Path,
    relative: &str,
    format: &str,
    log: Option<&SessionLog>,
    config: &IngestConfig,
) -> Result<FrameRecord, FitsError> {
    let head = read_head(path, FIRST_BYTES)?;
    let record = read_record(&head.header, &head.axes);
    let tokens = read_path(relative);
    let mut facts = facts(&head, &record, &tokens, log, config);
    facts.format = format.to_owned();
    let kind = facts.kind.unwrap_or(FrameKind::Unknown);
    let is_stack = stack_sign(&record).is_some() || tokens.is_stacked;
    let master = if is_stack { kind.master() } else { None };
    facts.kind = master.or(facts.kind);
    let is_master = matches!(facts.kind, Some(FrameKind::MasterBias | FrameKind::MasterDark | FrameKind::MasterFlat));
    let wrapped = wrapped(path, &head)?;
    let mut unfit = unfit(&record, &head, wrapped, is_master);
    if tokens.is_stacked && !is_master && !unfit.iter().any(|sign| matches!(sign, Unfit::Stacked(_))) {
        unfit.push(Unfit::Stacked("the name says so".to_owned()));
    }
    if tokens.is_device_rejected {
        unfit.push(Unfit::DeviceRejected);
    }
    Ok(FrameRecord {
        warnings: warnings(&head, &record, &facts),
        first_sum: first_sum(&head),
        folder: tokens.folder,
        facts,
        unfit,
    })
}

fn warnings(head: &FileHead, record: &CameraRecord, facts: &RawFrameFacts) -> Vec<(&'static str, String)> {
    let mut warnings = Vec::new();
    if facts.kind == Some(FrameKind::Unknown) {
        let word = record.type_word.as_deref().map_or("no word for it".to_owned(), |word| format!("{word:?}"));
        let message = format!(
            "the kind of frame is not known: found {word}, expected light, bias, dark, flat or dark flat in IMAGETYP, in the name or in \
             the folder; it is used for nothing"
        );
        warnings.push(("unknown_kind", message));
    }
    if !head.unquoted.is_empty() {
        let names = head.unquoted.join(", ");
        warnings.push((
            "unquoted_cards",
            format!("texts without quotes in the header: {names}; they are read as they stand"),
        ));
    }
    for (keyword, value) in &record.unusable {
        warnings.push(("header_card", format!("{keyword} = {value:?} cannot be used")));
    }
    warnings
}

fn first_sum(head: &FileHead) -> Option<String> {
    let pixel = (head.bitpix.unsigned_abs() / 8).max(1) as usize;
    let mut pixels = head.first_bytes.chunks_exact(pixel);
    let first = pixels.next()?;
    if pixels.all(|other| other == first) {
        return None;
    }
    let mut sum = Sha256::new();
    for axis in &head.axes {
        sum.update(axis.to_le_bytes());
    }
    sum.update(head.bitpix.to_le_bytes());
    sum.update(&head.first_bytes);
    Some(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The smallest value where unsigned ones were written as signed: 16 bits, no BZERO, and values that no noise gives. Such files are
/// rare, and are read whole.
fn wrapped(path: &Path, head: &FileHead) -> Result<Option<i64>, FitsError> {
    let may_be = head.bitpix == 16 && head.header.get("BZERO").is_none() && !head.is_short;
    if !may_be {
        return Ok(None);
    }
    let options = ImageOptions { hdu: Some(head.hdu_index), plane: Some(0), ..ImageOptions::default() };
    let reader = ImageReader::open_with(path, &options)?;
    let pixels = reader.read_rows(0..reader.shape().0)?;
    let least = pixels.iter().copied().filter(|value| value.is_finite()).fold(f32::INFINITY, f32::min);
    Ok((least < WRAPPED_BELOW as f32).then_some(least as i64))
}
