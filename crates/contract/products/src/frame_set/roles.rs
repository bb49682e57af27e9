//! Exactly one of the roles `image` and `raw`: pixels as they are, or a camera's file that is calibrated where it is read.

use std::path::PathBuf;

use step_contract::{BrokenRule, DoneUnit, Reason};

use super::unit::{FrameFiles, FrameSet};

/// Kind of the reason of a unit that breaks the rule, or that is read for the other role.
pub const FRAME_ROLE: &str = "frame_role";

/// The rule of a done unit.
pub(super) fn check(files: &FrameFiles) -> Result<(), BrokenRule> {
    let found = match (&files.image, &files.raw) {
        (Some(_), None) => return masters_without_raw(files),
        (None, Some(_)) => return Ok(()),
        (Some(_), Some(_)) => "both image and raw",
        (None, None) => "neither image nor raw",
    };
    Err(BrokenRule {
        kind: FRAME_ROLE,
        pointer: "/files".to_owned(),
        found: found.to_owned(),
        expected: "exactly one of the roles image (pixels as they are) and raw (a camera's file)".to_owned(),
    })
}

/// Masters are applied to a camera's file: beside an image they would be applied a second time.
fn masters_without_raw(files: &FrameFiles) -> Result<(), BrokenRule> {
    let masters = [("bias", &files.bias), ("dark", &files.dark), ("flat", &files.flat), ("defects", &files.defects)];
    match masters.into_iter().find(|(_, entry)| entry.is_some()) {
        None => Ok(()),
        Some((role, _)) => Err(BrokenRule {
            kind: FRAME_ROLE,
            pointer: format!("/files/{role}"),
            found: format!("{role} beside image"),
            expected: "masters beside raw only: an image is calibrated already".to_owned(),
        }),
    }
}

/// A unit that is read for its image has none: it is a camera's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "frame {unit} is a camera's file that is calibrated where it is read (role raw), and this step reads images; run \
     calibrate with write_frames = true, or stack the frames first"
)]
pub struct FrameRoleError {
    /// The unit.
    pub unit: String,
}

impl FrameRoleError {
    /// Why a step that reads images does not read it.
    pub fn reason(&self) -> Reason {
        Reason::new(FRAME_ROLE, self.to_string())
    }
}

/// Path of a frame's image.
///
/// # Errors
/// Where the unit has the role `raw` in its place.
pub fn image_of(frame: &DoneUnit<'_, FrameSet>) -> Result<PathBuf, FrameRoleError> {
    frame.file_if("image").ok_or_else(|| FrameRoleError { unit: frame.id().to_owned() })
}
