//! Size and shape of one star.

/// What is measured of a star.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StarShape {
    /// Column, pixels.
    pub x_px: f64,
    /// Row, pixels.
    pub y_px: f64,
    /// Flux within the aperture in ADU.
    pub flux_adu: f64,
    /// Largest pixel over the sky in ADU.
    pub peak_adu: f64,
    /// FWHM of the Gaussian with the star's windowed moments, pixels (mean of both axes).
    pub fwhm_px: f64,
    /// Radius that holds half of the flux, pixels. Of a Gaussian FWHM / 2.
    pub half_flux_radius_px: f64,
    /// Flux-weighted mean radius, pixels, as NINA's HFR. Of a Gaussian 0.532 FWHM.
    pub mean_radius_px: f64,
    /// Eccentricity sqrt(1 - (b / a)^2) of the windowed moments.
    pub eccentricity: f64,
    /// Direction of the long axis in degrees, -90 to 90, counted from x towards y.
    pub angle_deg: f64,
    /// A pixel reaches the saturation.
    pub saturated: bool,
}

/// FWHM of a Gaussian of scatter 1: 2 sqrt(2 ln 2).
const FWHM_PER_SIGMA: f64 = 2.354_820_045_030_949;
/// Rounds of the centroid and of the window, which settle within 0.001 px in 5 to 8.
const ROUNDS: usize = 12;
/// A centroid that moves less than this has settled, pixels.
const SETTLED_PX: f64 = 1.0e-3;
/// Largest half side of the box that is looked at, pixels.
const LARGEST_REACH_PX: usize = 25;

/// Measures the star at about (`x`, `y`). `sky_adu`: level of the sky there; `sigma_px`: scale to begin with;
/// `saturation_adu`: 0 where it is not known. `None` where the star does not settle, is fainter than the sky, or touches
/// missing pixels.
///
/// Centroid and moments are those in a Gaussian window that follows the star (as SExtractor's XWIN and X2WIN: Bertin,
/// SExtractor manual 2.25, section "Windowed positional parameters"); the moments are freed of the window's own width.
pub fn measure_star(
    pixels: &[f32],
    width: usize,
    (x, y): (f64, f64),
    sky_adu: f64,
    sigma_px: f64,
    saturation_adu: f64,
) -> Option<StarShape> {
    let frame = Frame { pixels, width, height: pixels.len().checked_div(width)?, sky_adu };
    let (mut x, mut y, mut window) = (x, y, sigma_px.max(0.7));
    let mut moments = None;
    for round in 0..ROUNDS {
        let found = frame.windowed(x, y, window)?;
        let step = (found.dx.powi(2) + found.dy.powi(2)).sqrt();
        (x, y) = (x + 2.0 * found.dx, y + 2.0 * found.dy);
        // A window of the star's own width halves the moments: sigma^2 = 2 x measured.
        let variance = 0.5 * (found.xx + found.yy);
        let own = 1.0 / (1.0 / variance - 1.0 / (window * window)).max(1e-9);
        let next = own.sqrt().clamp(0.5, LARGEST_REACH_PX as f64 / 3.0);
        let settled = step < SETTLED_PX && (next - window).abs() < 0.01 * window;
        window = next;
        moments = Some(found);
        if settled && round > 1 {
            break;
        }
    }
    let found = moments?;
    let last = frame.windowed(x, y, window)?;
    let (a, b, angle_deg) = axes(&last, window)?;
    let fwhm_px = FWHM_PER_SIGMA * (0.5 * (a * a + b * b)).sqrt();
    let profile = frame.profile(x, y, fwhm_px)?;
    let moved = (found.dx.abs() + found.dy.abs()) > 1.0;
    (!moved).then_some(StarShape {
        x_px: x,
        y_px: y,
        flux_adu: profile.flux,
        peak_adu: profile.peak,
        fwhm_px,
        half_flux_radius_px: profile.half_radius,
        mean_radius_px: profile.mean_radius,
        eccentricity: (1.0 - (b * b) / (a * a)).max(0.0).sqrt(),
        angle_deg,
        saturated: saturation_adu > 0.0 && profile.peak + sky_adu >= saturation_adu,
    })
}

