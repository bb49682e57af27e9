//! Flux in a circle.

use sky_catalog::Flux;

use crate::field::{Field, Noise};
use crate::overlap::circle_pixel_overlap;

/// A flux with what befell its aperture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ApertureFlux {
    /// Flux and error.
    pub flux: Flux,
    /// Whether the aperture reached beyond the image.
    pub clipped: bool,
    /// Share of its area that was replaced.
    pub replaced_share: f64,
}

/// Flux within `radius_px` of `centre` (x, y; 0-based) of the source `number`: each pixel counts with its exact area
/// inside the circle. Variance: that of the sky over the area, and of the source's own light.
pub fn aperture_flux(field: &Field<'_>, number: u32, centre: (f64, f64), radius_px: f64, noise: Noise) -> ApertureFlux {
    let pixels = field.around(centre, radius_px, radius_px);
    let (mut flux, mut area, mut replaced) = (0.0, 0.0, 0.0);
    for y in pixels.y0..pixels.y1 {
        let row = field.row_between(y, &(pixels.x0..pixels.x1), number, centre);
        for x in pixels.x0..pixels.x1 {
            let share = circle_pixel_overlap(x as f64 - centre.0, y as f64 - centre.1, radius_px);
            if share > 0.0 {
                let sample = row.sample(x);
                flux += share * sample.adu;
                area += share;
                replaced += if sample.replaced { share } else { 0.0 };
            }
        }
    }
    let variance = area * noise.sky_variance() + noise.source_variance(flux);
    ApertureFlux {
        flux: Flux { adu: flux, err_adu: variance.sqrt() },
        clipped: field.cuts_circle(centre, radius_px),
        replaced_share: if area > 0.0 { replaced / area } else { 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segmentation;
    use ndarray::Array2;
    use sky_coords::PixelPos;
    use test_sky::{assert_close, gaussian_star};

    const NOISE: Noise = Noise { sky_adu: 2.0, gain_e_per_adu: 0.0 };

    #[test]
    fn a_flat_field_gives_the_area_and_its_noise() {
        let pixels = Array2::from_elem((20, 20), 3.0);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        let found = aperture_flux(&field, 1, (9.6, 10.3), 4.0, NOISE);
        let area = std::f64::consts::PI * 16.0;
        assert_close!(found.flux.adu, 3.0 * area, abs = 1e-9, "3 ADU on each unit of area");
        assert_close!(found.flux.err_adu, 2.0 * area.sqrt(), abs = 1e-9, "sky noise adds in squares");
        assert!(!found.clipped && found.replaced_share == 0.0);
        let poisson = aperture_flux(&field, 1, (9.6, 10.3), 4.0, Noise { gain_e_per_adu: 2.0, ..NOISE });
        let variance = 4.0 * area + 3.0 * area / 2.0;
        assert_close!(poisson.flux.err_adu, variance.sqrt(), abs = 1e-9, "and the source's own noise, flux / gain");
    }

    #[test]
    fn a_neighbours_pixels_are_mirrored_and_a_missing_pair_is_zero() {
        let pixels = gaussian_star(21, 21, PixelPos::new(10.0, 10.0), 3.0, 1000.0);
        let whole = {
            let owners = Segmentation::new(&pixels, Vec::new());
            aperture_flux(&Field::new(&pixels, &owners).expect("one shape"), 1, (10.0, 10.0), 5.0, NOISE).flux.adu
        };
        let mut spoilt = pixels.clone();
        let mut owners = Array2::zeros((21, 21));
        for x in 12..16 {
            spoilt[[11, x]] = 9999.0;
            owners[[11, x]] = 2;
        }
        let segmentation = Segmentation::from_owners(&spoilt, &owners);
        let field = Field::new(&spoilt, &segmentation).expect("one shape");
        let found = aperture_flux(&field, 1, (10.0, 10.0), 5.0, NOISE);
        assert_close!(found.flux.adu, whole, abs = 1e-3, "a symmetric star is its own mirror image");
        assert!(found.replaced_share > 0.03, "four of 79 pixels: {}", found.replaced_share);
        spoilt[[11, 12]] = f32::NAN;
        spoilt[[9, 8]] = f32::NAN;
        let segmentation = Segmentation::from_owners(&spoilt, &owners);
        let field = Field::new(&spoilt, &segmentation).expect("one shape");
        let less = aperture_flux(&field, 1, (10.0, 10.0), 5.0, NOISE).flux.adu;
        let lost = 2.0 * f64::from(pixels[[11, 12]]);
        assert_close!(less, whole - lost, abs = 1e-3, "where both have no data nothing is added");
    }

    #[test]
    fn an_aperture_beyond_the_image_says_so() {
        let pixels = Array2::from_elem((20, 20), 1.0);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        assert!(aperture_flux(&field, 1, (2.0, 10.0), 4.0, NOISE).clipped);
        assert!(!aperture_flux(&field, 1, (10.0, 10.0), 4.0, NOISE).clipped);
    }
}
