//! The factor of a dark of another exposure.

use camera_frames::Frames;
use products::facts::{CalibrationFacts, DarkScaling};
use products::{MasterCalibrationSet, RawFrameSet};
use sky_camera::correct::fit_dark_scale;
use sky_camera::frame::Want;
use sky_fits::ImageReader;
use step_contract::DoneUnit;

use crate::config::{CalibrateConfig, ScaleRule};
use crate::error::CalibrateError;

/// Side of the middle of the frame on which a factor is fitted, pixels.
const SIDE_PX: usize = 512;

/// Sets the factor: the ratio of the exposures, or the one that leaves the least scatter in the middle of the frame.
pub(crate) fn set(
    config: &CalibrateConfig,
    opener: &Frames,
    light: &DoneUnit<'_, RawFrameSet>,
    dark: &DoneUnit<'_, MasterCalibrationSet>,
    bias: &DoneUnit<'_, MasterCalibrationSet>,
    calibration: &mut CalibrationFacts,
) -> Result<(), CalibrateError> {
    let own = light.facts().exposure.as_ref().and_then(|exposure| exposure.exposure_s);
    let other = dark.facts().exposure.as_ref().and_then(|exposure| exposure.exposure_s);
    let ratio = own.zip(other).map_or(1.0, |(own, other)| own / other);
    (calibration.dark_scale, calibration.dark_scaling) = (Some(ratio), Some(DarkScaling::Exposure));
    if config.dark_scale == ScaleRule::Optimised {
        let frame = opener.open_raw(light)?;
        let (height, width) = frame.reader.shape();
        let middle = |length: usize| {
            let side = SIDE_PX.min(length);
            (length - side) / 2..(length + side) / 2
        };
        let (rows, columns) = (middle(height), middle(width));
        let read = frame.reader.read(rows.clone(), columns.clone(), Want::Sensor);
        let mut pixels =
            read.map_err(|error| camera_frames::FrameOpenError::of(light.id(), error))?.planes.swap_remove(0);
        let master = |unit: &DoneUnit<'_, MasterCalibrationSet>| -> Result<Vec<f32>, CalibrateError> {
            let reader = ImageReader::open(&unit.file("master"))?;
            Ok(reader.read_rectangle(rows.clone(), columns.clone())?.into_raw_vec_and_offset().0)
        };
        let (bias, mut current) = (master(bias)?, master(dark)?);
        pixels.iter_mut().zip(&bias).for_each(|(value, bias)| *value -= bias);
        current.iter_mut().zip(&bias).for_each(|(value, bias)| *value -= bias);
        if let Some(fitted) = fit_dark_scale(&pixels, &current) {
            (calibration.dark_scale, calibration.dark_scaling) = (Some(fitted.scale), Some(DarkScaling::Optimised));
        }
    }
    Ok(())
}
