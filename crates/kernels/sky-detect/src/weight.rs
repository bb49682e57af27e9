//! Weight maps, and the noise that they stand for.

use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_background::Background;
use sky_stats::{median, median_f32};

/// Side of the cells in which weights and noise are compared, pixels.
const CELL_PX: usize = 64;

/// What the pixels of a weight map are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeightKind {
    /// Relative inverse variances (SExtractor: MAP_WEIGHT).
    #[default]
    Weight,
    /// Relative variances (MAP_VAR).
    Variance,
    /// Standard deviations in ADU, taken as they are (MAP_RMS).
    Rms,
}

/// A weight map.
#[derive(Clone, Debug)]
pub struct WeightMap {
    /// What its pixels are.
    pub kind: WeightKind,
    /// Weights, variances or noises `[y, x]`.
    pub values: Array2<f32>,
    /// Weights up to this one, or variances and noises from this one on, are none (SExtractor: WEIGHT_THRESH).
    pub threshold: Option<f64>,
}

/// The map gives no noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// No pixel has a weight.
    #[error("no pixel of the weight map has a weight; is it of this image, and is its kind (weights.kind) right?")]
    NoWeight,
}

impl WeightMap {
    /// Noise of each pixel, ADU; NaN where it has no weight. Weights and variances are relative: they are scaled so that in the
    /// median cell of 64 x 64 pixels the noise is that of the background mesh (SExtractor: RESCALE_WEIGHTS).
    pub(crate) fn noise_adu(self, sky: &Background) -> Result<Array2<f32>, WeightError> {
        let limit = self.threshold;
        let mut noise = self.values;
        noise.mapv_inplace(|value| {
            let value = f64::from(value);
            let good = value.is_finite()
                && match self.kind {
                    WeightKind::Weight => value > limit.unwrap_or(0.0),
                    WeightKind::Variance | WeightKind::Rms => value > 0.0 && limit.is_none_or(|limit| value < limit),
                };
            match self.kind {
                _ if !good => f32::NAN,
                WeightKind::Weight => (1.0 / value).sqrt() as f32,
                WeightKind::Variance => value.sqrt() as f32,
                WeightKind::Rms => value as f32,
            }
        });
        if !noise.iter().any(|noise| noise.is_finite()) {
            return Err(WeightError::NoWeight);
        }
        if self.kind != WeightKind::Rms {
            let scale = median(&mut ratios(&noise, sky)).ok_or(WeightError::NoWeight)?;
            noise.mapv_inplace(|noise| (f64::from(noise) * scale) as f32);
        }
        Ok(noise)
    }
}

/// In each cell, the noise of the background mesh over the median noise of the map.
///
/// A median, because bad pixels stand in many maps as large finite variances (or tiny weights): 0.5 % of them at 10^6 times the
/// variance make a mean 5000 times too large, and leave a median where it is (SExtractor takes the clipped mode of the map).
fn ratios(noise: &Array2<f32>, sky: &Background) -> Vec<f64> {
    let (height, width) = noise.dim();
    let mut ratios = Vec::new();
    for y0 in (0..height).step_by(CELL_PX) {
        for x0 in (0..width).step_by(CELL_PX) {
            let (y1, x1) = ((y0 + CELL_PX).min(height), (x0 + CELL_PX).min(width));
            let cell = noise.slice(ndarray::s![y0..y1, x0..x1]);
            let mut good: Vec<f32> = cell.iter().copied().filter(|noise| noise.is_finite()).collect();
            if 2 * good.len() < cell.len() {
                continue;
            }
            if let Some(level) = median_f32(&mut good).filter(|level| *level > 0.0) {
                ratios.push(f64::from(sky.rms.at((x0 + x1) / 2, (y0 + y1) / 2)) / f64::from(level));
            }
        }
    }
    ratios
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_background::BackgroundParams;
    use sky_image::Image;
    use test_sky::{assert_close, white_noise};

    #[test]
    fn relative_weights_become_the_noise_of_the_image() {
        // Half of the image is three times as noisy; the weights say so in units of their own.
        let mut pixels = white_noise(256, 256, 4.0, 9);
        let mut values = Array2::from_elem((256, 256), 9.0e-3_f32);
        for y in 0..256 {
            for x in 128..256 {
                pixels[[y, x]] *= 3.0;
                values[[y, x]] = 1.0e-3;
            }
        }
        values[[0, 0]] = 0.0;
        let sky = Background::estimate(&Image::new(pixels), &BackgroundParams::default()).expect("good pixels");
        let map = WeightMap { kind: WeightKind::Weight, values, threshold: None };
        let noise = map.noise_adu(&sky).expect("weights");
        assert!(noise[[0, 0]].is_nan(), "no weight");
        assert_close!(f64::from(noise[[100, 50]]), 4.0, abs = 0.2, "the quiet half");
        assert_close!(f64::from(noise[[100, 200]]), 12.0, abs = 0.6, "the noisy half");
        let rms = WeightMap { kind: WeightKind::Rms, values: Array2::from_elem((256, 256), 7.0), threshold: None };
        assert_eq!(rms.noise_adu(&sky).expect("noise")[[9, 9]], 7.0, "taken as they are");
        let none = WeightMap { kind: WeightKind::Weight, values: Array2::zeros((256, 256)), threshold: None };
        assert_eq!(none.noise_adu(&sky), Err(WeightError::NoWeight));
    }
    #[test]
    fn bad_pixels_with_a_large_finite_variance_do_not_change_the_scale() {
        let sky = Background::estimate(&Image::new(white_noise(256, 256, 4.0, 9)), &BackgroundParams::default());
        let sky = sky.expect("good pixels");
        for bad in [1.0e6_f32, 1.0e30] {
            let mut values = Array2::from_elem((256, 256), 0.5_f32);
            values.iter_mut().step_by(200).for_each(|value| *value = bad);
            let map = WeightMap { kind: WeightKind::Variance, values, threshold: None };
            let noise = map.noise_adu(&sky).expect("weights");
            assert_close!(f64::from(noise[[100, 51]]), 4.0, abs = 0.2, "0.5 % of the pixels have a variance of {bad}");
        }
    }
}
