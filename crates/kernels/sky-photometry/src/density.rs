//! From photographic density to light, SExtractor's DETECT_TYPE PHOTO.

use ndarray::Array2;
use rayon::prelude::*;

/// Largest density in units of gamma / ln 10 that still has a flux in single precision.
const MAX_EXPONENT: f64 = 60.0;
/// Pixels that one task of a parallel loop takes; results do not depend on it.
const PIXELS_PER_TASK: usize = 1 << 16;

/// The densities cannot be turned to light.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum DensityError {
    /// The gamma is far too small for these pixels.
    #[error(
        "the brightest pixel is {peak_adu} above the background, {decades:.0} times the gamma {gamma_adu}; MAG_GAMMA (density_gamma_adu) is in units of the pixels: for plates in counts it is thousands"
    )]
    Gamma {
        /// Brightest pixel above the background.
        peak_adu: f64,
        /// The gamma.
        gamma_adu: f64,
        /// Their ratio.
        decades: f64,
    },
}

/// Turns densities above the background to light in place: g (exp(D / g) - 1) with g = gamma / ln 10, which is D where D is
/// small (SExtractor manual, MAG_GAMMA: intensity grows tenfold for each `gamma_adu` of density). NaN stays NaN.
///
/// Fails where the brightest pixel would not fit.
pub fn linearise(pixels: &mut Array2<f32>, gamma_adu: f64) -> Result<(), DensityError> {
    let scale = gamma_adu / std::f64::consts::LN_10;
    let peak = pixels.iter().fold(0.0_f64, |peak, pixel| peak.max(f64::from(*pixel)));
    if peak / scale > MAX_EXPONENT {
        return Err(DensityError::Gamma { peak_adu: peak, gamma_adu, decades: peak / gamma_adu });
    }
    let light = |pixel: &mut f32| *pixel = (scale * libm::expm1(f64::from(*pixel) / scale)) as f32;
    match pixels.as_slice_mut() {
        Some(pixels) => pixels.par_chunks_mut(PIXELS_PER_TASK).for_each(|part| part.iter_mut().for_each(light)),
        None => pixels.iter_mut().for_each(light),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gamma_more_density_is_ten_times_the_light() {
        let mut pixels = ndarray::array![[1.0_f32, 4000.0, 8000.0, f32::NAN]];
        linearise(&mut pixels, 4000.0).expect("densities of a few gamma");
        let scale = 4000.0 / std::f32::consts::LN_10;
        assert!((pixels[[0, 0]] - 1.0).abs() < 1e-3, "small densities are light");
        assert!((pixels[[0, 1]] / scale - 9.0).abs() < 1e-3, "ten times, less the sky");
        assert!((pixels[[0, 2]] / scale - 99.0).abs() < 1e-2, "a hundred times, less the sky");
        assert!(pixels[[0, 3]].is_nan());
        let refused = linearise(&mut ndarray::array![[20_000.0_f32]], 4.0).expect_err("SExtractor's default on counts");
        assert!(refused.to_string().contains("MAG_GAMMA"), "{refused}");
    }
}
