//! Pixels of one object and the profile that they make in the filtered image.

use sky_catalog::{EllipseCoefficients, Moments};

/// Below this determinant the moments are singular, pixels^4 (SExtractor: 1/144).
const SINGULAR_PX4: f64 = 0.006_94;
/// Variance of a position that is uniform over a pixel; SExtractor's digits.
const PIXEL_VARIANCE_PX2: f64 = 0.083_333_3;

/// One pixel of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pixel {
    pub(crate) x: u32,
    pub(crate) y: u32,
    /// Filtered value above the background, ADU.
    pub(crate) filtered: f32,
    /// Value above the background, ADU.
    pub(crate) value: f32,
}

/// An object before its photometry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) pixels: Vec<Pixel>,
    /// How many of them, the first ones, are the object's core: all, but for a part of a blend.
    pub(crate) n_core: usize,
    /// Extent of the cores of this object and of those that cleaning added to it.
    pub(crate) core: Extent,
    /// Pixels of the objects that cleaning added to this one.
    pub(crate) absorbed: Vec<Pixel>,
    pub(crate) profile: Profile,
    /// Detection threshold above the background, ADU.
    pub(crate) threshold: f64,
    /// Number of the footprint that it comes from.
    pub(crate) parent: u32,
    pub(crate) flags: u16,
}

/// Columns and rows from the first to the last pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    x_min: u32,
    x_max: u32,
    y_min: u32,
    y_max: u32,
}

impl Extent {
    pub(crate) fn of(pixels: &[Pixel]) -> Self {
        let nothing = Self { x_min: u32::MAX, x_max: 0, y_min: u32::MAX, y_max: 0 };
        pixels.iter().fold(nothing, |extent, pixel| {
            extent.joined(Self { x_min: pixel.x, x_max: pixel.x, y_min: pixel.y, y_max: pixel.y })
        })
    }

    pub(crate) fn joined(self, other: Self) -> Self {
        Self {
            x_min: self.x_min.min(other.x_min),
            x_max: self.x_max.max(other.x_max),
            y_min: self.y_min.min(other.y_min),
            y_max: self.y_max.max(other.y_max),
        }
    }

    /// Whether a pixel of it stands on the edge of an image of that size.
    pub(crate) fn touches_edge(self, width: u32, height: u32) -> bool {
        self.x_min == 0 || self.y_min == 0 || self.x_max + 1 == width || self.y_max + 1 == height
    }
}

/// Extent, flux, place and shape of an object in the filtered image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Profile {
    pub(crate) x_min: u32,
    pub(crate) x_max: u32,
    pub(crate) y_min: u32,
    pub(crate) y_max: u32,
    pub(crate) area: u32,
    /// Sum of the filtered pixels.
    pub(crate) flux: f64,
    /// Brightest filtered pixel.
    pub(crate) peak: f64,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) moments: Moments,
    pub(crate) singular: bool,
    /// Major and minor axis.
    pub(crate) axes: (f64, f64),
    pub(crate) coefficients: EllipseCoefficients,
    /// Correction of the axes' product for the light below the threshold, at most 1.
    pub(crate) threshold_correction: f64,
}

