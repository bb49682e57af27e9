//! What reaches the emulsion from one object: star image, galaxy, halo and spikes.

use crate::draw::Strip;

/// Moffat exponent of a star's image: (1 + r^2/alpha^2)^-3 (Moffat 1969, A&A 3, 455).
/// FWHM = 2 alpha sqrt(2^(1/3) - 1).
const ALPHA_PER_FWHM: f64 = 0.980_729_588_350_309_8;
/// The same for exponent 2 of a galaxy's image: FWHM = 2 alpha sqrt(sqrt(2) - 1).
const GALAXY_ALPHA_PER_FWHM: f64 = 0.776_886_987_015_018_7;
/// Images end where they fall below this share of the noise.
const END_IN_SIGMA: f64 = 0.04;
/// Pixels inside this many FWHM are integrated by a 3 x 3 Gauss-Legendre rule, those outside sampled at their centre.
const INTEGRATED_FWHM: f64 = 3.0;
/// Nodes and weights of the rule on a pixel of side one.
const GAUSS: [(f64, f64); 3] =
    [(-0.387_298_334_620_741_7, 5.0 / 18.0), (0.0, 8.0 / 18.0), (0.387_298_334_620_741_7, 5.0 / 18.0)];
/// Longest reach of anything, pixels.
const LONGEST_PX: f64 = 700.0;

/// Shape of the light of one object around its centre.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Profile {
    /// Moffat of exponent 3, or 2 where it is a galaxy; `metric` (xx, xy, yy) turns offsets into squared radii in alpha.
    Moffat { peak_adu: f64, metric: [f64; 3], galaxy: bool, integrated_px: f64 },
    /// Aureole of a bright star: peak (1 + r^2/scale^2)^-1.5.
    Halo { peak_adu: f64, scale_px: f64 },
    /// Four arms along rows and columns: Gaussian across, exponential outwards.
    Spikes { peak_adu: f64, length_px: f64, sigma_px: f64 },
}

/// The light of one object on one cutout; pixel coordinates are 0-based.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Light {
    x_px: f64,
    y_px: f64,
    reach_px: f64,
    profile: Profile,
}

impl Light {
    /// A point source of that flux.
    pub(crate) fn star(x_px: f64, y_px: f64, flux_adu: f64, fwhm_px: f64, noise_adu: f64) -> Self {
        let alpha = ALPHA_PER_FWHM * fwhm_px;
        let peak_adu = 2.0 * flux_adu / (std::f64::consts::PI * alpha * alpha);
        let reach_px = alpha * libm::pow(peak_adu / (END_IN_SIGMA * noise_adu), 1.0 / 6.0);
        let inverse = 1.0 / (alpha * alpha);
        Self {
            x_px,
            y_px,
            reach_px: reach_px.clamp(2.0 * fwhm_px, LONGEST_PX),
            profile: Profile::Moffat {
                peak_adu,
                metric: [inverse, 0.0, inverse],
                galaxy: false,
                integrated_px: INTEGRATED_FWHM * fwhm_px,
            },
        }
    }

    /// A galaxy of that flux and major FWHM (seeing included); the axis stands `angle_rad` from the x axis towards y.
    pub(crate) fn galaxy(
        (x_px, y_px): (f64, f64),
        flux_adu: f64,
        fwhm_px: f64,
        axis_ratio: f64,
        angle_rad: f64,
        noise_adu: f64,
    ) -> Self {
        let alpha = GALAXY_ALPHA_PER_FWHM * fwhm_px;
        let peak_adu = flux_adu / (std::f64::consts::PI * alpha * alpha * axis_ratio);
        let reach_px = alpha * libm::pow(peak_adu / (END_IN_SIGMA * noise_adu), 0.25);
        let (sin, cos) = libm::sincos(angle_rad);
        let (major, minor) = (1.0 / (alpha * alpha), 1.0 / (alpha * alpha * axis_ratio * axis_ratio));
        Self {
            x_px,
            y_px,
            reach_px: reach_px.clamp(2.0 * fwhm_px, 40.0 * fwhm_px).min(LONGEST_PX),
            profile: Profile::Moffat {
                peak_adu,
                metric: [
                    major * cos * cos + minor * sin * sin,
                    2.0 * (major - minor) * sin * cos,
                    major * sin * sin + minor * cos * cos,
                ],
                galaxy: true,
                integrated_px: INTEGRATED_FWHM * fwhm_px,
            },
        }
    }

    /// The aureole that holds `flux_adu`; `None` where it would not be seen.
    pub(crate) fn halo(x_px: f64, y_px: f64, flux_adu: f64, scale_px: f64, noise_adu: f64) -> Option<Self> {
        let peak_adu = flux_adu / (std::f64::consts::TAU * scale_px * scale_px);
        let reach = libm::pow(peak_adu / (0.1 * noise_adu), 1.0 / 1.5);
        (peak_adu > 0.3 * noise_adu).then(|| Self {
            x_px,
            y_px,
            reach_px: (scale_px * reach.sqrt()).min(LONGEST_PX),
            profile: Profile::Halo { peak_adu, scale_px },
        })
    }

