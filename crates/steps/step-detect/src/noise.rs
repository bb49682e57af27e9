//! What there is to say of an image's noise, and of an image on which nothing was found.

use sky_background::NoiseOrigin;
use sky_detect::Detection;

/// Share of the noise from which the spacing of 32-bit floats, in which pixels are held, spoils measurements.
const COARSE_SHARE: f64 = 0.5;

/// Kinds and texts of warnings.
pub(crate) fn warnings(found: &Detection) -> Vec<(&'static str, String)> {
    let mut warnings = Vec::new();
    let (level_adu, rms_adu) = (found.background.level_adu, found.background.rms_adu);
    match found.background.noise {
        NoiseOrigin::Measured => {}
        NoiseOrigin::Counted { step_adu } => warnings.push((
            "noise_floor",
            format!(
                "most pixels are {level_adu}; the noise, {rms_adu:.4} ADU, follows from steps of {step_adu} ADU and from how \
                 many pixels are off that value"
            ),
        )),
        NoiseOrigin::Constant => {}
        NoiseOrigin::Unknown => warnings.push((
            "noise_floor",
            format!("the background has no scatter; the noise, {rms_adu:.4} ADU, is that of its level with the gain, or of the map"),
        )),
    }
    let spacing = f64::from((level_adu.abs() as f32).next_up() - level_adu.abs() as f32);
    if rms_adu > 0.0 && spacing > COARSE_SHARE * rms_adu {
        warnings.push((
            "precision",
            format!(
                "pixels are held as 32-bit floats, whose spacing at {level_adu} is {spacing}, more than half of the noise \
                 ({rms_adu:.4} ADU); subtract a constant from the image first"
            ),
        ));
    }
    if found.sources.is_empty() {
        let text = match found.background.noise {
            NoiseOrigin::Constant => format!("all good pixels are {level_adu}: there is nothing on the image"),
            _ => "nothing on the image stands above the detection threshold".to_owned(),
        };
        warnings.push(("blank", text));
    }
    warnings
}
