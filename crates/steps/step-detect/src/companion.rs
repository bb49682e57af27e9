//! The images that belong to a frame: one to search in its place, weights, flags.

use products::FrameSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_detect::WeightKind;
use step_contract::{DoneUnit, Input, Job, Needs};

use crate::DetectError;

/// How the weight map bound to `weights` is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightParams {
    /// What its pixels are (SExtractor: WEIGHT_TYPE MAP_WEIGHT, MAP_VAR, MAP_RMS).
    pub kind: WeightKind,
    /// Weights up to this one, or variances and noises from this one on, count as none (SExtractor: WEIGHT_THRESH).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Whether a frame without a weight map is refused.
    pub required: bool,
}

/// The frame of `input` that belongs to `frame`: that of its id, or of two files with several images the one of the same HDU,
/// or the only one that was given by hand for the only frame.
fn partner<'a>(input: &'a Input<FrameSet>, frame: &'a str, frames: &Input<FrameSet>) -> &'a str {
    let hdu = |input: &Input<FrameSet>, id: &str| input.unit(id)?.facts.as_ref()?.hdu;
    if input.adopted
        && input.unit(frame).is_none()
        && let Some(own) = hdu(frames, frame)
    {
        let mut of_hdu = input.units().filter(|unit| hdu(input, unit.id()) == Some(own));
        if let (Some(only), None) = (of_hdu.next(), of_hdu.next()) {
            return only.id();
        }
    }
    let mut units = input.units();
    match (units.next(), units.next()) {
        (Some(only), None) if input.adopted && frames.units().len() == 1 => only.id(),
        _ => frame,
    }
}

/// Adds the need of the frame's companion of each manifest.
pub(crate) fn needs(job: Job, inputs: &[Input<FrameSet>], frames: &Input<FrameSet>) -> Job {
    let frame = job.id().to_owned();
    inputs.iter().fold(job, |job, input| job.needs(input, partner(input, &frame, frames)))
}

/// The companion of the frame; `None` where none is bound. Fails where several are.
pub(crate) fn of<'a>(
    needs: &Needs<'_>,
    inputs: &'a [Input<FrameSet>],
    member: &'static str,
) -> Result<Option<DoneUnit<'a, FrameSet>>, DetectError> {
    match inputs {
        [] => Ok(None),
        [one] => Ok(Some(needs.unit(one))),
        several => Err(DetectError::Companions { member, found: several.len() }),
    }
}
