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
        let row = field.row(y, number, centre);
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
        clipped: pixels.clipped,
        replaced_share: if area > 0.0 { replaced / area } else { 1.0 },
    }
}