/// Long and short axis (as sigma in pixels, without the window) and the direction of the long one.
fn axes(moments: &Moments, window: f64) -> Option<(f64, f64, f64)> {
    let (xx, yy, xy) = (moments.xx, moments.yy, moments.xy);
    let (mean, difference) = (0.5 * (xx + yy), 0.5 * (xx - yy));
    let root = (difference * difference + xy * xy).sqrt();
    // The product of two Gaussians has the sum of the inverse variances, axis by axis.
    let free = |variance: f64| {
        let inverse = 1.0 / variance - 1.0 / (window * window);
        (variance > 0.0 && inverse > 0.0).then(|| (1.0 / inverse).sqrt())
    };
    let (a, b) = (free(mean + root)?, free(mean - root)?);
    let angle = 0.5 * libm::atan2(xy, difference).to_degrees();
    Some((a, b, angle))
}

struct Frame<'a> {
    pixels: &'a [f32],
    width: usize,
    height: usize,
    sky_adu: f64,
}

struct Moments {
    dx: f64,
    dy: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

struct Profile {
    flux: f64,
    peak: f64,
    half_radius: f64,
    mean_radius: f64,
}

impl Frame<'_> {
    /// Columns and rows of a box around a place; `None` where it leaves the frame.
    fn area(&self, x: f64, y: f64, reach: f64) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let inside = x - reach >= 0.0
            && y - reach >= 0.0
            && x + reach <= (self.width - 1) as f64
            && y + reach <= (self.height - 1) as f64;
        let range = |centre: f64| (centre - reach).ceil() as usize..(centre + reach).floor() as usize + 1;
        inside.then(|| (range(x), range(y)))
    }

    fn windowed(&self, x: f64, y: f64, window: f64) -> Option<Moments> {
        let reach = (3.0 * window).clamp(2.5, LARGEST_REACH_PX as f64);
        let (columns, rows) = self.area(x, y, reach)?;
        let (mut sum, mut mx, mut my, mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let scale = -0.5 / (window * window);
        let across: Vec<f64> = columns.clone().map(|column| libm::exp(scale * (column as f64 - x).powi(2))).collect();
        for row in rows {
            let dy = row as f64 - y;
            let down = libm::exp(scale * dy * dy);
            let line = &self.pixels[row * self.width..(row + 1) * self.width];
            for (column, weight) in columns.clone().zip(&across) {
                let value = f64::from(line[column]) - self.sky_adu;
                let dx = column as f64 - x;
                let light = value * weight * down;
                sum += light;
                mx += light * dx;
                my += light * dy;
                xx += light * dx * dx;
                yy += light * dy * dy;
                xy += light * dx * dy;
            }
        }
        if sum.is_nan() || sum <= 0.0 {
            return None;
        }
        let (dx, dy) = (mx / sum, my / sum);
        let moments = Moments { dx, dy, xx: xx / sum - dx * dx, yy: yy / sum - dy * dy, xy: xy / sum - dx * dy };
        (moments.xx > 0.0 && moments.yy > 0.0).then_some(moments)
    }

    /// Flux, radii and peak in a circle of 2.5 FWHM. Pixels at the rim count by the share of their centre line.
    fn profile(&self, x: f64, y: f64, fwhm_px: f64) -> Option<Profile> {
        let radius = (2.5 * fwhm_px).clamp(3.0, LARGEST_REACH_PX as f64);
        let (columns, rows) = self.area(x, y, radius + 0.5)?;
        let mut samples: Vec<(f64, f64)> = Vec::new();
        let mut peak = f64::NEG_INFINITY;
        for row in rows {
            for column in columns.clone() {
                let distance = (column as f64 - x).hypot(row as f64 - y);
                let share = (radius + 0.5 - distance).clamp(0.0, 1.0);
                if share > 0.0 {
                    let value = f64::from(self.pixels[row * self.width + column]) - self.sky_adu;
                    samples.push((distance, share * value));
                    peak = peak.max(value);
                }
            }
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let flux: f64 = samples.iter().map(|sample| sample.1).sum();
        if flux.is_nan() || flux <= 0.0 {
            return None;
        }
        let mean_radius = samples.iter().map(|(distance, light)| distance * light).sum::<f64>() / flux;
        Some(Profile { flux, peak, half_radius: half_radius(&samples, flux), mean_radius })
    }
}

/// The radius within which half of the flux lies: pixels are spread over half a pixel on both sides of their distance.
fn half_radius(samples: &[(f64, f64)], flux: f64) -> f64 {
    let inside = |radius: f64| {
        samples.iter().map(|(distance, light)| light * (radius + 0.5 - distance).clamp(0.0, 1.0)).sum::<f64>()
    };
    let (mut low, mut high) = (0.0, samples.last().map_or(0.0, |sample| sample.0 + 0.5));
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if inside(middle) < 0.5 * flux { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A Gaussian star of flux 1e5 on a sky of 100, `a` and `b` along its axes, turned by `angle_deg`.
    pub(crate) fn gaussian(width: usize, height: usize, x0: f64, y0: f64, a: f64, b: f64, angle_deg: f64) -> Vec<f32> {
        let (sine, cosine) = (libm::sin(angle_deg.to_radians()), libm::cos(angle_deg.to_radians()));
        let peak = 1.0e5 / (2.0 * std::f64::consts::PI * a * b);
        let value = |i: usize| {
            let (dx, dy) = ((i % width) as f64 - x0, (i / width) as f64 - y0);
            let (u, v) = (cosine * dx + sine * dy, cosine * dy - sine * dx);
            (100.0 + peak * libm::exp(-0.5 * (u * u / (a * a) + v * v / (b * b)))) as f32
        };
        (0..width * height).map(value).collect()
    }

    #[test]
    fn a_round_star_has_its_own_width_and_radii() {
        for sigma in [1.2, 2.0, 3.5] {
            let pixels = gaussian(81, 81, 40.3, 39.6, sigma, sigma, 0.0);
            let star = measure_star(&pixels, 81, (40.0, 40.0), 100.0, 1.5, 0.0).expect("a star");
            assert!((star.x_px - 40.3).hypot(star.y_px - 39.6) < 2e-3, "{star:?}");
            assert!(
                (star.fwhm_px / (2.3548 * sigma) - 1.0).abs() < 0.03,
                "FWHM {} of {}",
                star.fwhm_px,
                2.3548 * sigma
            );
            // The mean radius of a Gaussian is 1.25331 sigma, its half-flux radius 1.17741 sigma.
            assert!((star.mean_radius_px / (1.25331 * sigma) - 1.0).abs() < 0.02, "{star:?}");
            assert!((star.half_flux_radius_px / (1.17741 * sigma) - 1.0).abs() < 0.03, "{star:?}");
            assert!(star.eccentricity < 0.1, "{star:?}");
            assert!((star.flux_adu / 1.0e5 - 1.0).abs() < 0.01, "{star:?}");
        }
    }

    #[test]
    fn a_trailed_star_has_its_eccentricity_and_direction() {
        let pixels = gaussian(81, 81, 40.0, 40.0, 3.0, 1.8, 30.0);
        let star = measure_star(&pixels, 81, (40.0, 40.0), 100.0, 2.0, 0.0).expect("a star");
        assert!((star.eccentricity - 0.8).abs() < 0.03, "sqrt(1 - 0.36): {star:?}");
        assert!((star.angle_deg - 30.0).abs() < 1.0, "{star:?}");
    }

    #[test]
    fn no_star_is_none_and_a_full_one_is_marked() {
        assert!(measure_star(&[100.0; 6561], 81, (40.0, 40.0), 100.0, 1.5, 0.0).is_none());
        let pixels = gaussian(81, 81, 40.0, 40.0, 1.5, 1.5, 0.0);
        let star = measure_star(&pixels, 81, (40.0, 40.0), 100.0, 1.5, 5000.0).expect("a star");
        assert!(star.saturated, "the peak is {} over 100", star.peak_adu);
        assert!(measure_star(&pixels, 81, (1.0, 1.0), 100.0, 1.5, 0.0).is_none(), "at the border");
    }
}
