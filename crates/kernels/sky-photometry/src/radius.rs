//! The radius that holds half of the light.

use crate::field::Field;

/// Steps of the growth curve.
const STEPS: usize = 64;
/// Parts of a pixel in each direction.
const SUBPIXELS: usize = 5;
/// How far beyond its last ring SExtractor reads pixels for the growth curve, pixels.
const MARGIN_PX: f64 = 1.5;
/// From the centre of a pixel to its corner.
const HALF_DIAGONAL: f64 = std::f64::consts::FRAC_1_SQRT_2;
/// Radius of the growth curve, in major axes.
const LIMIT_AXES: f64 = 6.0;
/// First radius to which the growth curve is read, in major axes (half of the light of a Gaussian lies within 1.2) ...
const FIRST_LIMIT_AXES: f64 = 1.5;
/// ... and at most so many pixels, but no less than a third of that.
const FIRST_LIMIT_PX: f64 = 16.0;

/// Radius of the circle around `centre` that holds half of `total_adu`, pixels (SExtractor manual, FLUX_RADIUS).
///
/// The light is summed in 64 rings out to 6 major axes, each pixel cut into 5 x 5; between rings the growth curve is
/// interpolated. Where the curve never reaches half the light the radius is the last one; a negative total gives a
/// negative radius, as SExtractor's.
pub fn half_light_radius(field: &Field<'_>, number: u32, centre: (f64, f64), major_px: f64, total_adu: f64) -> f64 {
    light_radius(field, number, centre, major_px, 0.5 * total_adu)
}

/// The same for any part of the light (PHOT_FLUXFRAC): radius of the circle that holds `wanted` ADU.
pub fn light_radius(field: &Field<'_>, number: u32, centre: (f64, f64), major_px: f64, wanted: f64) -> f64 {
    let limit = LIMIT_AXES * major_px;
    if limit <= 0.0 {
        return 0.0;
    }
    let step = limit / STEPS as f64;
    // The curve is read out to a first radius that nearly always holds half of the light, then to twice that, and so on.
    let mut inner = (FIRST_LIMIT_PX / major_px).clamp(FIRST_LIMIT_AXES / 3.0, FIRST_LIMIT_AXES) * major_px;
    loop {
        inner = inner.min(limit);
        let rings = rings(field, number, centre, inner, step);
        let complete = ((inner / step).floor() as usize).min(STEPS);
        let mut below = 0.0;
        for (ring, light) in rings[..complete].iter().enumerate() {
            let through = below + light;
            if through >= wanted {
                return step * crossing(ring, below, through, wanted);
            }
            below = through;
        }
        if inner >= limit {
            return limit;
        }
        inner *= 2.0;
    }
}

/// Whether what is read for the growth curve reaches beyond the image.
pub(crate) fn reaches_beyond(field: &Field<'_>, centre: (f64, f64), major_px: f64) -> bool {
    field.cuts_circle(centre, LIMIT_AXES * major_px + MARGIN_PX)
}

/// Where between ring `ring` and the next the curve passes `wanted`, in steps.
fn crossing(ring: usize, below: f64, through: f64, wanted: f64) -> f64 {
    if ring == 0 {
        return if through != 0.0 { wanted / through } else { 0.0 };
    }
    let difference = through - below;
    ring as f64 + if difference != 0.0 { (wanted - below) / difference } else { 0.0 }
}

/// Light in rings of width `step` out to `limit`.
fn rings(field: &Field<'_>, number: u32, centre: (f64, f64), limit: f64, step: f64) -> [f64; STEPS] {
    let mut rings = [0.0; STEPS];
    let pixels = field.around(centre, limit, limit);
    let outside = (limit + HALF_DIAGONAL) * (limit + HALF_DIAGONAL);
    let share = 1.0 / (SUBPIXELS * SUBPIXELS) as f64;
    let offset = |i: usize| (i as f64 + 0.5) / SUBPIXELS as f64 - 0.5;
    let per_px = 1.0 / step;
    let columns = pixels.x0..pixels.x1;
    let mut values = Vec::with_capacity(columns.len());
    for y in pixels.y0..pixels.y1 {
        let dy = y as f64 - centre.1;
        field.row_between(y, &columns, number, centre).values(&columns, &mut values);
        for (x, &light) in columns.clone().zip(&values) {
            let dx = x as f64 - centre.0;
            let radius2 = dx * dx + dy * dy;
            if radius2 > outside {
                continue;
            }
            let radius = radius2.sqrt();
            let nearest = ((radius - HALF_DIAGONAL).max(0.0) * per_px) as usize;
            if nearest == ((radius + HALF_DIAGONAL) * per_px) as usize {
                if nearest < STEPS {
                    rings[nearest] += light;
                }
                continue;
            }
            let light = share * light;
            for line in 0..SUBPIXELS {
                let sub_y = dy + offset(line);
                // First the rings of a line, then the sums: the square roots are taken together.
                let mut ring_of = [0; SUBPIXELS];
                for (column, ring) in ring_of.iter_mut().enumerate() {
                    let sub_x = dx + offset(column);
                    *ring = whole((sub_x * sub_x + sub_y * sub_y).sqrt() * per_px);
                }
                for ring in ring_of {
                    if let Some(ring) = rings.get_mut(ring as usize) {
                        *ring += light;
                    }
                }
            }
        }
    }
    rings
}

/// The whole part of a number from 0 to 2^51. A cast saturates, which takes longer than the square root before it.
#[inline]
fn whole(number: f64) -> u64 {
    /// 2^52: from here on floats are whole numbers, and the next one's bits are one more.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let rounded = number + WHOLE;
    let up = u64::from(rounded - WHOLE > number);
    rounded.to_bits().wrapping_sub(WHOLE.to_bits()).wrapping_sub(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segmentation;
    use sky_coords::PixelPos;
    use test_sky::{assert_close, gaussian_star};

    #[test]
    fn the_whole_part_is_that_of_a_cast() {
        for number in [0.0, 0.2, 0.5, 0.999_999_999, 1.0, 1.5, 2.5, 63.999_999, 64.0, 1.0e9 + 0.5] {
            assert_eq!(whole(number), number as u64, "{number}");
        }
    }

    #[test]
    fn half_of_a_gaussian_lies_within_half_its_width() {
        let pixels = gaussian_star(81, 81, PixelPos::new(40.2, 39.7), 8.0, 1000.0);
        let owners = Segmentation::new(&pixels, Vec::new());
        let field = Field::new(&pixels, &owners).expect("one shape");
        let found = half_light_radius(&field, 1, (40.2, 39.7), 3.4, 1000.0);
        assert_close!(
            found,
            4.0,
            abs = 0.05,
            "the half-light radius of a Gaussian is FWHM / 2; pixels widen it a little"
        );
        assert!(half_light_radius(&field, 1, (40.2, 39.7), 3.4, -100.0) < 0.0, "a negative flux has a negative radius");
        assert_close!(half_light_radius(&field, 1, (40.2, 39.7), 3.4, 1.0e9), 6.0 * 3.4, abs = 1e-9, "never reached");
    }
}
