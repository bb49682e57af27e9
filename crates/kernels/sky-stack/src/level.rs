//! Background level and scatter of a frame, for its normalisation.

use sky_stats::{MAD_TO_SIGMA, median_f32};

/// Level and scatter of a frame in ADU.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Location: the median after clipping.
    pub location_adu: f64,
    /// Scale: square root of the biweight midvariance, for a Gaussian its standard deviation.
    pub scale_adu: f64,
    /// Pixels that entered.
    pub n_pixels: usize,
}

/// Values farther than this many MADs from the median do not count (Siril's IKSS light).
const CLIP_MADS: f32 = 6.0;
/// Tuning constant of the biweight in MADs (Mosteller & Tukey 1977; Beers et al. 1990, AJ 100, 32, eq. 9).
const BIWEIGHT_MADS: f64 = 9.0;

/// Level and scatter of the finite pixels of a frame (Siril's IKSS light: median; clip at 6 MAD; biweight midvariance).
/// Reorders `pixels`. `None` where fewer than two are finite.
pub fn frame_level(pixels: &mut Vec<f32>) -> Option<Level> {
    pixels.retain(|value| value.is_finite());
    if pixels.len() < 2 {
        return None;
    }
    let centre = median_f32(pixels)?;
    let mad = deviation(pixels, centre)?;
    if mad > 0.0 {
        let limit = CLIP_MADS * mad;
        pixels.retain(|value| (value - centre).abs() <= limit);
    }
    let location = median_f32(pixels)?;
    let mad = deviation(pixels, location)?;
    let scale = if mad > 0.0 {
        biweight_midvariance(pixels, f64::from(location), f64::from(mad)).sqrt()
    } else {
        MAD_TO_SIGMA * f64::from(mad)
    };
    Some(Level { location_adu: f64::from(location), scale_adu: scale, n_pixels: pixels.len() })
}

fn deviation(pixels: &[f32], centre: f32) -> Option<f32> {
    let mut deviations: Vec<f32> = pixels.iter().map(|value| (value - centre).abs()).collect();
    median_f32(&mut deviations)
}

/// Beers et al. 1990, equation 9.
fn biweight_midvariance(pixels: &[f32], centre: f64, mad: f64) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    for &value in pixels {
        let deviation = f64::from(value) - centre;
        let u = deviation / (BIWEIGHT_MADS * mad);
        let square = u * u;
        if square < 1.0 {
            let weight = 1.0 - square;
            let twice = weight * weight;
            above += deviation * deviation * twice * twice;
            below += weight * (1.0 - 5.0 * square);
        }
    }
    pixels.len() as f64 * above / (below * below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_do_not_move_the_level_of_a_gaussian_sky() {
        // Quantiles of a Gaussian of level 500 and scatter 12, with 3 % of bright pixels among them.
        let n = 20_001;
        let mut pixels: Vec<f32> = (1..n)
            .map(|i| {
                let p = f64::from(i) / f64::from(n);
                // Logistic approximation would be biased: use the inverse of erfc by bisection.
                let (mut low, mut high) = (-6.0, 6.0);
                for _ in 0..60 {
                    let middle = 0.5 * (low + high);
                    if 0.5 * libm::erfc(-middle / std::f64::consts::SQRT_2) < p { low = middle } else { high = middle }
                }
                (500.0 + 12.0 * low) as f32
            })
            .collect();
        let clean = frame_level(&mut pixels.clone()).expect("many pixels");
        assert!((clean.location_adu - 500.0).abs() < 0.02, "{clean:?}");
        assert!((clean.scale_adu / 12.0 - 1.0).abs() < 0.01, "{clean:?}");
        pixels.extend((0..600).map(|i| 3000.0 + i as f32));
        let crowded = frame_level(&mut pixels).expect("many pixels");
        assert!((crowded.location_adu - 500.0).abs() < 0.6, "{crowded:?}");
        assert!((crowded.scale_adu / 12.0 - 1.0).abs() < 0.03, "{crowded:?}");
    }

    #[test]
    fn a_constant_frame_has_no_scatter_and_an_empty_one_no_level() {
        let level = frame_level(&mut vec![7.0; 100]).expect("pixels");
        assert_eq!((level.location_adu, level.scale_adu), (7.0, 0.0));
        assert_eq!(frame_level(&mut vec![f32::NAN; 100]), None);
    }
}
