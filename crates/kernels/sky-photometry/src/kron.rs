//! Flux in an ellipse scaled by the first radial moment (Kron 1980, ApJS 43, 305), SExtractor's AUTO.

use std::ops::Range;

use sky_catalog::{EllipseCoefficients, Flux};

use crate::aperture::ApertureFlux;
use crate::field::{Field, Noise, Row};
use crate::params::PhotometryParams;

/// Radius, in units of the axes, within which the radial moment is taken.
const MOMENT_RADIUS: f64 = 6.0;
/// Running sums that are kept apart, so that the order of summation is fixed and the loop vectorises.
const LANES: usize = 4;

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
    // The radius is measured without neighbours and above the global background; only the flux takes mirror images in their
    // place.
    let first = ellipse_sum(&field.above(0.0), number, centre, ellipse, MOMENT_RADIUS, |row, columns, room| {
        row.own_values(columns, room)
    });
    let radius = if first.moment > 0.0 && first.flux > 0.0 {
        (params.kron_factor * first.moment / first.flux).max(params.kron_min_radius)
    } else {
        params.kron_min_radius
    };
    let sum = ellipse_sum(field, number, centre, ellipse, radius, |row, columns, room| row.values(columns, room));
    let variance = f64::from(sum.area) * noise.sky_variance() + noise.source_variance(sum.flux);
    Kron {
        aperture: ApertureFlux {
            flux: Flux { adu: sum.flux, err_adu: variance.sqrt() },
            clipped: sum.clipped || first.clipped,
            replaced_share: sum.replaced_share().max(first.replaced_share()),
        },
        radius,
    }
}

/// Sums over the pixels within an ellipse.
#[derive(Default)]
pub(crate) struct EllipseSum {
    pub(crate) flux: f64,
    /// Of flux times elliptical radius.
    moment: f64,
    pub(crate) area: u32,
    replaced: u32,
    /// Whether the ellipse reaches beyond the image.
    pub(crate) clipped: bool,
}

impl EllipseSum {
    pub(crate) fn replaced_share(&self) -> f64 {
        if self.area > 0 { f64::from(self.replaced) / f64::from(self.area) } else { 0.0 }
    }
}

/// Sums over the pixels within `radius` axes, whose values are what `values` writes.
pub(crate) fn ellipse_sum(
    field: &Field<'_>,
    number: u32,
    centre: (f64, f64),
    ellipse: EllipseCoefficients,
    radius: f64,
    values: impl Fn(&Row<'_>, &Range<usize>, &mut Vec<f64>),
) -> EllipseSum {
    let (half_width, half_height) = ellipse.half_extent(radius);
    let pixels = field.around(centre, half_width, half_height);
    let limit = radius * radius;
    let mut sum = EllipseSum { clipped: pixels.clipped, ..EllipseSum::default() };
    let (mut flux, mut moment, mut area) = ([0.0; LANES], [0.0; LANES], [0_u32; LANES]);
    let mut room = Vec::with_capacity(pixels.x1 - pixels.x0);
    for y in pixels.y0..pixels.y1 {
        let dy = y as f64 - centre.1;
        let columns = pixels.columns(ellipse.span(dy, limit), centre.0);
        let row = field.row_between(y, &columns, number, centre);
        values(&row, &columns, &mut room);
        let first_x = columns.start as f64;
        let mut add = |lane: usize, x: f64, adu: f64| {
            let radius2 = ellipse.radius2(x - centre.0, dy);
            let inside = radius2 <= limit;
            let adu = if inside { adu } else { 0.0 };
            flux[lane] += adu;
            moment[lane] += radius2.max(0.0).sqrt() * adu;
            area[lane] += u32::from(inside);
        };
        let (blocks, rest) = room.as_chunks::<LANES>();
        for (block, values) in blocks.iter().enumerate() {
            let x = first_x + (block * LANES) as f64;
            for (lane, value) in values.iter().enumerate() {
                add(lane, x + lane as f64, *value);
            }
        }
        for (lane, value) in rest.iter().enumerate() {
            add(lane, first_x + (blocks.len() * LANES + lane) as f64, *value);
        }
        let inside = |x: &usize| ellipse.radius2(*x as f64 - centre.0, dy) <= limit;
        sum.replaced += row.foreign(&columns).flatten().filter(inside).count() as u32;
    }
    sum.flux = flux.iter().sum();
    sum.moment = moment.iter().sum();
    sum.area = area.iter().sum();
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segmentation;
    use ndarray::Array2;
    use sky_catalog::Moments;
    use sky_coords::PixelPos;
    use test_sky::{assert_close, gaussian_star};

    #[test]
    fn a_gaussian_has_the_kron_radius_of_theory() {
        // Of exp(-r^2 / 2), r in units of sigma, the first moment sum(r I) / sum(I) = integral r^2 / integral r = sqrt(pi / 2).
        let sigma = 4.0;
        let pixels = gaussian_star(101, 101, PixelPos::new(50.0, 50.0), sigma * 2.354_82, 1.0e5);
        let owners = Segmentation::new(&pixels, Vec::new());
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
        let pixels = Array2::from_elem((41, 41), -1.0);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        let moments = Moments { xx_px2: 1.0, yy_px2: 1.0, xy_px2: 0.0 };
        let noise = Noise { sky_adu: 1.0, gain_e_per_adu: 1.0 };
        let found = kron_flux(&field, 1, (20.0, 20.0), moments.coefficients(), &PhotometryParams::default(), noise);
        assert_eq!(found.radius, 3.5);
        assert!(found.aperture.flux.adu < 0.0, "a hole has negative flux");
    }
}
