//! Flux in an ellipse scaled by the Petrosian radius (Petrosian 1976, ApJ 209, L1), SExtractor's PETRO.

use sky_catalog::{EllipseCoefficients, Flux, Petrosian};

use crate::aperture::ApertureFlux;
use crate::field::{Field, Noise};
use crate::kron::ellipse_sum;
use crate::params::PhotometryParams;

/// The Petrosian radius is where the brightness of a ring is this part of the mean brightness inside.
const BRIGHTNESS_RATIO: f64 = 0.2;
/// A ring reaches from its radius over this factor to its radius times it.
const RING_FACTOR: f64 = 1.1;
/// Radii that are tried, in units of the axes: multiples of this one.
const STEP: f64 = 0.33;
/// The last ring ends within this radius, in units of the axes.
const LIMIT: f64 = 6.0;
/// Rings that are tried.
const RINGS: usize = (LIMIT / (STEP * RING_FACTOR)) as usize;

/// Flux in the Petrosian ellipse: the axes of `ellipse` times `petrosian_factor` r_P, where r_P is the first radius at which
/// the mean brightness of the ring from r / 1.1 to 1.1 r is at most a fifth of the mean brightness within r (SExtractor
/// manual, "Petrosian aperture magnitudes"). Ellipse, neighbours and errors as for the Kron flux.
///
/// The manual leaves the steps open; 0.33 axes and the ring are what source-extractor's own radii show.
pub fn petrosian_flux(
    field: &Field<'_>,
    number: u32,
    centre: (f64, f64),
    ellipse: EllipseCoefficients,
    params: &PhotometryParams,
    noise: Noise,
) -> (Petrosian, ApertureFlux) {
    let (growth, first_clipped) = growth(&field.above(0.0), number, centre, ellipse);
    let radius = (params.petrosian_factor * growth.petrosian_radius()).max(params.petrosian_min_radius);
    let sum = ellipse_sum(field, number, centre, ellipse, radius, |row, columns, room| row.values(columns, room));
    let variance = f64::from(sum.area) * noise.sky_variance() + noise.source_variance(sum.flux);
    let flux = Flux { adu: sum.flux, err_adu: variance.sqrt() };
    let aperture = ApertureFlux { flux, clipped: sum.clipped || first_clipped, replaced_share: sum.replaced_share() };
    (Petrosian { flux, radius: if flux.adu > 0.0 { radius } else { 0.0 } }, aperture)
}

/// The growth of the light with the elliptical radius, neighbours left out, and whether it reaches beyond the image.
fn growth(field: &Field<'_>, number: u32, centre: (f64, f64), ellipse: EllipseCoefficients) -> (Growth, bool) {
    let (half_width, half_height) = ellipse.half_extent(LIMIT);
    let pixels = field.around(centre, half_width, half_height);
    let mut growth = Growth::default();
    let mut values = Vec::new();
    for y in pixels.y0..pixels.y1 {
        let dy = y as f64 - centre.1;
        let columns = pixels.columns(ellipse.span(dy, LIMIT * LIMIT), centre.0);
        let row = field.row_between(y, &columns, number, centre);
        row.own_values(&columns, &mut values);
        let radius = |x: usize| ellipse.radius2(x as f64 - centre.0, dy).max(0.0).sqrt();
        for (x, adu) in columns.clone().zip(&values) {
            growth.add(radius(x), *adu, 1);
        }
        // What belongs to others has brought no light; here its area is taken off again.
        row.foreign(&columns).flatten().for_each(|x| growth.add(radius(x), 0.0, -1));
    }
    (growth, pixels.clipped)
}

/// Light and area in the rings and inside their middles.
#[derive(Default)]
struct Growth {
    ring_light: [f64; RINGS],
    ring_area: [i32; RINGS],
    light: [f64; RINGS],
    area: [i32; RINGS],
}

impl Growth {
    fn add(&mut self, radius: f64, adu: f64, area: i32) {
        // The rings overlap: a pixel belongs to those whose middles lie within the factor of its radius.
        let first = ((radius / (RING_FACTOR * STEP)).floor() as usize).saturating_sub(1);
        for ring in first..RINGS {
            let middle = STEP * (ring + 1) as f64;
            if radius < middle {
                self.light[ring] += adu;
                self.area[ring] += area;
            }
            if radius >= middle / RING_FACTOR && radius < middle * RING_FACTOR {
                self.ring_light[ring] += adu;
                self.ring_area[ring] += area;
            }
        }
    }

    /// In units of the axes; the last ring's where the profile never falls so far.
    fn petrosian_radius(&self) -> f64 {
        let found = (0..RINGS).find(|&ring| {
            let (ring_area, area) = (f64::from(self.ring_area[ring]), f64::from(self.area[ring]));
            let light = self.light[ring];
            ring_area > 0.0 && area > 0.0 && light > 0.0 && {
                self.ring_light[ring] / ring_area < BRIGHTNESS_RATIO * light / area
            }
        });
        STEP * (found.unwrap_or(RINGS - 1) + 1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segmentation;
    use ndarray::Array2;
    use sky_catalog::Moments;
    use sky_coords::PixelPos;
    use test_sky::gaussian_star;

    #[test]
    fn a_gaussian_has_the_petrosian_radius_of_theory() {
        // Brightness exp(-r^2 / 2) against the mean inside, 2 (1 - exp(-r^2 / 2)) / r^2: a fifth at r = 2.24 axes.
        let sigma = 6.0;
        let pixels = gaussian_star(141, 141, PixelPos::new(70.0, 70.0), sigma * 2.354_82, 1.0e5);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        let moments = Moments { xx_px2: sigma * sigma, yy_px2: sigma * sigma, xy_px2: 0.0 };
        let noise = Noise { sky_adu: 1.0, gain_e_per_adu: 0.0 };
        let params = PhotometryParams::default();
        let (found, _) = petrosian_flux(&field, 1, (70.0, 70.0), moments.coefficients(), &params, noise);
        assert!((found.radius / 2.0 - 2.31).abs() < 0.01, "the first multiple of 0.33 above 2.24: {}", found.radius);
        assert!((found.flux.adu / 1.0e5 - 1.0).abs() < 0.002, "all light lies within 4.6 sigma: {}", found.flux.adu);
    }

    #[test]
    fn a_hole_keeps_no_radius() {
        let pixels = Array2::from_elem((41, 41), -1.0);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        let moments = Moments { xx_px2: 1.0, yy_px2: 1.0, xy_px2: 0.0 };
        let noise = Noise { sky_adu: 1.0, gain_e_per_adu: 1.0 };
        let (found, _) =
            petrosian_flux(&field, 1, (20.0, 20.0), moments.coefficients(), &PhotometryParams::default(), noise);
        assert!(found.radius == 0.0 && found.flux.adu < 0.0, "{found:?}");
    }
}
