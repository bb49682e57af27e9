//! Flux in an ellipse scaled by the first radial moment (Kron 1980, ApJS 43, 305), SExtractor's AUTO.

use sky_catalog::{EllipseCoefficients, Flux};

use crate::aperture::ApertureFlux;
use crate::field::{Field, Noise};
use crate::params::PhotometryParams;

/// Radius, in units of the axes, within which the radial moment is taken.
const MOMENT_RADIUS: f64 = 6.0;

/// A Kron flux.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kron {
    /// Flux, error and what befell the aperture or the larger ellipse that the radius is measured in.
    pub aperture: ApertureFlux,
    /// Kron factor times the radial moment, not less than the smallest radius: in units of the axes.
    pub radius: f64,
}

/// Flux in the Kron ellipse: the axes of `ellipse` times `kron_factor` r1, where r1 = sum(r I) / sum(I) over the pixels
/// within 6 axes, and r is the elliptical radius (SExtractor manual, "Automatic aperture magnitudes"). Pixels whose centre
/// is inside count whole.
pub fn kron_flux(
    field: &Field<'_>,
    number: u32,
    centre: (f64, f64),
    ellipse: EllipseCoefficients,
    params: &PhotometryParams,
    noise: Noise,
) -> Kron {
    let mut first = EllipseSum::default();
    let mut moment = 0.0;
    let first_clipped =
        for_each_inside(&field.above(0.0), number, centre, ellipse, MOMENT_RADIUS, |radius2, adu, replaced| {
            // The radius is measured without neighbours and above the global background; only the flux takes mirror images in their place.
            let own = if replaced { 0.0 } else { adu };
            moment += radius2.max(0.0).sqrt() * own;
            first.add(own, replaced);
        });
    let radius = if moment > 0.0 && first.flux > 0.0 {
        (params.kron_factor * moment / first.flux).max(params.kron_min_radius)
    } else {
        params.kron_min_radius
    };
    let mut sum = EllipseSum::default();
    let clipped = for_each_inside(field, number, centre, ellipse, radius, |_, adu, replaced| sum.add(adu, replaced));
    let variance = f64::from(sum.area) * noise.sky_variance() + noise.source_variance(sum.flux);
    Kron {
        aperture: ApertureFlux {
            flux: Flux { adu: sum.flux, err_adu: variance.sqrt() },
            clipped: clipped || first_clipped,
            replaced_share: sum.replaced_share().max(first.replaced_share()),
        },
        radius,
    }
}

#[derive(Default)]
struct EllipseSum {
    flux: f64,
    area: u32,
    replaced: u32,
}

impl EllipseSum {
    fn add(&mut self, adu: f64, replaced: bool) {
        self.flux += adu;
        self.area += 1;
        self.replaced += u32::from(replaced);
    }

    fn replaced_share(&self) -> f64 {
        if self.area > 0 { f64::from(self.replaced) / f64::from(self.area) } else { 1.0 }
    }
}

/// Calls `visit` with squared elliptical radius, value and whether it was replaced, for each pixel within `radius` axes;
/// returns whether the ellipse reaches beyond the image.
fn for_each_inside(
    field: &Field<'_>,
    number: u32,
    centre: (f64, f64),
    ellipse: EllipseCoefficients,
    radius: f64,
    mut visit: impl FnMut(f64, f64, bool),
) -> bool {
    let (half_width, half_height) = ellipse.half_extent(radius);
    let pixels = field.around(centre, half_width, half_height);
    let limit = radius * radius;
    for y in pixels.y0..pixels.y1 {
        let dy = y as f64 - centre.1;
        let row = field.row(y, number, centre);
        for x in pixels.columns(ellipse.span(dy, limit), centre.0) {
            let radius2 = ellipse.radius2(x as f64 - centre.0, dy);
            if radius2 <= limit {
                let sample = row.sample(x);
                visit(radius2, sample.adu, sample.replaced);
            }
        }
    }
    pixels.clipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use sky_catalog::Moments;
    use sky_coords::PixelPos;
    use test_sky::{assert_close, gaussian_star};

    #[test]
    fn a_gaussian_has_the_kron_radius_of_theory() {
        // Of exp(-r^2 / 2), r in units of sigma, the first moment sum(r I) / sum(I) = integral r^2 / integral r = sqrt(pi / 2).
        let sigma = 4.0;
        let pixels = gaussian_star(101, 101, PixelPos::new(50.0, 50.0), sigma * 2.354_82, 1.0e5);
        let owners = Array2::zeros((101, 101));
        let field = Field::new(&pixels, &owners).expect("one shape");
        let moments = Moments { xx_px2: sigma * sigma, yy_px2: sigma * sigma, xy_px2: 0.0 };
        let params = PhotometryParams { kron_min_radius: 0.0, ..PhotometryParams::default() };
        let noise = Noise { sky_adu: 1.0, gain_e_per_adu: 0.0 };
        let found = kron_flux(&field, 1, (50.0, 50.0), moments.coefficients(), &params, noise);
        assert_close!(found.radius, 2.5 * (std::f64::consts::PI / 2.0).sqrt(), abs = 0.02, "2.5 first moments");
        assert_close!(found.aperture.flux.adu / 1.0e5, 0.993, abs = 0.003, "1 - exp(-3.13^2 / 2)");
    }

    #[test]
    fn a_source_without_light_keeps_the_smallest_radius() {
        let (pixels, owners) = (Array2::from_elem((41, 41), -1.0), Array2::zeros((41, 41)));
        let field = Field::new(&pixels, &owners).expect("one shape");
        let moments = Moments { xx_px2: 1.0, yy_px2: 1.0, xy_px2: 0.0 };
        let noise = Noise { sky_adu: 1.0, gain_e_per_adu: 1.0 };
        let found = kron_flux(&field, 1, (20.0, 20.0), moments.coefficients(), &PhotometryParams::default(), noise);
        assert_eq!(found.radius, 3.5);
        assert!(found.aperture.flux.adu < 0.0, "a hole has negative flux");
    }
}