    /// Four spikes of `flux_adu` each; `None` where they would not be seen.
    pub(crate) fn spikes(
        (x_px, y_px): (f64, f64),
        flux_adu: f64,
        length_px: f64,
        sigma_px: f64,
        noise_adu: f64,
    ) -> Option<Self> {
        let peak_adu = flux_adu / (length_px * sigma_px * libm::sqrt(std::f64::consts::TAU));
        (peak_adu > noise_adu).then(|| Self {
            x_px,
            y_px,
            reach_px: (length_px * libm::log(peak_adu / (0.1 * noise_adu))).min(LONGEST_PX),
            profile: Profile::Spikes { peak_adu, length_px, sigma_px },
        })
    }

    /// Adds it to a strip of the image.
    pub(crate) fn add_to(&self, strip: &mut Strip<'_, f32>) {
        match self.profile {
            Profile::Moffat { peak_adu, metric, galaxy, integrated_px } => {
                let value = |x: f64, y: f64| {
                    let share = 1.0 / (1.0 + metric[0] * x * x + metric[1] * x * y + metric[2] * y * y);
                    if galaxy { share * share } else { share * share * share }
                };
                strip.for_each_in(self.x_px, self.y_px, self.reach_px, self.reach_px, |x, y, pixel| {
                    let share = if x.abs() < integrated_px && y.abs() < integrated_px {
                        let mut sum = 0.0;
                        for (dy, weight_y) in GAUSS {
                            for (dx, weight_x) in GAUSS {
                                sum += weight_x * weight_y * value(x + dx, y + dy);
                            }
                        }
                        sum
                    } else {
                        value(x, y)
                    };
                    *pixel += (peak_adu * share) as f32;
                });
            }
            Profile::Halo { .. } => {
                strip.for_each_in(self.x_px, self.y_px, self.reach_px, self.reach_px, |x, y, pixel| {
                    *pixel += self.glow(x, y) as f32;
                });
            }
            Profile::Spikes { sigma_px, .. } => {
                let narrow = 4.0 * sigma_px;
                strip.for_each_in(self.x_px, self.y_px, self.reach_px, narrow, |x, y, pixel| {
                    *pixel += self.glow(x, y) as f32;
                });
                strip.for_each_in(self.x_px, self.y_px, narrow, self.reach_px, |x, y, pixel| {
                    if x.abs() > narrow || y.abs() > narrow {
                        *pixel += self.glow(x, y) as f32;
                    }
                });
            }
        }
    }

    /// Sets `halo_bit` or `spike_bit` where its glow exceeds the noise.
    pub(crate) fn mark(&self, strip: &mut Strip<'_, u16>, noise_adu: f64, halo_bit: u16, spike_bit: u16) {
        let bit = match self.profile {
            Profile::Moffat { .. } => return,
            Profile::Halo { .. } => halo_bit,
            Profile::Spikes { .. } => spike_bit,
        };
        strip.for_each_in(self.x_px, self.y_px, self.reach_px, self.reach_px, |x, y, pixel| {
            if self.glow(x, y) > noise_adu {
                *pixel |= bit;
            }
        });
    }

    /// ADU of halo or spikes at an offset.
    fn glow(&self, x: f64, y: f64) -> f64 {
        match self.profile {
            Profile::Moffat { .. } => 0.0,
            Profile::Halo { peak_adu, scale_px } => {
                let t = 1.0 + (x * x + y * y) / (scale_px * scale_px);
                peak_adu / (t * t.sqrt())
            }
            Profile::Spikes { peak_adu, length_px, sigma_px } => {
                let arm = |along: f64, across: f64| {
                    let z = across / sigma_px;
                    if z.abs() > 4.0 { 0.0 } else { libm::exp(-0.5 * z * z - along.abs() / length_px) }
                };
                peak_adu * (arm(x, y) + arm(y, x))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Light;
    use crate::draw::Strip;

    fn drawn(light: &Light, side: usize) -> Vec<f32> {
        let mut pixels = vec![0.0; side * side];
        light.add_to(&mut Strip::new(&mut pixels, 0, side));
        pixels
    }

    #[test]
    fn the_pixels_of_a_star_sum_to_its_flux() {
        for centre in [(100.0, 100.0), (100.4, 99.7)] {
            let pixels = drawn(&Light::star(centre.0, centre.1, 1e6, 2.5, 0.01), 201);
            let sum: f64 = pixels.iter().map(|value| f64::from(*value)).sum();
            assert!(
                (sum / 1e6 - 1.0).abs() < 1e-4,
                "{sum}: a Moffat of exponent 3 holds all but 1e-5 inside 200 pixels"
            );
        }
    }

    #[test]
    fn a_stars_radial_profile_is_half_its_peak_at_half_its_fwhm() {
        // A wide star, so that a pixel is as good as a point.
        let pixels = drawn(&Light::star(100.0, 100.0, 1e6, 40.0, 0.01), 201);
        let at = |x: usize| f64::from(pixels[100 * 201 + x]);
        assert!((at(120) / at(100) - 0.5).abs() < 2e-3, "{} {}", at(120), at(100));
    }

    #[test]
    fn a_galaxy_sums_to_its_flux_but_for_its_wings() {
        let pixels = drawn(&Light::galaxy((150.0, 150.0), 1e6, 6.0, 0.5, 0.7, 1e-4), 301);
        let sum: f64 = pixels.iter().map(|value| f64::from(*value)).sum();
        assert!((0.98..1.0).contains(&(sum / 1e6)), "{sum}: exponent 2 has 1/(1 + r^2/alpha^2) outside r");
    }
}
