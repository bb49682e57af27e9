//! A calibrated frame as a file, for programs that calibrate nothing.

use camera_frames::{FrameOpenError, Frames, MasterPaths};
use products::{FrameFacts, MasterCalibrationSet, RawFrameSet};
use sky_camera::frame::Want;
use sky_fits::{ImageStream, StreamType, without_odd_cards};
use sky_image::CardValue;
use step_contract::DoneUnit;
use step_harness::UnitFiles;

use crate::error::CalibrateError;

/// Rows that are in memory at a time.
const BAND_ROWS: usize = 128;

type Master<'a> = Option<DoneUnit<'a, MasterCalibrationSet>>;

/// Writes the calibrated frame, 32-bit floating point; a mosaic stays one.
pub(crate) fn frame(
    opener: &Frames,
    light: &DoneUnit<'_, RawFrameSet>,
    facts: &FrameFacts,
    [bias, dark, flat, defects]: [Master<'_>; 4],
    files: &mut UnitFiles,
) -> Result<(), CalibrateError> {
    let master = |unit: &Master<'_>| unit.as_ref().map(|unit| unit.file("master"));
    let masters = MasterPaths {
        bias: master(&bias),
        dark: master(&dark),
        flat: master(&flat),
        defects: defects.as_ref().and_then(|unit| unit.file_if("defects")),
    };
    let frame = opener.open_calibrated(light.id(), &light.file("raw"), light.entry("raw"), facts, &masters)?;
    let (mut header, odd) = without_odd_cards(&frame.header);
    if !odd.is_empty() {
        files.warn("header_card", format!("left out of the header: {}", odd.join("; ")));
    }
    if let Some(calibration) = &facts.calibration {
        header.set("PEDESTAL", CardValue::Real(-calibration.pedestal_adu), "[ADU] to be added to every pixel");
        header.set("CALSTAT", CardValue::Text(calibration.policy.clone()), "masters that were applied");
    }
    let (height, width) = frame.reader.shape();
    files.write("image", ".fit", None, |writer| -> Result<(), CalibrateError> {
        let mut stream = ImageStream::begin(writer, &header, StreamType::F32, (height, width), 1)?;
        for first in (0..height).step_by(BAND_ROWS) {
            let rows = first..(first + BAND_ROWS).min(height);
            let read = frame.reader.read(rows, 0..width, Want::Sensor);
            stream.f32(&read.map_err(|error| FrameOpenError::of(light.id(), error))?.planes[0])?;
        }
        stream.finish()?;
        Ok(())
    })
}