impl Profile {
    /// The profile of some pixels above `threshold`; moments are taken about `about` where it is given (the place of the
    /// core of a blended object), else about the barycentre. `pixels` must not be empty.
    pub(crate) fn new(pixels: &[Pixel], threshold: f64, about: Option<(f64, f64)>) -> Self {
        let (mut x_min, mut x_max, mut y_min, mut y_max) = (u32::MAX, 0, u32::MAX, 0);
        let (mut flux, mut peak, mut peak_unfiltered) = (0.0_f64, f64::NEG_INFINITY, f64::NEG_INFINITY);
        for pixel in pixels {
            x_min = x_min.min(pixel.x);
            x_max = x_max.max(pixel.x);
            y_min = y_min.min(pixel.y);
            y_max = y_max.max(pixel.y);
            flux += f64::from(pixel.filtered);
            peak = peak.max(f64::from(pixel.filtered));
            peak_unfiltered = peak_unfiltered.max(f64::from(pixel.value));
        }
        let half_way = 0.5 * (threshold + peak_unfiltered);
        let (mut sum_x, mut sum_y, mut sum_xx, mut sum_yy, mut sum_xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut area_half_way, mut area_unfiltered) = (0_u32, 0_u32);
        for pixel in pixels {
            let (dx, dy, light) = (f64::from(pixel.x - x_min), f64::from(pixel.y - y_min), f64::from(pixel.filtered));
            sum_x += light * dx;
            sum_y += light * dy;
            sum_xx += light * dx * dx;
            sum_yy += light * dy * dy;
            sum_xy += light * dx * dy;
            area_half_way += u32::from(f64::from(pixel.value) > half_way);
            area_unfiltered += u32::from(f64::from(pixel.value) > threshold);
        }
        let (mean_x, mean_y) = (sum_x / flux, sum_y / flux);
        let (x, y) = about.map_or((mean_x, mean_y), |(x, y)| (x - f64::from(x_min), y - f64::from(y_min)));
        let mut moments = Moments {
            xx_px2: sum_xx / flux + x * x - 2.0 * x * mean_x,
            yy_px2: sum_yy / flux + y * y - 2.0 * y * mean_y,
            xy_px2: sum_xy / flux + x * y - x * mean_y - mean_x * y,
        };
        let singular = moments.determinant() < SINGULAR_PX4;
        if singular {
            moments.xx_px2 += PIXEL_VARIANCE_PX2;
            moments.yy_px2 += PIXEL_VARIANCE_PX2;
        }
        let ellipse = moments.ellipse();
        let axes = (ellipse.major_px, ellipse.minor_px);
        Self {
            x_min,
            x_max,
            y_min,
            y_max,
            area: pixels.len() as u32,
            flux,
            peak,
            x: x + f64::from(x_min),
            y: y + f64::from(y_min),
            moments,
            singular,
            axes,
            coefficients: moments.coefficients(),
            threshold_correction: threshold_correction(area_half_way, area_unfiltered, half_way, threshold, axes),
        }
    }
}

/// The share of a Gaussian's axes' product that its isophote shows: from the areas above the threshold and above half way to
/// the peak, area = 2 pi a b ln(level ratio).
fn threshold_correction(area_half_way: u32, area: u32, half_way: f64, threshold: f64, axes: (f64, f64)) -> f64 {
    /// Level ratio that stands in where the half-way level is not above the threshold.
    const FLAT: f64 = 0.99;
    let difference = f64::from(area_half_way) - f64::from(area);
    let difference = if difference < 0.0 { difference } else { -1.0 };
    let ratio = if threshold < half_way { threshold / half_way } else { FLAT };
    (difference / (2.0 * std::f64::consts::PI * libm::log(ratio) * axes.0 * axes.1)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(x: u32, y: u32, light: f32) -> Pixel {
        Pixel { x, y, filtered: light, value: light }
    }

    #[test]
    fn a_cross_has_its_centre_and_its_variance() {
        let pixels = [pixel(5, 4, 1.0), pixel(4, 5, 1.0), pixel(5, 5, 2.0), pixel(6, 5, 1.0), pixel(5, 6, 1.0)];
        let profile = Profile::new(&pixels, 0.5, None);
        assert_eq!((profile.x, profile.y, profile.area, profile.flux, profile.peak), (5.0, 5.0, 5, 6.0, 2.0));
        assert!((profile.moments.xx_px2 - 2.0 / 6.0).abs() < 1e-12, "two of six at distance one");
        assert!(!profile.singular, "1/9 is more than 1/144");
    }

    #[test]
    fn a_line_is_singular_and_gets_the_variance_of_a_pixel() {
        let profile = Profile::new(&[pixel(0, 0, 1.0), pixel(1, 0, 1.0)], 0.5, None);
        assert!(profile.singular, "no extent along y");
        assert!((profile.moments.yy_px2 - PIXEL_VARIANCE_PX2).abs() < 1e-12, "{:?}", profile.moments);
    }

    #[test]
    fn moments_about_another_place_are_larger() {
        let pixels = [pixel(0, 0, 1.0), pixel(2, 0, 1.0), pixel(0, 2, 1.0), pixel(2, 2, 1.0)];
        let own = Profile::new(&pixels, 0.5, None);
        let other = Profile::new(&pixels, 0.5, Some((2.0, 1.0)));
        assert!((other.moments.xx_px2 - own.moments.xx_px2 - 1.0).abs() < 1e-12, "one pixel away: 1 more");
        assert_eq!((other.x, other.y), (2.0, 1.0));
    }
}
