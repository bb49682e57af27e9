//! The frames of a stack, open.

use camera_frames::{Frame, Frames};
use products::FrameFacts;
use products::FrameSet;
use products::facts::BackgroundPlane;
use sky_camera::frame::Want;
use sky_register::Transform;
use sky_stack::Terms;

use crate::config::StackConfig;
use crate::error::StackError;

/// The frames of a stack.
pub(crate) struct Members {
    pub(crate) frames: Vec<Member>,
    /// Rows and columns of the reference, and so of the stack.
    pub(crate) shape: (usize, usize),
    /// 1, or 3 of colour frames.
    pub(crate) planes: usize,
    /// What is read of each frame.
    pub(crate) want: Want,
    /// Place of the reference among the frames; the first one where the reference itself is left out.
    pub(crate) reference: usize,
}

/// One frame.
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) facts: FrameFacts,
    pub(crate) frame: Frame,
    /// Takes a position of the reference to the frame.
    pub(crate) to_frame: Transform,
    /// Gradients, one a plane, or none.
    pub(crate) background: Vec<BackgroundPlane>,
    /// What brings each plane to the level of the reference.
    pub(crate) terms: Vec<Terms>,
    /// Noise of a pixel at that level, in ADU, of the plane that weights follow.
    pub(crate) noise_adu: f64,
    pub(crate) weight: f64,
}

/// Opens the frames that are kept.
pub(crate) fn open(
    config: &StackConfig,
    opener: &Frames,
    group: &step_contract::Group<'_, FrameSet>,
) -> Result<Members, StackError> {
    let want = Want::Planes(config.debayer);
    let mut frames: Vec<Member> = Vec::new();
    let mut planes = 1;
    let mut on = String::new();
    for unit in group.kept() {
        let facts = unit.facts();
        let registration =
            facts.registration.as_ref().ok_or_else(|| StackError::NotRegistered(unit.id().to_owned()))?;
        let frame = opener.open(&unit, None)?;
        let own_planes = frame.reader.planes(want);
        if frames.is_empty() {
            planes = own_planes;
            on.clone_from(&registration.reference);
        }
        let unit_id = unit.id().to_owned();
        if registration.reference != on {
            return Err(StackError::OtherReference {
                unit: unit_id,
                found: registration.reference.clone(),
                expected: on,
            });
        }
        if own_planes != planes {
            return Err(StackError::Planes { unit: unit_id, found: own_planes, expected: planes });
        }
        let to_frame = Transform::new(registration.matrix).ok_or_else(|| StackError::Matrix(unit_id.clone()))?;
        frames.push(Member {
            id: unit_id,
            background: registration.background.clone(),
            facts: facts.clone(),
            frame,
            to_frame,
            terms: vec![Terms::IDENTITY; planes],
            noise_adu: 0.0,
            weight: 1.0,
        });
    }
    let reference = frames.iter().position(|member| member.id == on).unwrap_or(0);
    let shape = frames.get(reference).map_or((0, 0), |member| member.frame.reader.shape());
    Ok(Members { frames, shape, planes, want, reference })
}

impl Member {
    /// Takes the rise of the gradient off a rectangle of a plane; the level at the middle of the frame stays.
    pub(crate) fn level_out(&self, plane: usize, pixels: &mut [f32], rows: usize, columns: usize, width: usize) {
        let Some(gradient) = self.background.get(plane) else { return };
        let (height, full_width) = self.frame.reader.shape();
        let middle = (0.5 * (full_width as f64 - 1.0), 0.5 * (height as f64 - 1.0));
        let (slope_x, slope_y) = (gradient.slope_x_adu_per_px, gradient.slope_y_adu_per_px);
        for (row, line) in pixels.chunks_mut(width.max(1)).enumerate() {
            let of_row = slope_y * ((rows + row) as f64 - middle.1) - slope_x * middle.0;
            for (column, value) in line.iter_mut().enumerate() {
                *value -= (of_row + slope_x * (columns + column) as f64) as f32;
            }
        }
    }
}
