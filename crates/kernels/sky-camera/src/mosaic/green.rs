//! The green pixels alone, for photometry.

use super::plane::Mosaic;
use sky_image::Colour;

/// The green pixels where they are, NaN elsewhere: no interpolation, no correlated noise.
pub fn green_plane(mosaic: &Mosaic<'_>) -> Vec<f32> {
    let green = |(index, &value): (usize, &f32)| {
        let is_green = mosaic.phase.colour(index % mosaic.width, index / mosaic.width) == Colour::Green;
        if is_green { value } else { f32::NAN }
    };
    mosaic.pixels.iter().enumerate().map(green).collect()
}

/// The green plane with the places of red and blue filled with the mean of their four green neighbours: what stars are looked for on.
/// Its noise is correlated, and smaller at the filled places.
pub fn green_filled(mosaic: &Mosaic<'_>) -> Vec<f32> {
    let (width, height) = (mosaic.width, mosaic.height());
    let mut plane = mosaic.pixels[..width * height].to_vec();
    for y in 0..height {
        // In each row the first place that is not green, then every second one.
        let first = usize::from(mosaic.phase.colour(0, y) == Colour::Green);
        for x in (first..width).step_by(2) {
            let (column, row) = (x as isize, y as isize);
            let is_inside = x > 0 && y > 0 && x + 1 < width && y + 1 < height;
            let at = y * width + x;
            plane[at] = 0.25
                * if is_inside {
                    let pixels = mosaic.pixels;
                    pixels[at - 1] + pixels[at + 1] + pixels[at - width] + pixels[at + width]
                } else {
                    mosaic.mirrored(column - 1, row)
                        + mosaic.mirrored(column + 1, row)
                        + mosaic.mirrored(column, row - 1)
                        + mosaic.mirrored(column, row + 1)
                };
        }
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;
    use sky_image::BayerPattern;

    #[test]
    fn half_of_the_pixels_are_green_and_untouched() {
        let pixels: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let phase = BayerPattern::parse("GRBG").expect("a pattern");
        let plane = green_plane(&Mosaic { pixels: &pixels, width: 4, phase });
        assert_eq!(plane.iter().filter(|value| value.is_finite()).count(), 8);
        assert_eq!((plane[0], plane[5]), (0.0, 5.0), "(0, 0) and (1, 1) are green");
        assert!(plane[1].is_nan() && plane[4].is_nan());
    }

    #[test]
    fn a_ramp_is_filled_exactly_and_other_colours_do_not_enter() {
        for name in ["RGGB", "GRBG", "GBRG", "BGGR"] {
            let phase = BayerPattern::parse(name).expect("a pattern");
            let ramp = |x: usize, y: usize| 100.0 + 3.0 * x as f32 + 2.0 * y as f32;
            let seen = |x: usize, y: usize| if phase.colour(x, y) == Colour::Green { ramp(x, y) } else { -1.0e6 };
            let pixels: Vec<f32> = (0..8 * 6).map(|i| seen(i % 8, i / 8)).collect();
            let plane = green_filled(&Mosaic { pixels: &pixels, width: 8, phase });
            for (x, y) in (1..7).flat_map(|x| (1..5).map(move |y| (x, y))) {
                assert_eq!(plane[y * 8 + x], ramp(x, y), "{name} at {x}, {y}");
            }
        }
    }
}
