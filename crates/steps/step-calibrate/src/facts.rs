//! Facts of a calibrated frame.

use products::facts::{CalibrationFacts, CosmeticFacts, DarkScaling, PixelLayout, SelectionFacts};
use products::{FrameFacts, MasterCalibrationSet, RawFrameFacts};
use step_contract::DoneUnit;

use crate::config::CalibrateConfig;
use crate::plan::Plan;

/// The facts of a light with its masters.
pub(crate) fn of(
    config: &CalibrateConfig,
    light: &RawFrameFacts,
    plan: &Plan,
    dark: Option<&DoneUnit<'_, MasterCalibrationSet>>,
    flat: Option<&DoneUnit<'_, MasterCalibrationSet>>,
) -> FrameFacts {
    let is_mosaic = light.camera.as_ref().is_some_and(|camera| camera.bayer.is_some());
    let layout = if is_mosaic { PixelLayout::Cfa } else { PixelLayout::Plane };
    let mut calibration = CalibrationFacts::new(plan.policy(), layout);
    calibration.pedestal_adu = config.pedestal_adu;
    if let Some(dark) = dark {
        calibration.dark_scale = Some(1.0);
        calibration.dark_scaling = Some(DarkScaling::Matched);
        calibration.dark_has_bias = Some(dark.facts().master.holds_bias);
    }
    if let Some(flat) = flat {
        calibration.flat_levels_adu.clone_from(&flat.facts().master.flat_levels_adu);
    }
    let cosmetic = CosmeticFacts {
        from_defects: config.defects_of_dark && dark.is_some_and(|dark| dark.entry("defects").is_some()),
        hot_sigma: Some(config.hot_sigma).filter(|sigma| *sigma > 0.0),
        cold_sigma: None,
    };
    calibration.cosmetic = Some(cosmetic).filter(|cosmetic| *cosmetic != CosmeticFacts::default());
    FrameFacts {
        hdu: light.hdu,
        width_px: light.width_px.unwrap_or_default(),
        height_px: light.height_px.unwrap_or_default(),
        group: light.group.clone(),
        kind: light.kind,
        root: light.root.clone(),
        exposure: light.exposure.clone(),
        camera: light.camera.clone(),
        time: light.time.clone(),
        calibration: Some(calibration),
        selection: Some(SelectionFacts::of_reasons(Vec::new())),
        ..FrameFacts::default()
    }
}
