//! The mean of all frames, block by block.

use camera_frames::{Frame, FrameOpenError};
use products::facts::RejectionFacts;
use rayon::prelude::*;
use sky_camera::frame::Want;
use sky_fits::ImageReader;
use sky_stack::{Combiner, Terms, TrailParams};

use crate::config::MastersConfig;
use crate::error::MastersError;

/// Memory for a pixel of a block: f32 as it is read and as it is combined, and the file's own bytes.
const BYTES_PER_PIXEL: u64 = 10;

/// A member: its id, the open file, and what brings it to the level of the others.
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) frame: Frame,
    pub(crate) terms: Terms,
}

/// A combined master.
pub(crate) struct Built {
    pub(crate) pixels: Vec<f32>,
    pub(crate) rejection: Option<RejectionFacts>,
}

/// Combines members of one size; `base` is taken off each of them first.
pub(crate) fn build(
    config: &MastersConfig,
    members: &[Member],
    base: Option<&ImageReader<'static>>,
) -> Result<Built, MastersError> {
    let (height, width) = members[0].frame.reader.shape();
    let no_trails = TrailParams { enabled: false, ..TrailParams::default() };
    let combiner = Combiner::new(vec![1.0; members.len()], config.rejection, no_trails)?;
    let row_bytes = BYTES_PER_PIXEL * (width * (members.len() + 1)) as u64;
    let rows = ((u64::from(config.block_mib) << 20) / row_bytes.max(1)).clamp(1, height as u64) as usize;
    let mut pixels = Vec::with_capacity(width * height);
    let (mut low, mut high) = (0_u64, 0_u64);
    for first in (0..height).step_by(rows) {
        let block = first..(first + rows).min(height);
        let dark = base.map(|base| base.read_rows(block.clone())).transpose()?;
        let read = |member: &Member| -> Result<Vec<f32>, MastersError> {
            let mut values = frame_rows(member, block.clone(), width)?;
            if let Some(dark) = &dark {
                values.iter_mut().zip(dark).for_each(|(value, dark)| *value -= dark);
            }
            member.terms.apply(&mut values);
            Ok(values)
        };
        let frames: Vec<Vec<f32>> = members.par_iter().map(read).collect::<Result<_, _>>()?;
        let views: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
        let combined = combiner.combine(&views, width, 0, 0)?;
        low += combined.rejected_low.iter().map(|count| u64::from(*count)).sum::<u64>();
        high += combined.rejected_high.iter().map(|count| u64::from(*count)).sum::<u64>();
        pixels.extend(combined.value);
    }
    let all = (width * height * members.len()) as f64;
    let rejection = rejection_facts(config, combiner.method(), low as f64 / all, high as f64 / all);
    Ok(Built { pixels, rejection })
}

/// Rows of a member as they are.
pub(crate) fn frame_rows(
    member: &Member,
    rows: std::ops::Range<usize>,
    width: usize,
) -> Result<Vec<f32>, MastersError> {
    let read = member.frame.reader.read(rows, 0..width, Want::Sensor);
    let mut read = read.map_err(|error| FrameOpenError::of(&member.id, error))?;
    Ok(read.planes.swap_remove(0))
}

fn rejection_facts(
    config: &MastersConfig,
    method: sky_stack::Rejection,
    low: f64,
    high: f64,
) -> Option<RejectionFacts> {
    use products::facts::Rejection as Named;
    use sky_stack::Rejection as Method;
    let params = &config.rejection;
    let (named, limits) = match method {
        Method::None | Method::Auto => return None,
        Method::Percentile => (Named::Percentile, (params.percentile_low, params.percentile_high)),
        Method::Sigma => (Named::SigmaClip, (params.low_sigma, params.high_sigma)),
        Method::MedianSigma => (Named::MedianSigma, (params.low_sigma, params.high_sigma)),
        Method::Mad => (Named::MadClip, (params.low_sigma, params.high_sigma)),
        Method::WinsorizedSigma => (Named::Winsorized, (params.low_sigma, params.high_sigma)),
        Method::LinearFit => (Named::LinearFit, (params.line_low, params.line_high)),
        Method::Esd => (Named::Gesdt, (params.esd_outliers, params.esd_significance)),
    };
    Some(RejectionFacts {
        method: named,
        low: limits.0,
        high: limits.1,
        rejected_low_fraction: low,
        rejected_high_fraction: high,
    })
}
