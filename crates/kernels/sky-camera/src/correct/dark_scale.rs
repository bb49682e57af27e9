//! The factor of a dark that was not taken for the light.

use sky_stats::{mad_sigma, median};

/// How a dark is scaled to a light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DarkScale {
    /// The factor of the dark current.
    pub scale: f64,
    /// Scatter of the light after it, in ADU.
    pub scatter_adu: f64,
}

/// Range of factors that is searched (as Siril's dark optimisation).
const LARGEST: f64 = 2.0;
/// Width at which the search ends.
const TOLERANCE: f64 = 0.001;
/// A light this many scatters over its level, on a pixel that is not hot, is a star.
const CUT_SIGMA: f64 = 5.0;
/// Residuals farther off than this many scatters go before the factor is found again. A hot pixel stays while the factor is
/// a few per cent off.
const RESIDUAL_SIGMA: f64 = 20.0;
/// Rounds of that.
const ROUNDS: usize = 3;
/// Share of the golden section: (sqrt 5 - 1) / 2.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// The factor k in [0, 2] that leaves the least scatter of light - bias - k dark, by golden section to 0.001.
///
/// `light`: a piece of a light without its bias; `dark_current`: the same piece of the dark without bias. Both in ADU and of
/// one length. The scatter is that of the hot pixels, so the piece must hold some. `None` of fewer than 100 pixels.
pub fn fit_dark_scale(light: &[f32], dark_current: &[f32]) -> Option<DarkScale> {
    let usable = |(light, dark): (&f32, &f32)| {
        let both = light.is_finite() && dark.is_finite();
        both.then_some((f64::from(*light), f64::from(*dark)))
    };
    let pairs: Vec<(f64, f64)> = light.iter().zip(dark_current).filter_map(usable).collect();
    if pairs.len() < 100 {
        return None;
    }
    // Stars are no dark current: pixels where the light exceeds its level without a hot dark are cut.
    let level = median(&mut pairs.iter().map(|pair| pair.0).collect::<Vec<f64>>())?;
    let noise = mad_sigma(&mut pairs.iter().map(|pair| pair.0).collect::<Vec<f64>>())?;
    let dark_level = median(&mut pairs.iter().map(|pair| pair.1).collect::<Vec<f64>>())?;
    let dark_noise = mad_sigma(&mut pairs.iter().map(|pair| pair.1).collect::<Vec<f64>>())?;
    let mut kept: Vec<(f64, f64)> = pairs
        .into_iter()
        .filter(|(light, dark)| light - level < CUT_SIGMA * noise || dark - dark_level > CUT_SIGMA * dark_noise)
        .collect();
    let mut found = least_scatter(&kept);
    // A star on a hot pixel pulls the factor: what the first one leaves far off goes.
    for _ in 0..ROUNDS {
        let residual = |pair: &(f64, f64)| pair.0 - found.scale * pair.1;
        let centre = median(&mut kept.iter().map(residual).collect::<Vec<f64>>())?;
        let sigma = mad_sigma(&mut kept.iter().map(residual).collect::<Vec<f64>>())?;
        kept.retain(|pair| (residual(pair) - centre).abs() <= RESIDUAL_SIGMA * sigma);
        found = least_scatter(&kept);
    }
    Some(found)
}

/// The factor with the least scatter of light - factor x dark, by golden section.
fn least_scatter(pairs: &[(f64, f64)]) -> DarkScale {
    let scatter = |scale: f64| {
        let n = pairs.len() as f64;
        let mean = pairs.iter().map(|(light, dark)| light - scale * dark).sum::<f64>() / n;
        (pairs.iter().map(|(light, dark)| (light - scale * dark - mean).powi(2)).sum::<f64>() / n).sqrt()
    };
    let (mut low, mut high) = (0.0, LARGEST);
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_left, mut at_right) = (scatter(left), scatter(right));
    while high - low > TOLERANCE {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = scatter(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = scatter(right);
        }
    }
    let scale = 0.5 * (low + high);
    DarkScale { scale, scatter_adu: scatter(scale) }
}

/// Whether a dark may be scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlowTest {
    /// Largest difference of the medians of the four corners and the middle, in ADU.
    pub glow_adu: f64,
    /// Robust scatter of the dark in ADU.
    pub noise_adu: f64,
    /// Median of the dark current in ADU; below zero where the camera clamps its black level.
    pub level_adu: f64,
    /// Standard error of the difference of two of the medians, in ADU.
    pub error_adu: f64,
}

/// Standard error of a median over that of a mean, of a Gaussian: sqrt(pi / 2).
const MEDIAN_ERROR: f64 = 1.2533;

