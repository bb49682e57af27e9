//! The noise in units of which thresholds are.

use ndarray::Array2;
use sky_background::Background;

/// Noise of each pixel of an image, ADU.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoiseMap<'a> {
    /// The same everywhere.
    Global(f64),
    /// That of the background mesh.
    Mesh(&'a Background),
    /// From a weight map; NaN without weight.
    Pixels(&'a Array2<f32>),
}

impl NoiseMap<'_> {
    /// The noise of a pixel; `otherwise` where it has no weight.
    pub(crate) fn at(&self, x: usize, y: usize, otherwise: f64) -> f64 {
        match self {
            Self::Global(rms_adu) => *rms_adu,
            Self::Mesh(sky) => f64::from(sky.rms.at(x, y)),
            Self::Pixels(noise) => {
                Some(f64::from(noise[[y, x]])).filter(|noise| noise.is_finite()).unwrap_or(otherwise)
            }
        }
    }

    /// Writes the noise of row `y` to `row`.
    pub(crate) fn row(&self, y: usize, row: &mut [f32]) {
        match self {
            Self::Global(rms_adu) => row.fill(*rms_adu as f32),
            Self::Mesh(sky) => sky.rms.row(y, row),
            Self::Pixels(noise) => row.iter_mut().zip(noise.row(y)).for_each(|(value, noise)| *value = *noise),
        }
    }
}
