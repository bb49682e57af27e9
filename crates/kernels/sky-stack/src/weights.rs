//! Weights of the frames of a stack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a frame's weight follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// Every frame counts the same.
    None,
    /// Inverse variance of the normalised background.
    Noise,
    /// Inverse variance of a star's flux: noise, transparency and FWHM.
    NoiseTransparencyFwhm,
}

/// Weights and their bounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WeightParams {
    /// What the weight follows.
    pub weighting: Weighting,
    /// Least weight over the mean: no frame that was kept counts for nothing.
    #[schemars(range(min = 0.001, max = 1.0))]
    pub least: f64,
    /// Largest weight over the mean.
    #[schemars(range(min = 1.0, max = 1000.0))]
    pub most: f64,
}

impl Default for WeightParams {
    fn default() -> Self {
        Self { weighting: Weighting::Noise, least: 0.1, most: 10.0 }
    }
}

/// What a weight is made of, all after normalisation to the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameQuality {
    /// Background noise in ADU of the reference.
    pub noise_adu: f64,
    /// Flux of the stars over that of the reference, 1 if unknown.
    pub transparency: f64,
    /// FWHM in pixels of the reference, where known.
    pub fwhm_px: Option<f64>,
}

/// Weights with mean 1, one a frame. Without noise (0) all weights are 1.
///
/// noise: w = 1 / noise^2; with transparency and FWHM: w = (transparency / noise)^2 (fwhm_ref / fwhm)^2, where fwhm_ref is the
/// mean of the known ones: the inverse variance of a star's flux in an aperture that follows the FWHM.
pub fn weights_of(frames: &[FrameQuality], params: &WeightParams) -> Vec<f64> {
    let known: Vec<f64> = frames.iter().filter_map(|frame| frame.fwhm_px).collect();
    let fwhm = if known.is_empty() { 1.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
    let raw = |frame: &FrameQuality| {
        let inverse_variance = 1.0 / (frame.noise_adu * frame.noise_adu);
        match params.weighting {
            Weighting::None => 1.0,
            Weighting::Noise => inverse_variance,
            Weighting::NoiseTransparencyFwhm => {
                let sharpness = frame.fwhm_px.map_or(1.0, |own| fwhm / own);
                inverse_variance * frame.transparency * frame.transparency * sharpness * sharpness
            }
        }
    };
    let mut weights: Vec<f64> = frames.iter().map(raw).collect();
    if weights.iter().any(|weight| !weight.is_finite() || *weight <= 0.0) {
        return vec![1.0; frames.len()];
    }
    // Bounds move the mean, so the two are made to agree in a few rounds.
    for _ in 0..8 {
        let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
        for weight in &mut weights {
            *weight = (*weight / mean).clamp(params.least, params.most);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(noise_adu: f64) -> FrameQuality {
        FrameQuality { noise_adu, transparency: 1.0, fwhm_px: Some(3.0) }
    }

    #[test]
    fn twice_the_noise_counts_a_quarter() {
        let weights = weights_of(&[frame(1.0), frame(2.0)], &WeightParams::default());
        assert!((weights[0] / weights[1] - 4.0).abs() < 1e-12, "{weights:?}");
        assert!((weights[0] + weights[1] - 2.0).abs() < 1e-12, "the mean is 1");
    }

    #[test]
    fn the_worst_frame_still_counts() {
        let weights = weights_of(&[frame(1.0), frame(1.0), frame(1000.0)], &WeightParams::default());
        assert!(weights[2] >= 0.09, "{weights:?}");
    }

    #[test]
    fn a_veil_and_bad_seeing_lower_the_weight() {
        let params = WeightParams { weighting: Weighting::NoiseTransparencyFwhm, ..WeightParams::default() };
        let veiled = FrameQuality { transparency: 0.5, ..frame(1.0) };
        let blurred = FrameQuality { fwhm_px: Some(6.0), ..frame(1.0) };
        let weights = weights_of(&[frame(1.0), veiled, blurred], &params);
        assert!((weights[0] / weights[1] - 4.0).abs() < 1e-9 && (weights[0] / weights[2] - 4.0).abs() < 1e-9);
    }

    #[test]
    fn frames_without_noise_count_the_same() {
        assert_eq!(weights_of(&[frame(0.0), frame(1.0)], &WeightParams::default()), [1.0, 1.0]);
    }
}
