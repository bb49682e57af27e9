//! Width and ellipticity of a PSF.

use crate::{LocalPsf, PsfError};

/// Directions in which the half maximum is sought.
const DIRECTIONS: usize = 32;
/// Halvings of a step that holds the half maximum: far below a thousandth of a pixel.
const HALVINGS: usize = 14;

/// The ellipse at half of the maximum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PsfShape {
    /// Full width at half maximum: square root of the product of the axes, pixels.
    pub fwhm_px: f64,
    /// (a - b) / (a + b) of the axes, as PSFEx.
    pub ellipticity: f64,
    /// Value of the peak: share of the flux in a pixel centred there.
    pub peak: f64,
    /// Column of the peak from the centre of the grid, pixels.
    pub peak_dx_px: f64,
    /// Row of the peak from the centre of the grid, pixels.
    pub peak_dy_px: f64,
}

impl PsfShape {
    /// Measures the contour at half of the maximum: 1/r^2 of an ellipse is A + B cos 2t + C sin 2t, whose coefficients
    /// are means over directions. Fails where there is no positive peak or the contour leaves the grid.
    pub fn of(psf: &LocalPsf) -> Result<Self, PsfError> {
        let (mut peak_dx_px, mut peak_dy_px) = (0.0, 0.0);
        let mut peak = psf.value_at(0.0, 0.0);
        for reach in [1.0, 0.3, 0.1, 0.03, 0.01] {
            let (centre_x, centre_y) = (peak_dx_px, peak_dy_px);
            for (i, j) in (-3..=3).flat_map(|i| (-3..=3).map(move |j| (i, j))) {
                let (dx, dy) = (centre_x + reach * f64::from(i) / 3.0, centre_y + reach * f64::from(j) / 3.0);
                let value = psf.value_at(dx, dy);
                if value > peak {
                    (peak, peak_dx_px, peak_dy_px) = (value, dx, dy);
                }
            }
        }
        if peak <= 0.0 {
            return Err(PsfError::Degenerate("its centre is not positive"));
        }
        let (mut mean, mut cosine, mut sine) = (0.0, 0.0, 0.0);
        for k in 0..DIRECTIONS {
            let angle = std::f64::consts::TAU * k as f64 / DIRECTIONS as f64;
            let (sin, cos) = (libm::sin(angle), libm::cos(angle));
            let above = |r: f64| psf.value_at(peak_dx_px + r * cos, peak_dy_px + r * sin) > 0.5 * peak;
            let radius = half_radius(above, 0.25 * psf.step_px(), psf.radius_px())
                .ok_or(PsfError::Degenerate("it does not fall to half of its peak within its grid"))?;
            let inverse = 1.0 / (radius * radius * DIRECTIONS as f64);
            mean += inverse;
            cosine += 2.0 * inverse * libm::cos(2.0 * angle);
            sine += 2.0 * inverse * libm::sin(2.0 * angle);
        }
        let split = (cosine * cosine + sine * sine).sqrt().min(0.99 * mean);
        let (major, minor) = (1.0 / (mean - split).sqrt(), 1.0 / (mean + split).sqrt());
        Ok(Self {
            fwhm_px: 2.0 * (major * minor).sqrt(),
            ellipticity: (major - minor) / (major + minor),
            peak,
            peak_dx_px,
            peak_dy_px,
        })
    }
}

/// First radius at which `above` ends, sought in steps and then by halving.
fn half_radius(above: impl Fn(f64) -> bool, step: f64, limit: f64) -> Option<f64> {
    let mut outer = step;
    while above(outer) {
        outer += step;
        if outer > limit {
            return None;
        }
    }
    let mut inner = outer - step;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (inner + outer);
        if above(middle) { inner = middle } else { outer = middle }
    }
    Some(0.5 * (inner + outer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PsfModel, SpatialPolynomial};
    use ndarray::Array3;
    use sky_coords::PixelPos;

    fn model(sample: impl Fn(f64, f64) -> f64) -> LocalPsf {
        let planes = Array3::from_shape_fn((1, 25, 25), |(_, y, x)| sample(x as f64 - 12.0, y as f64 - 12.0) as f32);
        let polynomial = SpatialPolynomial::new(0, [1.0, 1.0], [1.0, 1.0]).expect("valid");
        let model = PsfModel::from_planes(planes, 0.5, 3.0, polynomial).expect("finite numbers");
        model.at(PixelPos::new(0.0, 0.0))
    }

    #[test]
    fn an_elliptical_gaussian_has_its_axes() {
        // Axes of 2.4 and 1.8 samples of half a pixel, turned by 30 degrees.
        let (sin, cos) = (0.5, 0.75_f64.sqrt());
        let psf = model(|x, y| {
            let (u, v) = ((x * cos + y * sin) / 2.4, (y * cos - x * sin) / 1.8);
            libm::exp(-0.5 * (u * u + v * v))
        });
        let shape = PsfShape::of(&psf).expect("a peak");
        let expected_px = 2.354_82 * 0.5 * (2.4_f64 * 1.8).sqrt();
        test_sky::assert_close!(shape.fwhm_px, expected_px, abs = 0.01, "sqrt of the product of the axes");
        test_sky::assert_close!(shape.ellipticity, 0.6 / 4.2, abs = 0.01, "(a - b) / (a + b)");
        test_sky::assert_close!(shape.peak, 1.0, abs = 0.001, "the peak");
    }

    #[test]
    fn what_is_no_peak_is_an_error() {
        assert!(PsfShape::of(&model(|_, _| 0.0)).is_err(), "an empty grid");
        assert!(PsfShape::of(&model(|_, _| 1.0)).is_err(), "a plateau without an edge");
    }
}
