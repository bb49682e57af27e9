//! What of a frame's facts a master must share.

use products::facts::{CameraFacts, ExposureFacts, FrameKind, TimeFacts};
use sky_camera::matching::{MasterKind, Setup};

/// The setting of a frame or of a master.
pub fn setup_of(
    camera: Option<&CameraFacts>,
    exposure: Option<&ExposureFacts>,
    time: Option<&TimeFacts>,
    size_px: Option<(u64, u64)>,
) -> Setup {
    let mut setup = Setup { size_px, ..Setup::default() };
    if let Some(camera) = camera {
        setup.camera.clone_from(&camera.name);
        setup.gain = camera.gain_setting;
        setup.iso = camera.iso;
        setup.offset = camera.offset_setting;
        setup.temperature_c = camera.set_temperature_c.or(camera.temperature_c);
        setup.binning = camera.binning_x.zip(camera.binning_y);
        setup.readout_mode.clone_from(&camera.readout_mode);
        setup.bayer = camera.bayer.map(|bayer| bayer.pattern);
    }
    if let Some(exposure) = exposure {
        setup.exposure_s = exposure.exposure_s;
        setup.filter.clone_from(&exposure.filter);
        setup.optic.clone_from(&exposure.telescope);
        setup.focal_length_mm = exposure.focal_length_mm;
    }
    setup.night = time.and_then(|time| time.night.clone());
    setup
}

/// The kind of master that frames of a kind make.
pub const fn master_kind(kind: FrameKind) -> Option<MasterKind> {
    match kind {
        FrameKind::Bias => Some(MasterKind::Bias),
        FrameKind::Dark => Some(MasterKind::Dark),
        FrameKind::DarkFlat => Some(MasterKind::DarkFlat),
        FrameKind::Flat => Some(MasterKind::Flat),
        FrameKind::Light
        | FrameKind::Unknown
        | FrameKind::MasterBias
        | FrameKind::MasterDark
        | FrameKind::MasterFlat => None,
    }
}