impl GlowTest {
    /// Corners differ from the middle for certain by more than this many standard errors: of four corners none does by chance.
    const GLOW_SIGMA: f64 = 5.0;
    /// A difference below this share of the dark current is that of a sensor warmer on one side. Measured: the ASI120 at 100 s, whose
    /// two corners glow, has 0.65.
    const GLOW_SHARE: f64 = 0.25;
    /// A median below this many scatters under zero says that the camera moves its black level with the exposure. A choice, between
    /// the -0.2 of the ASI120 at 0.1 s, which does not, and a level that its own noise could hide.
    const CLAMPED_SIGMA: f64 = -0.5;

    /// Amplifier glow grows otherwise than dark current, so scaling leaves or makes a glow.
    pub fn glows(&self) -> bool {
        let certain = self.glow_adu > Self::GLOW_SIGMA * self.error_adu;
        certain && self.glow_adu > Self::GLOW_SHARE * self.level_adu.abs()
    }

    /// The level falls as the exposure grows: a scale says nothing about it.
    pub fn is_clamped(&self) -> bool {
        self.level_adu < Self::CLAMPED_SIGMA * self.noise_adu
    }
}

/// Compares the corners of a dark (without bias) with its middle. Pieces are squares of a tenth of the shorter side, at least
/// 8 pixels. `None` for an image smaller than 32 pixels on a side.
pub fn glow_test(dark_current: &[f32], width: usize) -> Option<GlowTest> {
    let height = dark_current.len().checked_div(width)?;
    if width < 32 || height < 32 {
        return None;
    }
    let side = (width.min(height) / 10).max(8);
    let level = |x0: usize, y0: usize| {
        let mut values: Vec<f64> = Vec::with_capacity(side * side);
        for y in y0..y0 + side {
            let row = &dark_current[y * width + x0..y * width + x0 + side];
            values.extend(row.iter().filter(|value| value.is_finite()).map(|&value| f64::from(value)));
        }
        median(&mut values)
    };
    let corners = [(0, 0), (width - side, 0), (0, height - side), (width - side, height - side)];
    let middle = level((width - side) / 2, (height - side) / 2)?;
    let mut glow = 0.0_f64;
    for (x, y) in corners {
        glow = glow.max((level(x, y)? - middle).abs());
    }
    let mut all: Vec<f64> =
        dark_current.iter().step_by(7).filter(|value| value.is_finite()).map(|&value| f64::from(value)).collect();
    let noise_adu = mad_sigma(&mut all.clone())?;
    let error_adu = MEDIAN_ERROR * std::f64::consts::SQRT_2 * noise_adu / side as f64;
    Some(GlowTest { glow_adu: glow, level_adu: median(&mut all)?, noise_adu, error_adu })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(state: &mut u64) -> f64 {
        let mut sum = 0.0;
        for _ in 0..4 {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (*state >> 40) as f64 / 16_777_216.0;
        }
        (sum - 2.0) * 1.732
    }

    #[test]
    fn the_scale_of_a_light_is_found_within_a_hundredth() {
        for truth in [0.25, 0.5, 1.3] {
            let mut state = 17;
            let (mut light, mut dark) = (Vec::new(), Vec::new());
            for i in 0..20_000 {
                let current = if i % 97 == 0 { 400.0 + f64::from(i % 1000) } else { 20.0 };
                let star = if i % 211 == 5 { 3000.0 } else { 0.0 };
                light.push((300.0 + star + truth * current + 5.0 * noise(&mut state)) as f32);
                dark.push((current + 2.0 * noise(&mut state)) as f32);
            }
            let found = fit_dark_scale(&light, &dark).expect("many pixels");
            assert!((found.scale / truth - 1.0).abs() < 0.01, "{found:?}, true {truth}");
        }
    }

    #[test]
    fn a_glowing_corner_and_a_clamped_level_are_seen() {
        let (width, height) = (100, 80);
        let dark = |glow: f64, level: f64| {
            let mut state = 3;
            (0..width * height)
                .map(|i| {
                    let (x, y) = ((i % width) as f64, (i / width) as f64);
                    (level + glow * libm::exp(-(x + y) / 15.0) + 10.0 * noise(&mut state)) as f32
                })
                .collect::<Vec<f32>>()
        };
        let even = glow_test(&dark(0.0, 30.0), width).expect("an image");
        assert!(!even.glows() && !even.is_clamped(), "{even:?}");
        let glowing = glow_test(&dark(400.0, 30.0), width).expect("an image");
        assert!(glowing.glows(), "{glowing:?}");
        let clamped = glow_test(&dark(0.0, -25.0), width).expect("an image");
        assert!(clamped.is_clamped(), "{clamped:?}");
    }
}
